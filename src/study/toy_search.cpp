#include "study/toy_search.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace toyfarm::study {
namespace {

constexpr std::size_t most_peaks = 40;  // starts of a group
constexpr double least_slack = 1;       // in NLL: what an excess may gain beyond its q/2
constexpr double more_slack = 3;        // over the root of the background under it
constexpr double most_slack = 2;
constexpr int n_passes = 2;  // over groups

// Filters see bins; where few events are under a peak, it matters much where in them they are.
double slack(double background) {
  return std::min(least_slack + more_slack / std::sqrt(background), most_slack);
}

}  // namespace

std::vector<PeakGroup> weak_groups(model::Model const& model,
                                   toys::GenerationTables const& tables) {
  auto groups = find_peaks(model);
  std::erase_if(groups, [&](PeakGroup const& group) {
    return std::none_of(group.peaks.begin(), group.peaks.end(), [&](Peak const& peak) {
      auto const& weak = tables.channels[peak.channel].weak;
      return !weak.empty() && weak[peak.process] != 0;
    });
  });
  return groups;
}

ToySearch::ToySearch(fit::ExtendedNll& nll,
                     std::vector<PeakGroup> const& groups,
                     std::vector<double> const& truth)
    : nll_(&nll), truth_(&truth), minimiser_(nll), race_(nll, truth, Race::Hopeless::leave_off) {
  for (auto const& group : groups) {
    groups_.push_back({&group, {}});
  }
}

// Once the trees are there.
void ToySearch::make_filters(Group& group, model::Sample const& sample) {
  auto const& model = nll_->model();
  auto const& peaks = group.peaks->peaks;
  bool const all = std::all_of(peaks.begin(), peaks.end(), [&](Peak const& peak) {
    return sample.channels[peak.channel].tree != nullptr;
  });
  auto const narrow = with_widths(model, *group.peaks, *truth_, 0);
  auto const wide = with_widths(model, *group.peaks, *truth_, HUGE_VAL);
  for (auto const& peak : peaks) {
    if (all) {
      auto const& window = model.channels[peak.channel].observables[peak.observable].bounds;
      group.filters.emplace_back(*sample.channels[peak.channel].tree,
                                 FilterRange{window.lower,
                                             window.upper,
                                             peak_width(model, peak, narrow),
                                             peak_width(model, peak, wide)});
    }
  }
}

void ToySearch::make_room(Group& group, double place, double width, std::vector<double>& theta) {
  auto const& model = nll_->model();
  auto const& peaks = group.peaks->peaks;
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    auto const& process = model.channels[peaks[i].channel].processes[peaks[i].process];
    give_way(model,
             nll_->channel_params(peaks[i].channel),
             whitenings_[i],
             group.filters[i].pulls(place, width),
             process.yield.value(theta),
             theta);
  }
}

ToySearch::Starts ToySearch::filtered(Group& group,
                                      Toy const& toy,
                                      std::vector<double> const& from) {
  auto const& model = nll_->model();
  auto const& peaks = group.peaks->peaks;
  set_off(*nll_, *group.peaks, true);
  auto const& null = minimiser_.minimise(from, {.yields_first = true});
  auto const at = null.nll < HUGE_VAL ? null.values : from;
  Starts out{null.nll, {}, *truth_};
  for (std::size_t j = 0; j < at.size(); ++j) {
    if (null.errors[j] > 0) {
      out.truth[j] = at[j];
    }
  }
  std::vector<Excess> found;
  auto const& place = model.parameters[group.peaks->location];
  whitenings_.clear();
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    auto const channel = peaks[i].channel;
    auto const& sample = toy.sample.channels[channel];
    whitenings_.push_back(whitening(*nll_, channel, null));
    if (nll_->prepare_channel(channel, at)) {
      group.filters[i].take(
          *nll_, channel, sample.columns[sample.tree->observable], whitenings_[i]);
      group.filters[i].find(place.lower, place.upper, found);
    }
  }
  set_off(*nll_, *group.peaks, false);
  std::vector<Excess> there(peaks.size());
  for (auto const& excess : highest(std::move(found), most_peaks)) {
    for (std::size_t i = 0; i < peaks.size(); ++i) {
      there[i] = peaks.size() == 1 ? excess : group.filters[i].at(excess.place, excess.width);
    }
    out.starts.push_back(peaks_at(model, *group.peaks, at, excess, there));
    make_room(group, excess.place, excess.width, out.starts.back().theta);
  }
  make_room(group,
            out.truth[group.peaks->location],
            peak_width(model, peaks.front(), out.truth),
            out.truth);
  std::stable_sort(
      out.starts.begin(), out.starts.end(), [](auto const& a, auto const& b) { return a.q > b.q; });
  return out;
}

ToySearch::Starts ToySearch::starts_of(Group& group, Toy const& toy) {
  auto const& from = race_.empty() ? *truth_ : race_.best().values;
  if (!group.filters.empty()) {
    return filtered(group, toy, from);
  }
  PeakSearch const search(*nll_, toy.events(), *group.peaks, from);
  return {search.null_nll(), search.starts(most_peaks), *truth_};
}

void ToySearch::try_group(Group& group, Toy const& toy) {
  auto [null, starts, truth] = starts_of(group, toy);
  double beyond = 0;  // what a lower end gained more than its filter said
  for (auto const& start : starts) {
    double const before = race_.empty() ? null : race_.best().nll;
    if (!race_.empty() && 0.5 * start.q + slack(start.background) + beyond < null - before) {
      continue;
    }
    race_.run("excess", start.theta, {});
    if (race_.best().nll < before) {
      beyond = std::max(beyond, null - race_.best().nll - 0.5 * start.q);
    }
  }
  last_ = std::move(truth);
}

fit::FitResult ToySearch::run(Toy const& toy) {
  if (!has_filters_) {
    has_filters_ = true;
    for (auto& group : groups_) {
      make_filters(group, toy.sample);
    }
  }
  race_.restart();
  bool const alone = groups_.size() == 1;
  if (!alone) {
    race_.run("truth", *truth_, {});
  }
  for (int pass = 0; pass < (alone ? 1 : n_passes); ++pass) {
    double const before = race_.empty() ? HUGE_VAL : race_.best().nll;
    for (auto& group : groups_) {
      try_group(group, toy);
    }
    if (!(race_.best().nll < before)) {
      break;
    }
  }
  if (alone) {
    race_.run("truth", last_, {});
  }
  return race_.result();
}

}  // namespace toyfarm::study
