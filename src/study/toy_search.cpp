#include "study/toy_search.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/Cholesky>

namespace toyfarm::study {
namespace {

constexpr std::size_t most_peaks = 40;  // starts of a group
constexpr double slack = 2;             // in NLL: what an excess may gain beyond its q/2
constexpr int n_broad = 4;              // places of a broad peak
constexpr double broad_share = 0.8;     // of the widest
constexpr double broadest = 0.25;       // of the window
constexpr int n_passes = 2;             // over groups

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
                                 TreeFilter::Range{window.lower,
                                                   window.upper,
                                                   peak_width(model, peak, narrow),
                                                   peak_width(model, peak, wide)});
    }
  }
}

// Rows of a matrix that makes scores of a channel, at the fit without a group, independent and of
// unit variance; how many.
std::size_t ToySearch::whitening(std::size_t channel, fit::FitResult const& null) {
  auto const& params = nll_->channel_params(channel);
  std::vector<std::size_t> known;
  std::vector<Eigen::Index> places;
  for (std::size_t k = 0; k < params.size(); ++k) {
    if (null.errors[params[k]] > 0) {
      known.push_back(k);
      places.push_back(static_cast<Eigen::Index>(params[k]));
    }
  }
  Eigen::LLT<Eigen::MatrixXd> const factor(null.covariance(places, places));
  if (known.empty() || factor.info() != Eigen::Success) {
    return 0;
  }
  Eigen::MatrixXd const lower = factor.matrixL();
  whiten_.assign(known.size() * params.size(), 0);
  for (std::size_t k = 0; k < known.size(); ++k) {
    for (std::size_t j = k; j < known.size(); ++j) {
      whiten_[k * params.size() + known[j]] =
          lower(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k));
    }
  }
  return known.size();
}

ToySearch::Starts ToySearch::filtered(Group& group,
                                      Toy const& toy,
                                      std::vector<double> const& from) {
  auto const& model = nll_->model();
  auto const& peaks = group.peaks->peaks;
  for (auto const& peak : peaks) {
    nll_->set_off(peak.channel, peak.process, true);
  }
  auto const& null = minimiser_.minimise(from, {.yields_first = true});
  Starts out{null.nll, null.nll < HUGE_VAL ? null.values : from, {}};
  auto const& at = out.null;
  std::vector<Excess> found;
  auto const& place = model.parameters[group.peaks->location];
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    auto const channel = peaks[i].channel;
    auto const& sample = toy.sample.channels[channel];
    auto const n_free = core::is_converged(null.status) ? whitening(channel, null) : 0;
    if (nll_->prepare_channel(channel, at)) {
      group.filters[i].take(
          *nll_, channel, sample.columns[sample.tree->observable], whiten_, n_free);
      group.filters[i].find(place.lower, place.upper, found);
    }
  }
  for (auto const& peak : peaks) {
    nll_->set_off(peak.channel, peak.process, false);
  }
  std::vector<Excess> there(peaks.size());
  for (auto const& excess : highest(std::move(found), most_peaks)) {
    for (std::size_t i = 0; i < peaks.size(); ++i) {
      there[i] = peaks.size() == 1 ? excess : group.filters[i].at(excess.place, excess.width);
    }
    out.starts.push_back(peaks_at(model, *group.peaks, at, excess, there));
  }
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
  return {search.null_nll(), search.null_point(), search.starts(most_peaks)};
}

void ToySearch::try_group(Group& group, Toy const& toy) {
  auto const [null, null_point, starts] = starts_of(group, toy);
  double beyond = 0;  // what an end gained more than its filter said
  for (auto const& start : starts) {
    double const gained = race_.empty() ? 0 : null - race_.best().nll;
    if (!race_.empty() && 0.5 * start.q + slack + beyond < gained) {
      break;
    }
    if (race_.run("excess", start.theta, {})) {
      beyond = std::max(beyond, null - race_.last_nll() - 0.5 * start.q);
    }
  }
  try_broad(group, null_point);
}

// A peak as wide as it may be can take a part of the background's place. What it pulls at is nearly
// what the background's own parameters do, so that no filter sees it; its sums are short, though.
void ToySearch::try_broad(Group const& group, std::vector<double> const& null) {
  auto const& model = nll_->model();
  auto const& peak = group.peaks->peaks.front();
  auto const& window = model.channels[peak.channel].observables[peak.observable].bounds;
  auto const& place = model.parameters[group.peaks->location];
  double const here = peak_width(model, peak, null);
  double const widest = peak_width(model, peak, with_widths(model, *group.peaks, null, HUGE_VAL));
  double const broad = std::min(broad_share * widest, broadest * (window.upper - window.lower));
  if (!(broad > 2 * here) || group.peaks->widths.empty()) {
    return;
  }
  double const from = std::max(place.lower, window.lower);
  double const to = std::min(place.upper, window.upper);
  for (int i = 0; i < n_broad; ++i) {
    auto theta = with_widths(model, *group.peaks, null, broad / here);
    theta[group.peaks->location] =
        std::clamp(from + (to - from) * (i + 0.5) / n_broad, place.lower, place.upper);
    race_.run("broad", theta, {.yields_first = true});
  }
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
    race_.run("truth", *truth_, {});
  }
  return race_.result();
}

}  // namespace toyfarm::study
