#include "inference/limit_toys.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace toyfarm::inference {
namespace {

double key(Statistic const& statistic) {
  return statistic.value + statistic.tolerance;
}

/// The least key of a toy that is not below `statistic`.
double least_key(Statistic const& statistic) {
  return statistic.value - statistic.tolerance;
}

double n_signal_from(SortedToys const& toys, double from) {
  return static_cast<double>(toys.signal.end() -
                             std::lower_bound(toys.signal.begin(), toys.signal.end(), from));
}

/// How many places have a key of at least `from`.
std::size_t n_places_from(SortedToys const& toys, double from) {
  return static_cast<std::size_t>(
      std::upper_bound(
          toys.background.begin(), toys.background.end(), from, std::greater<double>()) -
      toys.background.begin());
}

void order_by_cls(SortedToys& toys) {
  std::vector<double> cls(toys.background.size());
  for (std::size_t i = 0; i < cls.size(); ++i) {
    double const from = toys.background_from[i];
    cls[i] = n_signal_from(toys, from) / static_cast<double>(n_places_from(toys, from));
  }
  toys.place_by_cls.resize(cls.size());
  std::iota(toys.place_by_cls.begin(), toys.place_by_cls.end(), 0u);
  std::stable_sort(toys.place_by_cls.begin(),
                   toys.place_by_cls.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return cls[a] < cls[b]; });
  toys.toy_by_cls.reserve(cls.size());
  for (std::uint32_t const place : toys.place_by_cls) {
    toys.toy_by_cls.push_back(toys.toy[place]);
  }
}

std::vector<double> running_sum(std::vector<std::uint32_t> const& toys,
                                std::vector<std::uint32_t> const& weights) {
  std::vector<double> sums(toys.size());
  double sum = 0;
  for (std::size_t i = 0; i < toys.size(); ++i) {
    sum += weights[toys[i]];
    sums[i] = sum;
  }
  return sums;
}

/// First place at which `before` and the sum reach that share of all; the end if none does.
std::size_t place_of(std::vector<double> const& sums, double share, double before, double all) {
  double const target = share * all - before - 1e-9 * all;
  return static_cast<std::size_t>(std::lower_bound(sums.begin(), sums.end(), target) -
                                  sums.begin());
}

/// The key from which on toys reach the statistic that stands for `whose`.
std::optional<double> reference(SortedToys const& toys,
                                SummedWeights const& sums,
                                LimitOf const& whose,
                                FailedToys failed) {
  if (whose.kind == LimitOf::Kind::observed) {
    return toys.observed_from;
  }
  double const n_failed = failed == FailedToys::left_out ? 0 : toys.n_failed_background;
  double const first = failed == FailedToys::make_cls_low ? n_failed : 0;
  double const all = sums.by_statistic.back() + n_failed;
  bool const by_cls = whose.kind == LimitOf::Kind::expected_b;
  std::size_t place = place_of(by_cls ? sums.by_cls : sums.by_statistic, whose.share, first, all);
  if (place == toys.background.size()) {
    return std::nullopt;
  }
  return toys.background_from[by_cls ? toys.place_by_cls[place] : place];
}

}  // namespace

SortedToys sort_toys(LimitPoint const& point) {
  SortedToys toys;
  toys.poi = point.poi;
  if (point.observed && point.observed->outcome == Outcome::value) {
    toys.observed_from = least_key(*point.observed);
  }
  for (Statistic const& statistic : point.signal) {
    if (statistic.outcome == Outcome::value) {
      toys.signal.push_back(key(statistic));
    }
  }
  toys.n_failed_signal = static_cast<double>(point.signal.size() - toys.signal.size());
  std::sort(toys.signal.begin(), toys.signal.end());
  for (std::uint32_t toy = 0; toy < point.background.size(); ++toy) {
    if (point.background[toy].outcome == Outcome::value) {
      toys.toy.push_back(toy);
    }
  }
  toys.n_failed_background = static_cast<double>(point.background.size() - toys.toy.size());
  std::stable_sort(toys.toy.begin(), toys.toy.end(), [&](std::uint32_t a, std::uint32_t b) {
    return key(point.background[a]) > key(point.background[b]);
  });
  for (std::uint32_t const toy : toys.toy) {
    toys.background.push_back(key(point.background[toy]));
    toys.background_from.push_back(least_key(point.background[toy]));
  }
  order_by_cls(toys);
  return toys;
}

SummedWeights add_up(SortedToys const& toys, std::vector<std::uint32_t> const& weights) {
  return {running_sum(toys.toy, weights), running_sum(toys.toy_by_cls, weights)};
}

std::optional<RatioPoint> count(SortedToys const& toys,
                                SummedWeights const& sums,
                                LimitOf const& whose,
                                FailedToys failed) {
  if (toys.signal.empty() || toys.background.empty()) {
    return std::nullopt;
  }
  auto const from = reference(toys, sums, whose, failed);
  std::size_t const places = from ? n_places_from(toys, *from) : 0;
  RatioPoint point{toys.poi,
                   from ? n_signal_from(toys, *from) : 0,
                   static_cast<double>(toys.signal.size()),
                   places > 0 ? sums.by_statistic[places - 1] : 0,
                   sums.by_statistic.back()};
  if (failed != FailedToys::left_out) {
    point.n += toys.n_failed_signal;
    point.n_b += toys.n_failed_background;
    point.k += failed == FailedToys::make_cls_high ? toys.n_failed_signal : 0;
    point.k_b += failed == FailedToys::make_cls_low ? toys.n_failed_background : 0;
  }
  return point.k_b > 0 && from ? std::optional(point) : std::nullopt;
}

}  // namespace toyfarm::inference
