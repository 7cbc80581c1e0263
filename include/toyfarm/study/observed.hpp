#pragma once
#include <span>
#include <vector>

#include "toyfarm/core/status.hpp"
#include "toyfarm/fit/minimise.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/study/toy_runner.hpp"

namespace toyfarm::study {

/// A fit of observed data and how it was made.
struct ObservedFit {
  fit::FitResult result;
  core::Engine engine = core::Engine::eventwise;
  double bound = 0;  ///< certified, of fits by nodes
};
struct ObservedData {
  model::Sample const& sample;
  std::span<double const> centres;  ///< of the constraints
};
/// Fits from `start`, and where that does not converge from other_starts. `automatic` goes by nodes
/// from 10^5 unweighted events on, with a layout at the start and then at the estimates, and event
/// by event where these are not certified; `compressed` is then `uncertified`.
[[nodiscard]] ObservedFit fit_observed(model::Model const& model,
                                       ObservedData const& data,
                                       std::vector<double> const& start,
                                       EngineChoice engine);

}  // namespace toyfarm::study
