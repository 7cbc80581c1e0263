#include "toyfarm/inference/rounds.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::inference {
namespace {

/// A round under construction: more toys by value; the largest wish counts.
class Wishes {
 public:
  Wishes(ToysSoFar const& so_far, RoundPolicy const& policy) : so_far_(&so_far), policy_(&policy) {}

  void points(double poi, double n) {
    std::uint64_t const whole = multiple(n);
    if (whole > 0) {
      auto& wish = points_[poi];
      wish = std::max(wish, whole);
    }
  }

  void background(double n) { background_ = std::max(background_, multiple(n)); }

  /// A value of its own, unless it is one there is or lies beyond the bounds.
  bool new_point(double poi) {
    double const value = std::clamp(rounded(poi), policy_->bounds.low, policy_->bounds.high);
    auto const same = [&](PointToys const& point) { return point.poi == value; };
    if (std::any_of(so_far_->points.begin(), so_far_->points.end(), same)) {
      return false;
    }
    points(value, static_cast<double>(policy_->n_first));
    return true;
  }

  void at_bound() { at_bound_ = true; }

  [[nodiscard]] Round round() const {
    std::uint64_t made = so_far_->background;
    for (PointToys const& point : so_far_->points) {
      made += point.n;
    }
    std::uint64_t wanted = background_;
    for (auto const& [poi, n] : points_) {
      wanted += n;
    }
    if (wanted == 0) {
      return {at_bound_ ? RoundState::at_bound : RoundState::done, {}, 0};
    }
    std::uint64_t const left = policy_->max_toys > made ? policy_->max_toys - made : 0;
    double const share =
        wanted > left ? static_cast<double>(left) / static_cast<double>(wanted) : 1;
    auto const affordable = [&](std::uint64_t n) {
      auto const some = static_cast<std::uint64_t>(static_cast<double>(n) * share);
      return some / policy_->granularity * policy_->granularity;
    };
    Round round{RoundState::more, {}, affordable(background_)};
    for (auto const& [poi, n] : points_) {
      if (affordable(n) > 0) {
        round.points.push_back({poi, affordable(n)});
      }
    }
    if (round.points.empty() && round.background == 0) {
      round.state = RoundState::exhausted;
    }
    return round;
  }

 private:
  [[nodiscard]] std::uint64_t multiple(double n) const {
    auto const grain = static_cast<double>(policy_->granularity);
    return n > 0 ? static_cast<std::uint64_t>(std::ceil(n / grain)) * policy_->granularity : 0;
  }

  /// To three digits: people read grids.
  static double rounded(double x) {
    if (x == 0 || !std::isfinite(x)) {
      return x;
    }
    double const unit = std::pow(10., std::floor(std::log10(std::abs(x))) - 2);
    return std::round(x / unit) * unit;
  }

  ToysSoFar const* so_far_;
  RoundPolicy const* policy_;
  std::map<double, std::uint64_t> points_;
  std::uint64_t background_ = 0;
  bool at_bound_ = false;
};

/// Points whose toys tell where a crossing at `value` is.
std::vector<PointToys> near(ToysSoFar const& so_far, double value, double reach) {
  std::vector<PointToys> found;
  for (PointToys const& point : so_far.points) {
    if (std::abs(point.poi - value) <= reach) {
      found.push_back(point);
    }
  }
  return found;
}

std::uint64_t sum(std::vector<PointToys> const& points) {
  std::uint64_t n = 0;
  for (PointToys const& point : points) {
    n += point.n;
  }
  return n;
}

/// Toys at an accuracy: the variance falls to `ratio` of what it is.
void share_toys(Wishes& wishes,
                std::vector<PointToys> const& points,
                double ratio,
                double cl,
                ToysSoFar const& so_far,
                RoundPolicy const& policy) {
  auto const n_signal = static_cast<double>(sum(points));
  auto const n_background = static_cast<double>(so_far.background);
  // Relative variance of each probability per toy, where half of the background-only toys reach
  // the reference, which is where a median limit lies.
  double const p_b = 0.5;
  double const p_sb = (1 - cl) * p_b;
  double const of_signal = (1 - p_sb) / p_sb;
  double const of_background = (1 - p_b) / p_b;
  double const variance = ratio * (of_signal / n_signal + of_background / n_background);
  double const cost = policy.background_cost;
  double const scale = (std::sqrt(of_signal) + std::sqrt(of_background * cost)) / variance;
  double const growth = policy.max_growth - 1;
  double const share = std::min(scale * std::sqrt(of_signal) / n_signal - 1, growth);
  for (PointToys const& point : points) {
    wishes.points(point.poi, share * static_cast<double>(point.n));
  }
  wishes.background(
      std::min(scale * std::sqrt(of_background / cost) - n_background, growth * n_background));
}

void wish_for(Wishes& wishes,
              Limit const& limit,
              double cl,
              ToysSoFar const& so_far,
              RoundPolicy const& policy) {
  double const first = so_far.points.front().poi;
  double const last = so_far.points.back().poi;
  switch (limit.state) {
    case LimitState::above_grid: {
      double const step = std::max(0.5 * std::abs(last), last - first);
      if (last >= policy.bounds.high || !wishes.new_point(last + step)) {
        wishes.at_bound();
      }
      return;
    }
    case LimitState::below_grid:
      if (first <= policy.bounds.low ||
          !wishes.new_point(policy.bounds.low + (first - policy.bounds.low) / 2)) {
        wishes.at_bound();
      }
      return;
    case LimitState::undefined:
      wishes.background(static_cast<double>(policy.n_first));
      for (PointToys const& point : so_far.points) {
        wishes.points(point.poi, static_cast<double>(policy.n_first));
      }
      return;
    case LimitState::found:
      break;
  }
  double const wanted = policy.accuracy * std::abs(limit.value);
  if (limit.error <= wanted) {
    return;
  }
  double const reach = std::max(0.1 * std::abs(limit.value), 2 * limit.error);
  auto const points = near(so_far, limit.value, reach);
  if (points.size() < 2) {
    wishes.new_point(limit.value - reach / 2);
    wishes.new_point(limit.value + reach / 2);
    return;
  }
  share_toys(wishes, points, std::pow(wanted / limit.error, 2), cl, so_far, policy);
}

/// Neighbours of a value among the points: the last not above it, the first above it.
std::pair<std::size_t, std::size_t> neighbours(ToysSoFar const& so_far, double value) {
  auto const above = std::upper_bound(
      so_far.points.begin(), so_far.points.end(), value, [](double x, PointToys const& p) {
        return x < p.poi;
      });
  auto const place = static_cast<std::size_t>(above - so_far.points.begin());
  std::size_t const last = so_far.points.size() - 1;
  return {place > 0 ? place - 1 : 0, std::min(place, last)};
}

void wish_for(Wishes& wishes,
              IntervalEnd const& end,
              double width,
              ToysSoFar const& so_far,
              RoundPolicy const& policy) {
  auto const& points = so_far.points;
  double const wanted = policy.accuracy * width;
  if (end.state == EndState::open) {
    bool const up = end.value == points.back().poi;
    std::size_t const last = points.size() - 1;
    double const step = std::max(
        up ? points[last].poi - points[last - 1].poi : points[1].poi - points[0].poi, width / 4);
    if (!wishes.new_point(up ? end.value + step : end.value - step)) {
      wishes.at_bound();
    }
    return;
  }
  if (end.state == EndState::at_bound || end.error <= wanted) {
    return;
  }
  auto const [below, above] = neighbours(so_far, end.value);
  if (points[above].poi - points[below].poi > 4 * wanted) {
    wishes.new_point((points[below].poi + points[above].poi) / 2);
  }
  double const growth = std::min(std::pow(end.error / wanted, 2), policy.max_growth) - 1;
  for (std::size_t const i : {below, above}) {
    wishes.points(points[i].poi, growth * static_cast<double>(points[i].n));
  }
}

}  // namespace

Round next_round(std::span<Limit const> wanted,
                 double cl,
                 ToysSoFar const& so_far,
                 RoundPolicy const& policy) {
  TOYFARM_EXPECTS(!so_far.points.empty() && policy.granularity > 0 && policy.accuracy > 0);
  Wishes wishes(so_far, policy);
  for (Limit const& limit : wanted) {
    wish_for(wishes, limit, cl, so_far, policy);
  }
  return wishes.round();
}

Round next_round(Interval const& interval, ToysSoFar const& so_far, RoundPolicy const& policy) {
  TOYFARM_EXPECTS(so_far.points.size() > 1 && policy.granularity > 0 && policy.accuracy > 0);
  Wishes wishes(so_far, policy);
  double const width = interval.outer && interval.outer->high > interval.outer->low
                           ? interval.outer->high - interval.outer->low
                           : so_far.points.back().poi - so_far.points.front().poi;
  for (Piece const& piece : interval.pieces) {
    wish_for(wishes, piece.low, width, so_far, policy);
    wish_for(wishes, piece.high, width, so_far, policy);
  }
  for (auto const* noise : {&interval.gaps, &interval.islands}) {
    for (Range const& run : *noise) {
      for (PointToys const& point :
           near(so_far, (run.low + run.high) / 2, (run.high - run.low) / 2 * (1 + 1e-9))) {
        wishes.points(point.poi, static_cast<double>(point.n));
      }
    }
  }
  return wishes.round();
}

}  // namespace toyfarm::inference
