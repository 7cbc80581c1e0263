#pragma once
#include <span>
#include <vector>

#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::study {

/// Data without fluctuations, and their global observables.
struct AsimovData {
  model::Sample sample;         ///< weighted points whose sums are the expected ones
  std::vector<double> globals;  ///< [constraint] those whose NLL is least at the point
};

/// The Asimov data of `theta`, unbinned (arXiv:1007.1727, sect. 3.2): Gauss-Legendre points of
/// cells in which the expected density is a polynomial's image of a flat one, so that sums of
/// smooth functions are right to 10^-9 of them. Throws as toys::build_tables.
[[nodiscard]] AsimovData asimov_data(model::Model const& model,
                                     std::span<double const> theta,
                                     std::string const& spec_name = "spec");

/// What points must resolve: the density that is drawn from, or all densities of the channel, also
/// those that have no yield at the point.
enum class Resolution { drawn, all_densities };

/// The points of one channel whose `tables` were made at `theta`; without cells that hold less than
/// `least_share` of the channel's events.
[[nodiscard]] model::ChannelSample expected_points(model::Channel const& channel,
                                                   toys::ChannelTables const& tables,
                                                   std::span<double const> theta,
                                                   double least_share = 0,
                                                   Resolution resolution = Resolution::drawn);

}  // namespace toyfarm::study
