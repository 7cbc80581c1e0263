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
    : setup_(&setup), nll_(setup.model), centres_(setup.model.constraints.size()) {}

record::ToyRecord ToyRunner::run(core::ToyId toy) {
  auto const& model = setup_->model;
  toys::generate(setup_->tables, setup_->seed, toy, sample_);
  if (setup_->constraints == record::ConstraintMode::randomize) {
    toys::global_observables(model, setup_->truth, setup_->seed, toy, centres_);
  } else {
    std::transform(model.constraints.begin(),
                   model.constraints.end(),
                   centres_.begin(),
                   [](model::Constraint const& c) { return c.mean; });
  }
  nll_.bind(sample_, centres_);
  fit::FitResult result = fit::minimise(nll_, setup_->truth);
  if (!core::is_converged(result.status)) {
    result =
        fit::retry(nll_, std::move(result), other_starts(model, setup_->truth, setup_->seed, toy));
  }
  auto record = to_record(result, toy);
  for (auto const& channel : sample_.channels) {
    record.n_events.push_back(channel.n_events);
  }
  record.global_observables = centres_;
  return record;
}

}  // namespace toyfarm::study
