#include "toyfarm/inference/belt.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/core/contract.hpp"

#include "inference/crossing.hpp"

namespace toyfarm::inference {
namespace {

constexpr double least_atom = 0.01;  // share of toys

/// What failed toys are taken for.
enum class FailedBeltToys { left_out, stay_below, reach_data };

std::vector<RatioPoint> ratios(std::span<BeltPoint const> points, FailedBeltToys failed) {
  std::vector<RatioPoint> result;
  for (BeltPoint const& point : points) {
    double const n_failed = failed == FailedBeltToys::left_out ? 0 : point.n_failed;
    double const hits = failed == FailedBeltToys::reach_data ? n_failed : 0;
    if (point.n + n_failed > 0) {
      result.push_back({point.truth, point.k + hits, point.n + n_failed});
    }
  }
  std::sort(result.begin(), result.end(), [](auto const& a, auto const& b) { return a.x < b.x; });
  return result;
}

bool is_accepted(RatioPoint const& point, double level) {
  return point.k / point.n > level;
}

IntervalEnd end_of_grid(double value, double bound) {
  return {value, 0, value == bound ? EndState::at_bound : EndState::open};
}

/// What is not known of where between two points an atom makes the p-value jump.
double jump_error(std::span<BeltPoint const> toys, Crossing const& crossing) {
  double below = -std::numeric_limits<double>::infinity();
  double above = std::numeric_limits<double>::infinity();
  double atom = 0;
  for (BeltPoint const& point : toys) {
    (point.truth <= crossing.x ? below : above) =
        point.truth <= crossing.x ? std::max(below, point.truth) : std::min(above, point.truth);
  }
  for (BeltPoint const& point : toys) {
    atom = point.truth == below || point.truth == above ? std::max(atom, point.atom) : atom;
  }
  return atom > least_atom && std::isfinite(above - below) ? (above - below) / 2 : 0;
}

std::vector<Piece> find_pieces(std::vector<RatioPoint> const& points,
                               std::span<BeltPoint const> toys,
                               double level,
                               Range physical) {
  std::vector<Piece> pieces;
  if (points.empty()) {
    return pieces;
  }
  auto const crossings = find_crossings(points, level);
  auto low = end_of_grid(points.front().x, physical.low);
  bool inside = crossings.empty() ? is_accepted(points.front(), level) : crossings[0].falling;
  for (Crossing const& crossing : crossings) {
    IntervalEnd const end{
        crossing.x, std::hypot(crossing.error, jump_error(toys, crossing)), EndState::crossing};
    if (inside) {
      pieces.push_back({low, end});
    }
    low = end;
    inside = !inside;
  }
  if (inside) {
    pieces.push_back({low, end_of_grid(points.back().x, physical.high)});
  }
  return pieces;
}

bool holds(std::vector<Piece> const& pieces, double x) {
  return std::any_of(pieces.begin(), pieces.end(), [x](Piece const& piece) {
    return piece.low.value <= x && x <= piece.high.value;
  });
}

/// Runs of points that their surroundings outvote, between points that agree with them.
void find_noise(std::vector<RatioPoint> const& points, double level, Interval& interval) {
  auto const outvoted = [&](std::size_t i) {
    return is_accepted(points[i], level) != holds(interval.pieces, points[i].x);
  };
  for (std::size_t first = 0; first < points.size(); ++first) {
    if (!outvoted(first)) {
      continue;
    }
    std::size_t last = first;
    bool const held = holds(interval.pieces, points[first].x);
    auto const same = [&](std::size_t i) { return holds(interval.pieces, points[i].x) == held; };
    while (last + 1 < points.size() && outvoted(last + 1) && same(last + 1)) {
      ++last;
    }
    if (first > 0 && last + 1 < points.size() && same(first - 1) && same(last + 1)) {
      (held ? interval.gaps : interval.islands).push_back({points[first].x, points[last].x});
    }
    first = last;
  }
}

std::optional<Range> outer_ends(std::vector<Piece> const& pieces) {
  if (pieces.empty()) {
    return std::nullopt;
  }
  return Range{pieces.front().low.value, pieces.back().high.value};
}

}  // namespace

BeltPoint belt_point(double truth, Counts const& counts, double atom) {
  return {truth,
          static_cast<double>(counts.k),
          static_cast<double>(counts.n),
          static_cast<double>(counts.n_failed),
          atom};
}

double largest_atom(std::span<Statistic const> toys) {
  std::vector<Statistic> values;
  for (Statistic const& toy : toys) {
    if (toy.outcome == Outcome::value && toy.value > toy.tolerance) {
      values.push_back(toy);
    }
  }
  std::ranges::sort(values, {}, &Statistic::value);
  std::size_t largest = 0;
  for (std::size_t i = 0, first = 0; i < values.size(); ++i) {
    if (values[i].value - values[first].value > values[i].tolerance + values[first].tolerance) {
      first = i;
    }
    largest = std::max(largest, i - first + 1);
  }
  return values.empty() ? 0 : static_cast<double>(largest) / static_cast<double>(toys.size());
}

Interval interval(std::span<BeltPoint const> points, double cl, Range physical) {
  TOYFARM_EXPECTS(cl > 0 && cl < 1);
  double const level = 1 - cl;
  Interval result;
  result.cl = cl;
  auto const counted = ratios(points, FailedBeltToys::left_out);
  result.pieces = find_pieces(counted, points, level, physical);
  result.outer = outer_ends(result.pieces);
  find_noise(counted, level, result);
  auto const with = [&](FailedBeltToys failed) {
    return outer_ends(find_pieces(ratios(points, failed), points, level, physical));
  };
  result.narrowest = with(FailedBeltToys::stay_below);
  result.widest = with(FailedBeltToys::reach_data);
  return result;
}

std::optional<Critical> critical_value(std::span<Statistic const> toys, double cl) {
  TOYFARM_EXPECTS(cl > 0 && cl < 1);
  std::vector<double> values;
  for (Statistic const& toy : toys) {
    if (toy.outcome == Outcome::value) {
      values.push_back(toy.value);
    }
  }
  if (values.empty()) {
    return std::nullopt;
  }
  std::sort(values.begin(), values.end());
  auto const n = static_cast<double>(values.size());
  auto const all = static_cast<double>(toys.size());
  // The value of that rank, from 1; beyond the toys the statistic may be anything.
  auto const ranked = [&](double rank) {
    double const up = std::ceil(rank - 1e-9 * n);
    return up < 1   ? 0
           : up > n ? std::numeric_limits<double>::infinity()
                    : values[static_cast<std::size_t>(up) - 1];
  };
  double const width = std::sqrt(n * cl * (1 - cl));
  return Critical{ranked(cl * n),
                  {ranked(cl * n - width), ranked(cl * n + width + 1)},
                  {ranked(cl * all - (all - n)), ranked(cl * all)}};
}

std::optional<Range> accepted_estimates(std::span<Statistic const> toys,
                                        std::span<double const> estimates,
                                        Critical const& critical) {
  TOYFARM_EXPECTS(toys.size() == estimates.size());
  std::optional<Range> accepted;
  for (std::size_t i = 0; i < toys.size(); ++i) {
    if (toys[i].outcome == Outcome::value && toys[i].value <= critical.value) {
      accepted = accepted ? Range{std::min(accepted->low, estimates[i]),
                                  std::max(accepted->high, estimates[i])}
                          : Range{estimates[i], estimates[i]};
    }
  }
  return accepted;
}

}  // namespace toyfarm::inference
