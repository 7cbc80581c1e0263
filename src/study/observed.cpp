#include "toyfarm/study/observed.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "study/observed_starts.hpp"
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
constexpr double slack = 1;             // in NLL: what an excess may gain beyond its q/2
constexpr std::uint32_t n_hops = 3;     // rounds of other shapes for one process after the other
constexpr std::uint32_t n_draws = 3;    // of a process' shapes in a round
constexpr double worth_a_round = 0.01;  // in NLL, per unit weight

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
  void try_ends(Race& race, model::Process const& process);
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> processes_by_name() const;
  void try_other_sides();

  model::Model const& model_;
  ObservedData data_;
  std::vector<double> start_;
  ObservedOptions options_;
  ObservedStarts starts_;
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
      starts_(model, start),
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

// Starts that are the same for all data.
void Observed::try_others(Race& race) {
  race.run("start, all at once", start_, {});
  race.run("init", model_.init(), {.yields_first = true});
  race.run("away from bounds", starts_.away_from_bounds(), {.yields_first = true});
  // Of a race of its own, only the best come to be tried on all events.
  for (std::uint32_t k = 1; k <= std::max(n_jittered, options_.starts); ++k) {
    race.run("jittered " + std::to_string(k), starts_.jittered(k), {.yields_first = true});
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
  set_off(nll_, group, true);
  std::vector<model::KinkSide> const sides(start_.size(), model::KinkSide::above);
  fit::NllPoint null;
  bool const finite = nll_.evaluate(search.null_point(), sides, model::Derivatives::none, null);
  set_off(nll_, group, false);
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

// From the best point, other shapes and another share for one process.
void Observed::try_process(Race& race,
                           std::size_t channel,
                           std::size_t process,
                           std::uint32_t round) {
  auto const& processes = model_.channels[channel].processes;
  auto const& p = processes[process];
  if (processes.size() > 1) {
    auto const n = static_cast<double>(data_.sample.channels[channel].n_events);
    race.run("mostly " + p.name, starts_.dominated(race.best().values, channel, process, n), {});
  }
  for (std::uint32_t draw = 0; draw < n_draws; ++draw) {
    auto const theta = starts_.reshaped(race.best().values, p, round * n_draws + draw);
    if (!theta) {
      return;
    }
    race.run("other shape of " + p.name, *theta, {.yields_first = draw % 2 == 0});
  }
}

void Observed::try_ends(Race& race, model::Process const& process) {
  for (auto const& [j, bound] : starts_.ends_of(process)) {
    auto theta = race.best().values;
    theta[j] = bound;
    race.run("end of " + model_.parameters[j].name, theta, {.yields_first = true});
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
      try_ends(race, model_.channels[c].processes[p]);
    }
    if (!(race.best().nll < before - worth_a_round * nll_.unit())) {
      return;
    }
  }
}

void Observed::try_other_sides() {
  for (auto const j : starts_.two_sided()) {
    auto const& p = model_.parameters[j];
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
