#pragma once
#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/jet.hpp"

// Edges of the form erfc(beta (alpha - x)) e^{-gamma x}: turn-ons, decays seen with a resolution.
namespace toyfarm::model {

/// 2 / sqrt(pi) e^{-v^2} / erfc(v) - 2 v, the slope of -ln(e^{v^2} erfc(v)), and its derivative.
/// For large v a continued fraction (Abramowitz & Stegun 7.1.14) and its expansion in 1 / v.
struct ErfcSlope {
  double value, derivative;
};
[[nodiscard]] inline ErfcSlope erfc_slope(double v) {
  if (v <= 4) {
    double const whole = 2 * std::numbers::inv_sqrtpi * std::exp(-v * v) / std::erfc(v);
    return {whole - 2 * v, whole * (whole - 2 * v) - 2};
  }
  if (v <= 100) {
    double k = 0;
    for (int i = 60; i > 0; --i) {
      k = 0.5 * i / (v + k);
    }
    return {2 * k, 4 * k * (v + k) - 2};
  }
  double const r = 1 / (v * v);
  return {(1 - r * (1 - r * (2.5 - r * 9.25))) / v, -r * (1 - r * (3 - r * (12.5 - r * 64.75)))};
}

/// -d ln erfc(v) / dv.
[[nodiscard]] inline double erfc_hazard(double v) {
  return erfc_slope(v).value + 2 * v;
}

/// ln erfc(v), of a number or a jet; plus v^2 where v > 0.
template <class T>
[[nodiscard]] T log_erfc_scaled(T const& a) {
  double const v = value_of(a);
  auto const slope = erfc_slope(v);
  if (v > 0) {
    double const value = v <= 4 ? std::log(std::erfc(v)) + v * v
                                : std::log(std::numbers::inv_sqrtpi / (v + 0.5 * slope.value));
    return chain(a, value, -slope.value, -slope.derivative);
  }
  double const hazard = slope.value + 2 * v;
  return chain(a, std::log(std::erfc(v)), -hazard, -hazard * slope.value);
}

/// erfc(beta (alpha - x)) e^{-gamma x} of numbers.
struct ErfcEdge {
  double alpha, beta, gamma;

  /// Where it is largest; an infinity where it rises or falls everywhere.
  [[nodiscard]] double mode() const {
    double const q = gamma / beta;
    if (!(q > 0)) {
      return beta > 0 || (beta == 0 && gamma < 0) ? HUGE_VAL : -HUGE_VAL;
    }
    double v = q / 2;  // whose hazard is above q
    for (int step = 0; step < 8; ++step) {
      auto const slope = erfc_slope(v);
      v = std::max(v - std::log((slope.value + 2 * v) / q) / slope.value, -26.0);
    }
    return alpha - v / beta;
  }

  /// See Density::scale: an edge as wide as a Gaussian, and slopes, which are largest at the ends.
  [[nodiscard]] double scale(double lower, double upper) const {
    double steepest = 0;
    double nearest = -HUGE_VAL;
    for (double const x : {lower, upper}) {
      double const v = beta * (alpha - x);
      steepest = std::max(steepest, std::abs(beta * erfc_hazard(v) - gamma));
      nearest = std::max(nearest, v);
    }
    double const width = nearest > -6 ? std::numbers::sqrt2 / 2 / std::abs(beta) : HUGE_VAL;
    return std::min(width, 8 / steepest);
  }
};

}  // namespace toyfarm::model
