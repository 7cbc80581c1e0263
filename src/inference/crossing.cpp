#include "inference/crossing.hpp"

#include <algorithm>
#include <cmath>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/inference/normal.hpp"

#include "inference/curve.hpp"
#include "inference/root.hpp"

namespace toyfarm::inference {
namespace {

double excess(RatioPoint const& point, double level) {
  return point.k / point.n - level * point.k_b / point.n_b;
}

/// Probit of the ratio, as seen from that of the level.
double probit_distance(RatioPoint const& point, double level) {
  double const ratio = std::max(point.k, 0.5) / point.n * point.n_b / point.k_b;
  return normal_quantile(std::clamp(ratio, 1e-12, 1 - 1e-12)) - normal_quantile(level);
}

/// Both probabilities between points, as curves.
struct Ratio {
  Curve numerator;
  std::optional<Curve> denominator;

  /// ln of the ratio, its slope and error.
  [[nodiscard]] CurveValue log_at(double x) const {
    CurveValue value = log_of(numerator, x);
    if (denominator) {
      CurveValue const below = log_of(*denominator, x);
      value = {
          value.eta - below.eta, value.slope - below.slope, std::hypot(value.error, below.error)};
    }
    return value;
  }

  static CurveValue log_of(Curve const& curve, double x) {
    CurveValue const at = evaluate(curve, x);
    double const p = normal_cdf(at.eta);
    double const factor = normal_pdf(at.eta) / p;
    return {std::log(p), factor * at.slope, factor * at.error};
  }
};

/// A curve of n points keeps a degree of freedom to be judged by, unless there are two only.
std::size_t n_terms(std::size_t n_points) {
  return std::min<std::size_t>(3, n_points == 2 ? 2 : n_points - 1);
}

std::optional<Ratio> fit_ratio(std::span<RatioPoint const> points) {
  std::vector<CurvePoint> counts;
  for (RatioPoint const& point : points) {
    counts.push_back({point.x, point.k, point.n});
  }
  auto numerator = fit_curve(counts, n_terms(points.size()));
  if (!numerator) {
    return std::nullopt;
  }
  Ratio ratio{*numerator, std::nullopt};
  if (std::all_of(points.begin(), points.end(), [](auto const& p) { return p.k_b == p.n_b; })) {
    return ratio;
  }
  counts.clear();
  for (RatioPoint const& point : points) {
    counts.push_back({point.x, point.k_b, point.n_b});
  }
  ratio.denominator = fit_curve(counts, n_terms(points.size()));
  return ratio.denominator ? std::optional(ratio) : std::nullopt;
}

bool describes(Curve const& curve, std::size_t n_points) {
  auto const ndf = static_cast<double>(n_points - curve.n_terms);
  return ndf == 0 || curve.deviance <= ndf + 3 * std::sqrt(2 * ndf);
}

std::optional<double> root_between(Ratio const& ratio, double low, double high, double level) {
  double const target = std::log(level);
  auto const above = [&](double x) { return ratio.log_at(x).eta - target; };
  Place const left{low, above(low)};
  Place const right{high, above(high)};
  if (!((left.f < 0) != (right.f < 0))) {
    return std::nullopt;
  }
  return find_root(above, left, right, 1e-12 * (high - low));
}

bool is_monotone(Ratio const& ratio, double low, double high) {
  bool const falls = ratio.log_at((low + high) / 2).slope < 0;
  for (int i = 0; i <= 8; ++i) {
    if ((ratio.log_at(low + i * (high - low) / 8).slope < 0) != falls) {
      return false;
    }
  }
  return true;
}

/// Sides that are sure, else 0; the list's ends by the side they are on.
std::vector<int> sides(std::span<RatioPoint const> points, double level) {
  std::vector<int> side(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    double const away = distance(points[i], level);
    side[i] = std::abs(away) < decided_from ? 0 : away > 0 ? 1 : -1;
  }
  bool const none = std::all_of(side.begin(), side.end(), [](int s) { return s == 0; });
  auto const own = [&](RatioPoint const& point) { return excess(point, level) > 0 ? 1 : -1; };
  side.front() = own(points.front());
  if (none || own(points.back()) < 0) {
    side.back() = own(points.back());
  }
  return side;
}

/// Adds neighbours on the same side of the level that are within reach of it.
Window widen(std::span<RatioPoint const> points, Window window, double level, double reach) {
  auto const fits = [&](std::size_t i, std::size_t end) {
    return (excess(points[i], level) > 0) == (excess(points[end], level) > 0) &&
           std::abs(probit_distance(points[i], level)) <= reach;
  };
  window.first = window.low;
  window.last = window.high;
  while (window.first > 0 && fits(window.first - 1, window.low)) {
    --window.first;
  }
  while (window.last + 1 < points.size() && fits(window.last + 1, window.high)) {
    ++window.last;
  }
  return window;
}

/// The last pair of neighbours between which the ratio itself passes the level.
Window last_step(std::span<RatioPoint const> points, Window window, double level) {
  bool const falls = excess(points[window.low], level) > 0;
  for (std::size_t i = window.high; i-- > window.low;) {
    if ((excess(points[i], level) > 0) == falls && (excess(points[i + 1], level) > 0) != falls) {
      return {i, i + 1, i, i + 1};
    }
  }
  return window;
}

std::optional<Crossing> try_window(std::span<RatioPoint const> points,
                                   Window const& window,
                                   double level) {
  auto const used = points.subspan(window.first, window.last - window.first + 1);
  double const low = points[window.low].x;
  double const high = points[window.high].x;
  auto const ratio = fit_ratio(used);
  if (!ratio || !describes(ratio->numerator, used.size()) ||
      (ratio->denominator && !describes(*ratio->denominator, used.size())) ||
      !is_monotone(*ratio, low, high)) {
    return std::nullopt;
  }
  auto const x = root_between(*ratio, low, high, level);
  if (!x) {
    return std::nullopt;
  }
  CurveValue const at = ratio->log_at(*x);
  return Crossing{*x, at.error / std::abs(at.slope), at.slope < 0, window};
}

/// Standard deviation of a point's probit, if it is near the level.
double probit_error(RatioPoint const& point, double level) {
  double const away = distance(point, level);
  return away == 0 ? 0 : std::abs(probit_distance(point, level) / away);
}

/// Of a crossing of two neighbours: their noise at the slope that surely decided points have, or,
/// where they are those, a jump that may be anywhere between them.
Crossing with_least_error(std::span<RatioPoint const> points,
                          Window const& bracket,
                          Crossing crossing,
                          double level) {
  auto const [first, last, low, high] = crossing.window;
  if (high - low > 1) {
    return crossing;
  }
  double const step = points[high].x - points[low].x;
  double const rise = std::abs(probit_distance(points[bracket.high], level) -
                               probit_distance(points[bracket.low], level));
  double const noise =
      std::max(probit_error(points[low], level), probit_error(points[high], level));
  bool const is_decided = bracket.low == low && bracket.high == high;
  crossing.least_error =
      is_decided ? step / 2
                 : noise / rise * (points[bracket.high].x - points[bracket.low].x) / std::sqrt(2.);
  crossing.error = std::max(crossing.error, crossing.least_error);
  return crossing;
}

Crossing cross(std::span<RatioPoint const> points, Window const& bracket, double level) {
  for (double reach : {1., 0.5, 0.25, 0.}) {
    auto const window = widen(points, bracket, level, reach);
    if (auto crossing = try_window(points, window, level)) {
      return reach == 1 ? *crossing : with_least_error(points, bracket, *crossing, level);
    }
  }
  Window const step = last_step(points, bracket, level);
  if (auto crossing = try_window(points, step, level)) {
    return with_least_error(points, bracket, *crossing, level);
  }
  // Too few toys to tell more than the step they cross in.
  double const low = points[step.low].x;
  double const high = points[step.high].x;
  return {(low + high) / 2,
          (high - low) / 2,
          excess(points[step.low], level) > 0,
          step,
          (high - low) / 2};
}

}  // namespace

double distance(RatioPoint const& point, double level) {
  TOYFARM_EXPECTS(point.n > 0 && point.k_b > 0);
  double const p_b = point.k_b / point.n_b;
  double const p = level * p_b;
  double const variance = p * (1 - p) / point.n + level * level * p_b * (1 - p_b) / point.n_b;
  return excess(point, level) / std::sqrt(variance);
}

std::vector<Crossing> find_crossings(std::span<RatioPoint const> points, double level) {
  std::vector<Crossing> crossings;
  if (points.size() < 2) {
    return crossings;
  }
  auto const side = sides(points, level);
  std::size_t last = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (side[i] == 0) {
      continue;
    }
    if (side[i] != side[last]) {
      crossings.push_back(cross(points, {last, i, last, i}, level));
    }
    last = i;
  }
  return crossings;
}

std::optional<double> solve(Window const& window,
                            std::span<RatioPoint const> points,
                            double level) {
  auto const used = points.subspan(window.first, window.last - window.first + 1);
  auto const ratio = fit_ratio(used);
  return ratio ? root_between(*ratio, used.front().x, used.back().x, level) : std::nullopt;
}

}  // namespace toyfarm::inference
