#include "toyfarm/study/toy_runner.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace toyfarm::study {
namespace {

constexpr int n_jittered_starts = 4;
constexpr double jitter_fraction = 0.1;

}  // namespace

fit::Starts other_starts(model::Model const& model,
                         std::vector<double> const& first,
                         std::uint64_t seed,
                         core::ToyId toy) {
  fit::Starts starts;
  // Fixed and unused parameters stay where the toy was generated, wherever the fit starts.
  auto const add = [&](auto&& value_of) {
    std::vector<double> start = first;
    for (std::size_t j = 0; j < start.size(); ++j) {
      auto const& p = model.parameters[j];
      if (!p.fixed && p.used) {
        start[j] = std::clamp(value_of(j), p.lower, p.upper);
      }
    }
    if (start != first) {
      starts.push_back(std::move(start));
    }
  };
  add([&](std::size_t j) { return model.parameters[j].init; });
  std::vector<double> deviates(first.size());
  for (int attempt = 1; attempt <= n_jittered_starts; ++attempt) {
    toys::jitter(seed, toy, static_cast<std::uint32_t>(attempt), deviates);
    add([&](std::size_t j) {
      double const range = model.parameters[j].upper - model.parameters[j].lower;
      return first[j] + (std::isfinite(range) ? jitter_fraction * range * deviates[j] : 0.0);
    });
  }
  return starts;
}

record::ToyRecord to_record(fit::FitResult const& fit, core::ToyId toy) {
  record::ToyRecord record;
  record.toy = toy;
  record.status = fit.status;
  record.engine = core::Engine::eventwise;
  record.iterations = fit.iterations;
  record.attempts = fit.attempts;
  record.nll = fit.nll;
  record.edm = fit.edm;
  record.estimates = fit.values;
  record.errors = fit.errors;
  for (auto const side : fit.at_bound) {
    record.at_bound.push_back(static_cast<record::AtBound>(side));
  }
  return record;
}

ToyRunner::ToyRunner(StudySetup const& setup)
    : setup_(&setup),
      nll_(setup.model),
      certificate_(setup.model),
      centres_(setup.model.constraints.size()) {
  if (setup.engine != EngineChoice::eventwise) {
    auto coarse = std::make_unique<Compressed>(setup, 0);
    if (coarse->generator.has_nodes()) {
      compressed_[0] = std::move(coarse);
    }
  }
}

void ToyRunner::draw_centres(core::ToyId toy) {
  auto const& model = setup_->model;
  if (setup_->constraints == record::ConstraintMode::randomize) {
    toys::global_observables(model, setup_->truth, setup_->seed, toy, centres_);
  } else {
    std::transform(model.constraints.begin(),
                   model.constraints.end(),
                   centres_.begin(),
                   [](model::Constraint const& c) { return c.mean; });
  }
}

fit::FitResult ToyRunner::fit(fit::ExtendedNll& nll, model::Sample const& sample, core::ToyId toy) {
  nll.bind(sample, centres_);
  auto result = fit::minimise(nll, setup_->truth);
  if (!core::is_converged(result.status)) {
    result = fit::retry(
        nll, std::move(result), other_starts(setup_->model, setup_->truth, setup_->seed, toy));
  }
  return result;
}

bool ToyRunner::fits_in_memory() const {
  double bytes = 0;
  for (auto const& channel : setup_->tables.channels) {
    bytes += channel.expected * static_cast<double>(channel.n_observables * sizeof(double));
  }
  return bytes <= setup_->max_event_memory;
}

record::ToyRecord ToyRunner::finish(fit::FitResult const& result,
                                    model::Sample const& sample,
                                    core::ToyId toy) const {
  auto record = to_record(result, toy);
  for (auto const& channel : sample.channels) {
    record.n_events.push_back(channel.n_events);
  }
  record.global_observables = centres_;
  return record;
}

record::ToyRecord ToyRunner::run_eventwise(core::ToyId toy) {
  toys::generate(setup_->tables, setup_->seed, toy, sample_);
  return finish(fit(nll_, sample_, toy), sample_, toy);
}

record::ToyRecord ToyRunner::run(core::ToyId toy) {
  draw_centres(toy);
  if (!compressed_[0]) {
    return run_eventwise(toy);
  }
  bool const may_go_eventwise = setup_->engine == EngineChoice::automatic && fits_in_memory();
  record::ToyRecord record;
  for (unsigned refinement = 0; refinement < n_refinements; ++refinement) {
    auto& compressed = compressed_[refinement];
    if (!compressed) {
      compressed = std::make_unique<Compressed>(*setup_, refinement);
    }
    compressed->generator.run(setup_->seed, toy, compressed->sample);
    auto const result = fit(compressed->nll, compressed->sample, toy);
    record = finish(result, compressed->sample, toy);
    record.engine = core::Engine::compressed;
    if (!core::is_converged(result.status)) {
      break;
    }
    auto const bound = certificate_.bound(
        compressed->nll, result, compressed->sample, compressed->generator.cells());
    record.bound = std::max(bound.nll, bound.shift);
    if (fit::is_certified(bound, result.nll)) {
      return record;
    }
    record.status = core::FitStatus::uncertified;
  }
  return may_go_eventwise ? run_eventwise(toy) : record;
}

}  // namespace toyfarm::study
