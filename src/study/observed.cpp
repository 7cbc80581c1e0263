#include "toyfarm/study/observed.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "study/peak_starts.hpp"
#include "study/race.hpp"

namespace toyfarm::study {
namespace {

constexpr std::size_t most_events = 50'000;  // of the sample that locates minima
constexpr std::size_t most_peaks = 40;       // starts of a group of peaks
constexpr std::size_t most_ends = 3;         // of the smaller sample, tried on all events
constexpr double chance = 10;                // in its NLL, per unit weight
constexpr double same_end = 1e-4;
constexpr int n_passes = 2;  // over groups of peaks
constexpr std::uint32_t n_jittered = 4;
constexpr double slack = 1;          // in NLL: what an excess may gain beyond its q/2
constexpr double near_bound = 0.05;  // of a range
constexpr double away = 0.25;
constexpr double jitter_fraction = 0.1;
constexpr std::uint32_t n_hops = 3;   // rounds of other shapes for one process after the other
constexpr std::uint32_t n_draws = 3;  // of a process' shapes in a round
constexpr std::uint32_t first_draw = 1000;  // of their attempts; those before are jittered starts
constexpr double worth_a_round = 0.01;      // in NLL, per unit weight
constexpr double dominant = 0.9;            // share of a channel's events
constexpr double wide = 10;  // ratio of bounds from which on a shape is drawn by its logarithm

/// At most so many events of each channel: every k-th, with k times its weight.
model::Sample thinned(model::Sample const& sample, std::size_t most) {
  model::Sample out;
  for (auto const& channel : sample.channels) {
    auto& thin = out.channels.emplace_back();
    auto const stride = std::max<std::size_t>((channel.size() + most - 1) / most, 1);
    thin.columns.resize(channel.columns.size());
    thin.n_events = channel.n_events;
    for (std::size_t i = 0; i < channel.size(); i += stride) {
      for (std::size_t o = 0; o < channel.columns.size(); ++o) {
        thin.columns[o].push_back(channel.columns[o][i]);
      }
      double const weight = channel.weights.empty() ? 1 : channel.weights[i];
      thin.weights.push_back(weight * static_cast<double>(stride));
    }
  }
  return out;
}

bool is_large(model::Sample const& sample) {
  std::size_t n = 0;
  for (auto const& channel : sample.channels) {
    n += channel.size();
  }
  return n > most_events;
}

/// Uniform in [-1, 1), of a parameter's name and the attempt, whatever its place in the spec:
/// FNV-1a, then the finaliser of SplitMix64.
double deviate_of(model::Parameter const& p, std::uint32_t attempt) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char const c : p.name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  hash += 0x9e3779b97f4a7c15U * (std::uint64_t{attempt} + 1);
  hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
  return std::ldexp(static_cast<double>((hash ^ (hash >> 31U)) >> 11U), -52) - 1;
}

/// A fit of observed data in the making.
class Observed {
 public:
  Observed(model::Model const& model,
           ObservedData const& data,
           std::vector<double> const& start,
           ObservedOptions const& options);
  ObservedFit run();

 private:
  void try_part();
  void try_others(Race& race);
  void try_peaks(PeakGroup const& group);
  void hop(Race& race);
  [[nodiscard]] bool is_at_best(PeakGroup const& group, std::vector<double> const& theta) const;
  void try_process(Race& race, std::size_t channel, std::size_t process, std::uint32_t round);
  [[nodiscard]] std::vector<double> dominated(std::vector<double> theta,
                                              std::size_t channel,
                                              std::size_t process) const;
  void try_ends(Race& race, std::size_t channel, std::size_t process);
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> processes_by_name() const;
  [[nodiscard]] double drawn(model::Parameter const& p, double deviate) const;
  void try_other_sides();
  [[nodiscard]] std::vector<double> away_from_bounds() const;
  [[nodiscard]] std::vector<double> jittered(std::uint32_t attempt) const;
  [[nodiscard]] bool is_constrained(std::size_t j) const {
    return std::ranges::any_of(model_.constraints,
                               [&](auto const& c) { return c->parameter() == j; });
  }
  [[nodiscard]] bool moves(std::size_t j) const {
    return !model_.parameters[j].fixed && model_.parameters[j].used;
  }

  model::Model const& model_;
  ObservedData data_;
  std::vector<double> start_;
  ObservedOptions options_;
  std::vector<bool> is_shape_;
  fit::ExtendedNll nll_;
  Race race_;
  std::optional<model::Sample> small_;
  std::optional<fit::ExtendedNll> small_nll_;
};

Observed::Observed(model::Model const& model,
                   ObservedData const& data,
                   std::vector<double> const& start,
                   ObservedOptions const& options)
    : model_(model),
      data_(data),
      start_(start),
      options_(options),
      is_shape_(fit::find_shapes(model)),
      nll_(model, {}, options.threads),
      race_(
          nll_, start, is_large(data.sample) ? Race::Hopeless::leave_off : Race::Hopeless::finish) {
  nll_.bind(data_.sample, data_.centres);
  if (is_large(data.sample)) {
    small_ = thinned(data.sample, most_events);
    small_nll_.emplace(model, std::span<model::NodeCells const>{}, options.threads);
    small_nll_->bind(*small_, data_.centres);
  }
}

std::vector<double> Observed::away_from_bounds() const {
  auto out = start_;
  for (std::size_t j = 0; j < out.size(); ++j) {
    auto const& p = model_.parameters[j];
    double const range = p.upper - p.lower;
    if (moves(j) && is_shape_[j] && std::isfinite(range)) {
      bool const near = std::min(out[j] - p.lower, p.upper - out[j]) < near_bound * range;
      out[j] = near ? std::clamp(out[j], p.lower + away * range, p.upper - away * range) : out[j];
    }
  }
  return out;
}

// Shapes by up to a tenth of their range, every other time anywhere in it; yields by up to e.
std::vector<double> Observed::jittered(std::uint32_t attempt) const {
  auto out = start_;
  for (std::size_t j = 0; j < out.size(); ++j) {
    auto const& p = model_.parameters[j];
    double const range = p.upper - p.lower;
    double const deviate = deviate_of(p, attempt);
    if (!moves(j)) {
      continue;
    }
    if (!is_shape_[j] && p.lower >= 0) {
      out[j] *= std::exp(deviate);
    } else if (!std::isfinite(range)) {
      out[j] += 0.5 * deviate * std::max(1.0, std::abs(out[j]));
    } else if (attempt % 2 == 0 && is_shape_[j]) {
      out[j] = p.lower + 0.5 * (1 + deviate) * range;
    } else {
      out[j] += jitter_fraction * range * deviate;
    }
    out[j] = std::clamp(out[j], p.lower, p.upper);
  }
  return out;
}

// Starts that are the same for all data.
void Observed::try_others(Race& race) {
  race.run("start, all at once", start_, {});
  race.run("init", model_.init(), {.yields_first = true});
  race.run("away from bounds", away_from_bounds(), {.yields_first = true});
  // Of a race of its own, only the best come to be tried on all events.
  for (std::uint32_t k = 1; k <= std::max(n_jittered, options_.starts); ++k) {
    race.run("jittered " + std::to_string(k), jittered(k), {.yields_first = true});
  }
}

// True of a start whose peaks the best end has already.
bool Observed::is_at_best(PeakGroup const& group, std::vector<double> const& theta) const {
  auto const& best = race_.best().values;
  double const width = peak_width(model_, group.peaks.front(), best);
  double const ratio = peak_width(model_, group.peaks.front(), theta) / width;
  return std::abs(theta[group.location] - best[group.location]) < 0.5 * width && ratio > 0.5 &&
         ratio < 2;
}

// Excesses in order of what they promise, until no other can gain more than the best has.
void Observed::try_peaks(PeakGroup const& group) {
  PeakSearch const search(
      small_nll_ ? *small_nll_ : nll_, data_.sample, group, race_.best().values);
  for (auto const& peak : group.peaks) {
    nll_.set_off(peak.channel, peak.process, true);
  }
  std::vector<model::KinkSide> const sides(start_.size(), model::KinkSide::above);
  fit::NllPoint null;
  bool const finite = nll_.evaluate(search.null_point(), sides, model::Derivatives::none, null);
  for (auto const& peak : group.peaks) {
    nll_.set_off(peak.channel, peak.process, false);
  }
  double beyond = 0;
  for (auto const& start : search.starts(most_peaks)) {
    if (small_ && is_at_best(group, start.theta)) {
      beyond = std::max(beyond, (null.value - race_.best().nll - 0.5 * start.q) / nll_.unit());
      continue;
    }
    double const gained = finite ? null.value - race_.best().nll : HUGE_VAL;
    double const promised = 0.5 * start.q + (slack + beyond) * nll_.unit();
    if (finite && promised < gained && beyond > 0) {
      break;
    }
    if (race_.run(start.name, start.theta, {.yields_first = true}) && finite) {
      beyond = std::max(beyond, (null.value - race_.last_nll() - 0.5 * start.q) / nll_.unit());
    }
  }
}

// A shape anywhere between its bounds.
double Observed::drawn(model::Parameter const& p, double deviate) const {
  double const share = 0.5 * (1 + deviate);
  if (p.lower > 0 && p.upper > wide * p.lower) {
    return p.lower * std::pow(p.upper / p.lower, share);
  }
  return p.lower + share * (p.upper - p.lower);
}

// One process gets most of the events of its channel, so that its shape follows them; the others
// share the rest.
std::vector<double> Observed::dominated(std::vector<double> theta,
                                        std::size_t channel,
                                        std::size_t process) const {
  auto const& processes = model_.channels[channel].processes;
  auto const n = static_cast<double>(data_.sample.channels[channel].n_events);
  double const rest = (1 - dominant) * n / static_cast<double>(processes.size());
  for (std::size_t p = 0; p < processes.size(); ++p) {
    double const wanted = p == process ? dominant * n : rest;
    for (auto const& factor : processes[p].yield.factors()) {
      auto const j = factor.parameter;
      if (factor.kind == model::FactorKind::parameter && moves(j)) {
        theta[j] = std::max(theta[j], 1e-3);
        double const value = theta[j] * wanted / processes[p].yield.value(theta);
        theta[j] = std::clamp(value, model_.parameters[j].lower, model_.parameters[j].upper);
        break;
      }
    }
  }
  return theta;
}

// From the best point, other shapes and another share for one process.
void Observed::try_process(Race& race,
                           std::size_t channel,
                           std::size_t process,
                           std::uint32_t round) {
  auto const& p = model_.channels[channel].processes[process];
  auto const& name = p.name;
  if (model_.channels[channel].processes.size() > 1) {
    race.run("mostly " + name, dominated(race.best().values, channel, process), {});
  }
  for (std::uint32_t draw = 0; draw < n_draws; ++draw) {
    auto theta = race.best().values;
    bool any = false;
    for (auto const j : p.shape_params) {
      auto const& parameter = model_.parameters[j];
      if (moves(j) && std::isfinite(parameter.upper - parameter.lower)) {
        theta[j] = drawn(parameter, deviate_of(parameter, first_draw + round * n_draws + draw));
        any = true;
      }
    }
    if (!any) {
      return;
    }
    race.run("other shape of " + name, theta, {.yields_first = draw % 2 == 0});
  }
}

// A process of one free shape with it at its bounds, and a peak with each of its tails at theirs:
// there they are a shoulder, or nothing.
void Observed::try_ends(Race& race, std::size_t channel, std::size_t process) {
  auto const& p = model_.channels[channel].processes[process];
  auto const& roles = p.shape.roles;
  bool const alone =
      std::ranges::count_if(p.shape_params, [&](std::size_t j) { return moves(j); }) == 1;
  bool const is_peak = std::ranges::count(roles, model::ParamRole::location) > 0;
  for (std::size_t k = 0; k < p.shape_params.size(); ++k) {
    auto const j = p.shape_params[k];
    bool const is_tail = is_peak && roles[k] == model::ParamRole::other && !is_constrained(j);
    for (double const bound : {model_.parameters[j].lower, model_.parameters[j].upper}) {
      if (moves(j) && (alone || is_tail) && std::isfinite(bound)) {
        auto theta = race.best().values;
        theta[j] = bound;
        race.run("end of " + model_.parameters[j].name, theta, {.yields_first = true});
      }
    }
  }
}

// Fitted processes, in an order that that of the spec does not decide.
std::vector<std::pair<std::size_t, std::size_t>> Observed::processes_by_name() const {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t c = 0; c < model_.channels.size(); ++c) {
    for (std::size_t p = 0; model_.channels[c].in_fit && p < model_.channels[c].processes.size();
         ++p) {
      out.emplace_back(c, p);
    }
  }
  std::ranges::sort(out, {}, [&](auto const& at) {
    auto const& channel = model_.channels[at.first];
    return std::pair(channel.name, channel.processes[at.second].name);
  });
  return out;
}

// Processes may have each other's roles, or a tail another shape: rounds of small changes, as long
// as they lead lower.
void Observed::hop(Race& race) {
  for (std::uint32_t round = 0; round < n_hops; ++round) {
    double const before = race.best().nll;
    for (auto const& [c, p] : processes_by_name()) {
      try_process(race, c, p, round);
      try_ends(race, c, p);
    }
    if (!(race.best().nll < before - worth_a_round * nll_.unit())) {
      return;
    }
  }
}

void Observed::try_other_sides() {
  for (std::size_t j = 0; j < start_.size(); ++j) {
    auto const& p = model_.parameters[j];
    bool kinked = false;
    for (auto const& channel : model_.channels) {
      for (auto const& process : channel.processes) {
        kinked = kinked || (channel.in_fit && !process.yield.kinks(j).empty());
      }
    }
    if (!kinked || !moves(j) || !(p.lower < 0 && p.upper > 0)) {
      continue;
    }
    auto start = race_.best().values;
    start[j] = std::clamp(-start[j], p.lower, p.upper);
    race_.run("other side of " + p.name, start, {});
  }
}

// Starts that a part of the events can judge. Only ends that are not the best's, and that chance
// may have put above it, are tried on all events.
void Observed::try_part() {
  Race part(*small_nll_, start_, Race::Hopeless::leave_off);
  part.run("best so far", race_.best().values, {});
  double const here = part.last_nll();
  try_others(part);
  hop(part);
  race_.note(part.names());
  double const unit = small_nll_->unit();
  for (auto const& end : part.ends(most_ends)) {
    if (end.nll < here + chance * unit && std::abs(end.nll - here) > same_end * unit) {
      race_.run("end of a part of the events", end.values, {});
    }
  }
}

ObservedFit Observed::run() {
  race_.run("start", start_, {.yields_first = true});
  if (small_) {
    try_part();
  } else {
    try_others(race_);
  }
  auto const groups = find_peaks(model_);
  for (int pass = 0; pass < n_passes; ++pass) {
    double const before = race_.best().nll;
    for (auto const& group : groups) {
      try_peaks(group);
    }
    if (!(race_.best().nll < before) || groups.size() < 2) {
      break;
    }
  }
  if (!small_) {
    hop(race_);
  }
  try_other_sides();
  return {race_.result(), race_.names()};
}

}  // namespace

ObservedFit fit_observed(model::Model const& model,
                         ObservedData const& data,
                         std::vector<double> const& start,
                         ObservedOptions const& options) {
  return Observed(model, data, start, options).run();
}

}  // namespace toyfarm::study
