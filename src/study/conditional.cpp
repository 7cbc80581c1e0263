// Fits of one toy under several hypotheses, all of the same events and global observables.
#include <algorithm>
#include <cmath>

#include "toyfarm/study/toy_runner.hpp"

#include "study/toy_search.hpp"

namespace toyfarm::study {
namespace {

constexpr double tie = 2e-7;  // in NLL: two ends are one
constexpr std::size_t first = 0;

/// Whether the peaks of a group have yields at theta.
bool has_yield(model::Model const& model,
               PeakGroup const& group,
               std::vector<double> const& theta) {
  return std::ranges::any_of(group.peaks, [&](Peak const& peak) {
    return model.channels[peak.channel].processes[peak.process].yield.value(theta) > 0;
  });
}

}  // namespace

void ToyRunner::hold(Engine& engine, std::size_t hypothesis) {
  engine.nll.release();
  for (auto const& [parameter, value] : setup_->hypotheses[hypothesis].held) {
    engine.nll.hold(parameter, value);
  }
}

// The others follow a parameter that is moved to where it is held, along the covariance.
void ToyRunner::start_under(std::size_t hypothesis, std::vector<double>& start) const {
  bool const has_end = first_.values.size() == setup_->truth.size() && std::isfinite(first_.nll);
  start = has_end ? first_.values : setup_->truth;
  for (auto const& [parameter, value] : setup_->hypotheses[hypothesis].held) {
    auto const p = static_cast<Eigen::Index>(parameter);
    double const moved = value - start[parameter];
    bool const is_known = has_end && first_.errors[parameter] > 0 && moved != 0;
    double const variance = is_known ? first_.covariance(p, p) : 0;
    for (std::size_t j = 0; is_known && j < start.size(); ++j) {
      auto const& other = setup_->model.parameters[j];
      double const along = first_.covariance(static_cast<Eigen::Index>(j), p) / variance;
      start[j] =
          along == 0 ? start[j] : std::clamp(start[j] + along * moved, other.lower, other.upper);
    }
    start[parameter] = value;
  }
}

fit::FitResult const& ToyRunner::fit_from(Engine& engine,
                                          core::ToyId toy,
                                          std::vector<double> const& start,
                                          std::size_t hypothesis) {
  bool const searches = std::ranges::any_of(
      weak_, [&](auto const& group) { return has_yield(setup_->model, group, start); });
  fit::FitResult const* result = &retried_;
  if (hypothesis == first ? weak_.empty() : !searches) {
    result = &engine.minimiser.minimise(start);
  } else {
    retried_ = search(engine, toy);
    if (hypothesis != first) {
      auto const& near = engine.minimiser.minimise(start);
      if (core::is_converged(near.status) &&
          (!core::is_converged(retried_.status) || near.nll < retried_.nll - tie)) {
        retried_ = near;
      }
    }
  }
  if (core::is_converged(result->status)) {
    return *result;
  }
  auto starts = other_starts(setup_->model, setup_->truth, setup_->stream_seed(), toy);
  if (hypothesis != first) {
    starts.insert(starts.begin(), setup_->truth);
  }
  retried_ = engine.minimiser.retry(*result, starts);
  return retried_;
}

fit::FitResult const& ToyRunner::fit(Engine& engine, core::ToyId toy, std::size_t hypothesis) {
  hold(engine, hypothesis);
  if (hypothesis == first) {
    return fit_from(engine, toy, setup_->truth, hypothesis);
  }
  start_under(hypothesis, start_);
  return fit_from(engine, toy, start_, hypothesis);
}

void ToyRunner::settle(fit::FitResult const& result, Engine& engine, std::size_t hypothesis) {
  auto& kept = record_.fits[hypothesis];
  set_fit(result, kept);
  bool const by_events = &engine == &eventwise_;
  kept.engine = by_events          ? core::Engine::eventwise
                : refinement_ == 0 ? core::Engine::compressed
                                   : core::Engine::refined;
  kept.bound = 0;
  settled_[hypothesis] = by_events ? 1 : 0;
  // Nothing that the hypothesis allows gives this toy: an answer, for which no nodes are needed.
  bool const is_impossible = hypothesis != first && result.status == core::FitStatus::infinite_nll;
  if (by_events || is_impossible || !core::is_converged(result.status)) {
    settled_[hypothesis] |= is_impossible ? 1 : 0;
    return;
  }
  auto const bound = certificate_.bound(engine.nll, result, engine.sample);
  kept.bound = std::max(bound.nll, bound.shift);
  if (fit::is_certified(bound, result.nll)) {
    settled_[hypothesis] = 1;
  } else {
    kept.status = core::FitStatus::uncertified;
  }
}

bool ToyRunner::is_below_first(std::size_t hypothesis) const {
  auto const& free = record_.fits[first];
  auto const& fit = record_.fits[hypothesis];
  return core::is_converged(fit.status) && core::is_converged(free.status) &&
         fit.nll < free.nll - tie - 2 * (free.bound + fit.bound);
}

void ToyRunner::look_below(Engine& engine) {
  std::size_t lowest = first;
  for (std::size_t h = 1; h < record_.fits.size(); ++h) {
    if (is_below_first(h) && (lowest == first || record_.fits[h].nll < record_.fits[lowest].nll)) {
      lowest = h;
    }
  }
  if (lowest == first) {
    return;
  }
  hold(engine, first);
  auto const& again = engine.minimiser.minimise(record_.fits[lowest].values);
  if (!core::is_converged(again.status) || !(again.nll < record_.fits[first].nll)) {
    return;
  }
  first_ = again;
  settle(again, engine, first);
  for (std::size_t h = 1; h < record_.fits.size(); ++h) {
    hold(engine, h);
    start_under(h, start_);
    auto const& other = engine.minimiser.minimise(start_);
    if (core::is_converged(other.status) && other.nll < record_.fits[h].nll - tie) {
      settle(other, engine, h);
    }
  }
}

void ToyRunner::fit_all(Engine& engine, core::ToyId toy) {
  engine.nll.bind(engine.sample, centres_);
  record_.n_events.clear();
  for (auto const& channel : engine.sample.channels) {
    record_.n_events.push_back(channel.n_events);
  }
  bool const several = settled_.size() > 1;
  for (std::size_t h = 0; h < settled_.size(); ++h) {
    if (settled_[h] != 0) {
      continue;
    }
    auto const& result = fit(engine, toy, h);
    if (several && h == first) {
      first_ = result;
    }
    settle(result, engine, h);
  }
  if (several) {
    look_below(engine);
    engine.nll.release();
  }
}

}  // namespace toyfarm::study
