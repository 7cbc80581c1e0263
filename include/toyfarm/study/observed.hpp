#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/fit/minimise.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"

namespace toyfarm::study {

struct ObservedData {
  model::Sample const& sample;
  std::span<double const> centres;  ///< of the constraints
};

struct ObservedOptions {
  int threads = 1;  ///< results do not depend on them
  /// Starts to try at least; further ones are jittered.
  std::uint32_t starts = 0;
};

/// The lowest end of a fit of observed data from several starts.
struct ObservedFit {
  fit::FitResult result;              ///< attempts, won and next_end speak of the starts
  std::vector<std::string> starts{};  ///< what they were, in order
};

/// Fits observed data on their events. Starts, in order: `start` with its yields solved first, and
/// as it is; the spec's init; shapes away from their bounds; jittered points; for each process that
/// may sit elsewhere the excesses that a matched filter finds over the fit without it; and the
/// other sides of kinks. Of more than 2 10^5 events, those that need no filter are tried on every
/// k-th event and the best of their ends on all.
[[nodiscard]] ObservedFit fit_observed(model::Model const& model,
                                       ObservedData const& data,
                                       std::vector<double> const& start,
                                       ObservedOptions const& options = {});

}  // namespace toyfarm::study
