#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/model/model.hpp"

namespace toyfarm::study {

/// A density, or a factor of a product, whose place along an observable is a parameter.
struct Peak {
  std::size_t channel;
  std::size_t process;
  std::size_t factor;
  std::size_t observable;
};

/// Peaks that share the parameter of their place, and may sit elsewhere together.
struct PeakGroup {
  std::size_t location;             ///< model parameter
  std::vector<std::size_t> widths;  ///< free model parameters that widen them
  std::vector<Peak> peaks;
};

/// All groups of fitted processes whose place is free.
[[nodiscard]] std::vector<PeakGroup> find_peaks(model::Model const& model);

/// Core width of a peak: the widths' root of the sum of squares.
[[nodiscard]] double peak_width(model::Model const& model,
                                Peak const& peak,
                                std::span<double const> theta);

/// Takes the peaks of a group out of the likelihood, or back.
void set_off(fit::ExtendedNll& nll, PeakGroup const& group, bool off);

}  // namespace toyfarm::study
