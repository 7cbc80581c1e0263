#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/formula/enclosure.hpp"

// Interval arithmetic without directed rounding: bounds are right to a few ulp.
namespace toyfarm::formula {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr Interval whole_line{-infinity, infinity};
inline constexpr Interval nothing{0, 0};

[[nodiscard]] inline Interval point(double v) {
  return {v, v};
}
/// Of two ends in any order; the whole line where one is NaN.
[[nodiscard]] inline Interval between(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? whole_line : Interval{std::min(a, b), std::max(a, b)};
}
[[nodiscard]] inline bool is_nothing(Interval a) {
  return a.lower == 0 && a.upper == 0;
}
[[nodiscard]] inline double magnitude(Interval a) {
  return std::max(std::abs(a.lower), std::abs(a.upper));
}
[[nodiscard]] inline Interval hull(Interval a, Interval b) {
  return {std::min(a.lower, b.lower), std::max(a.upper, b.upper)};
}
[[nodiscard]] inline Interval operator-(Interval a) {
  return {-a.upper, -a.lower};
}
[[nodiscard]] inline Interval operator+(Interval a, Interval b) {
  double const lower = a.lower + b.lower;
  double const upper = a.upper + b.upper;
  return {std::isnan(lower) ? -infinity : lower, std::isnan(upper) ? infinity : upper};
}
[[nodiscard]] inline Interval operator-(Interval a, Interval b) {
  return a + -b;
}
[[nodiscard]] inline Interval operator*(Interval a, Interval b) {
  if (is_nothing(a) || is_nothing(b)) {
    return nothing;
  }
  double const p = a.lower * b.lower;
  double const q = a.lower * b.upper;
  double const r = a.upper * b.lower;
  double const s = a.upper * b.upper;
  if (std::isnan(p + q) || std::isnan(r + s)) {
    return std::isnan(p) || std::isnan(q) || std::isnan(r) || std::isnan(s)
               ? whole_line
               : Interval{std::min({p, q, r, s}), std::max({p, q, r, s})};
  }
  return {std::min(std::min(p, q), std::min(r, s)), std::max(std::max(p, q), std::max(r, s))};
}
[[nodiscard]] inline Interval operator*(double a, Interval b) {
  return point(a) * b;
}
[[nodiscard]] inline Interval operator/(Interval a, Interval b) {
  if (is_nothing(a)) {
    return nothing;
  }
  return b.lower <= 0 && b.upper >= 0 ? whole_line : a * Interval{1 / b.upper, 1 / b.lower};
}
[[nodiscard]] inline Interval square(Interval a) {
  double const low = a.lower > 0 ? a.lower : a.upper < 0 ? a.upper : 0;
  double const high = magnitude(a);
  return {low * low, high * high};
}

/// Bounds of a function and its derivatives at a value within `a`.
struct Function1 {
  Interval value, first, second;
};

/// Of the operations with one operand, and of a power with a constant exponent.
[[nodiscard]] Function1 function_on(Operation operation, Interval a);
[[nodiscard]] Function1 power_on(Interval a, double exponent);

}  // namespace toyfarm::formula
