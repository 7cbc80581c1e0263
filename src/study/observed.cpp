#include "toyfarm/study/observed.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "toyfarm/fit/certificate.hpp"
#include "toyfarm/study/layout.hpp"
#include "toyfarm/toys/compress_data.hpp"

namespace toyfarm::study {
namespace {

constexpr std::uint64_t fewest_events = 100'000;  // for which nodes pay
constexpr unsigned n_refinements = 3;             // 1, 2 and 4 parts of every cell
constexpr int n_layouts = 2;                      // at the start, and at the estimates

fit::FitResult fit_sample(fit::ExtendedNll& nll, std::vector<double> const& start) {
  fit::Minimiser minimiser(nll);
  auto result = minimiser.minimise(start);
  if (!core::is_converged(result.status)) {
    result =
        minimiser.retry(std::move(result), other_starts(nll.model(), start, 0, core::ToyId{0}));
  }
  return result;
}

ObservedFit fit_events(model::Model const& model,
                       ObservedData const& data,
                       std::vector<double> const& start) {
  fit::ExtendedNll nll(model);
  nll.bind(data.sample, data.centres);
  return {fit_sample(nll, start)};
}

/// One layout, finer and finer until a fit is certified.
ObservedFit fit_nodes(model::Model const& model,
                      ObservedData const& data,
                      std::vector<double> const& start,
                      toys::GenerationTables const& tables) {
  fit::Certificate certificate(model, fit::Spread::unknown);
  ObservedFit out;
  for (unsigned refinement = 0; refinement < n_refinements; ++refinement) {
    auto const compressed = toys::compress(data.sample, tables, refinement);
    fit::ExtendedNll nll(model, compressed.cells);
    nll.bind(compressed.sample, data.centres);
    out.engine = refinement == 0 ? core::Engine::compressed : core::Engine::refined;
    out.result = fit_sample(nll, start);
    if (!core::is_converged(out.result.status)) {
      return out;
    }
    auto const bound = certificate.bound(nll, out.result, compressed.sample, compressed.cells);
    out.bound = std::max(bound.nll, bound.shift);
    if (fit::is_certified(bound, out.result.nll)) {
      return out;
    }
  }
  out.result.status = core::FitStatus::uncertified;
  return out;
}

}  // namespace

ObservedFit fit_observed(model::Model const& model,
                         ObservedData const& data,
                         std::vector<double> const& start,
                         EngineChoice engine) {
  std::uint64_t n_events = 0;
  bool weighted = false;
  for (auto const& channel : data.sample.channels) {
    n_events += channel.n_events;
    weighted = weighted || !channel.weights.empty();
  }
  if (weighted || engine == EngineChoice::eventwise ||
      (engine == EngineChoice::automatic && n_events < fewest_events)) {
    return fit_events(model, data, start);
  }
  ObservedFit out;
  auto at = start;
  for (int i = 0; i < n_layouts; ++i) {
    out = fit_nodes(model, data, at, build_layout(model, at));
    if (core::is_converged(out.result.status) || !(out.result.nll < HUGE_VAL)) {
      break;
    }
    at = out.result.values;
  }
  return core::is_converged(out.result.status) || engine == EngineChoice::compressed
             ? out
             : fit_events(model, data, start);
}

}  // namespace toyfarm::study
