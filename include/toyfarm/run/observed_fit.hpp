#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/parallel/topology.hpp"
#include "toyfarm/run/input.hpp"

namespace toyfarm::run {

/// How the observed data are to be fitted.
struct ObservedRequest {
  std::optional<std::string> start;  ///< JSON of parameter values to start from; none: init
  parallel::ThreadPolicy threads{parallel::ThreadPolicy::Kind::count, 1};
  std::uint32_t starts = 0;  ///< to try at least
  bool minos = false;        ///< profile intervals of all free parameters, too
};

/// A fit of data on their events.
struct FittedData {
  study::ObservedFit fit;
  std::vector<double> sumw2;  ///< errors for weighted events; empty without weights
  std::vector<io::FitDocument::Interval> minos{};
  std::string cause{};  ///< of an infinite NLL at the start
};

/// Fits the observed data. Throws SpecError where a fitted channel has none.
[[nodiscard]] FittedData fit_observed(Input const& input, ObservedRequest const& request);

/// Fits a file of `toys --dump-events` just as the run did: from the generation point, with the
/// toy's own global observables. Throws DataError for a file of another model.
[[nodiscard]] FittedData fit_toy_file(Input const& input, std::string const& file);

/// Why the fit ended as it did, in words.
[[nodiscard]] std::string reason_of_end(FittedData const& fitted);

[[nodiscard]] io::FitDocument fit_document(Input const& input, FittedData const& fitted);
/// A table for people.
[[nodiscard]] std::string fit_text(Input const& input, FittedData const& fitted);

}  // namespace toyfarm::run
