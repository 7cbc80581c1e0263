#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "model/pdf_case.hpp"

// Integrals in long double for the reference formulas of the densities.
namespace toyfarm::model::testing {

/// Integral of f over [a, b]: 15-node Gauss-Legendre, bisected until halves agree to `tolerance`
/// (absolute) or to the relative `floor`, at most `deepest` times.
inline Real integrate(std::function<Real(Real)> const& f,
                      Real a,
                      Real b,
                      Real tolerance,
                      Real floor = 2e-17L,
                      int deepest = 5) {
  static std::vector<std::pair<Real, Real>> const rule = [] {
    std::vector<std::pair<Real, Real>> r;
    int const n = 15;
    for (int i = 0; i < n; ++i) {
      Real x = std::cos(std::numbers::pi_v<Real> * (static_cast<Real>(i) + 0.75L) / (n + 0.5L));
      Real slope = 1;
      for (int step = 0; step < 30; ++step) {
        Real p0 = 1;
        Real p1 = x;
        for (int k = 2; k <= n; ++k) {
          Real const p2 = ((2 * k - 1) * x * p1 - (k - 1) * p0) / k;
          p0 = p1;
          p1 = p2;
        }
        slope = n * (x * p1 - p0) / (x * x - 1);
        x -= p1 / slope;
      }
      r.emplace_back(x, 2 / ((1 - x * x) * slope * slope));
    }
    return r;
  }();
  auto const sum = [&](Real lo, Real hi) {
    Real total = 0;
    for (auto const& [x, w] : rule) {
      total += w * f(lo + (hi - lo) * (1 + x) / 2);
    }
    return total * (hi - lo) / 2;
  };
  Real const middle = (a + b) / 2;
  Real const whole = sum(a, b);
  Real const halves = sum(a, middle) + sum(middle, b);
  if (std::abs(whole - halves) <= std::max(tolerance, floor * std::abs(halves)) || deepest == 0) {
    return halves;
  }
  return integrate(f, a, middle, tolerance / 2, floor, deepest - 1) +
         integrate(f, middle, b, tolerance / 2, floor, deepest - 1);
}

/// ln of the integral of e^{log_f} over [a, b], split at `marks` (any order, those outside are
/// ignored).
inline Real log_integral(std::function<Real(Real)> const& log_f,
                         Real a,
                         Real b,
                         std::vector<Real> marks,
                         Real precision = 1e-18L) {
  marks.push_back(a);
  marks.push_back(b);
  marks.erase(
      std::remove_if(marks.begin(), marks.end(), [&](Real x) { return !(x >= a && x <= b); }),
      marks.end());
  std::sort(marks.begin(), marks.end());
  Real top = -std::numeric_limits<Real>::infinity();
  for (std::size_t i = 0; i + 1 < marks.size(); ++i) {
    for (int j = 0; j <= 32; ++j) {
      top = std::max(top, log_f(marks[i] + (marks[i + 1] - marks[i]) * j / 32));
    }
  }
  auto const f = [&](Real x) { return std::exp(log_f(x) - top); };
  Real rough = 0;
  for (std::size_t i = 0; i + 1 < marks.size(); ++i) {
    rough += integrate(f, marks[i], marks[i + 1], 1e-6L * (b - a));
  }
  Real total = 0;
  for (std::size_t i = 0; i + 1 < marks.size(); ++i) {
    total += integrate(
        f,
        marks[i],
        marks[i + 1],
        precision * rough * std::max(1.0L, std::abs(top)));  // no finer than e^top is known
  }
  return top + std::log(total);
}

/// Marks around a centre, in geometric steps of a width.
inline std::vector<Real> around(Real centre, Real width) {
  std::vector<Real> marks{centre};
  for (Real step = width / 4; step < 1e4L * width; step *= 2) {
    marks.push_back(centre - step);
    marks.push_back(centre + step);
  }
  return marks;
}

/// The point of the window nearest to the peak at theta[0]: home of a peak.
inline Real nearest_to_peak(Case const& c) {
  return std::clamp(c.theta[0], c.window.lower, c.window.upper);
}

/// x - theta[0] of a peak counted from there.
inline Real from_peak(Case const& c, Theta const& t, Real s) {
  return s + (nearest_to_peak(c) - t[0]);
}

/// ln erfc(v); far out by the asymptotic series (Abramowitz & Stegun 7.1.23).
inline Real log_erfc(Real v) {
  if (v < 50) {
    return std::log(std::erfc(v));
  }
  Real term = 1;
  Real sum = 1;
  for (int n = 1; n < 10; ++n) {
    term *= -(2 * n - 1) / (2 * v * v);
    sum += term;
  }
  return -v * v + std::log(sum / (v * std::sqrt(std::numbers::pi_v<Real>)));
}

/// ln of the integral of a reference over the window.
inline Real reference_log_norm(Reference const& reference, Case const& c, Theta const& t) {
  if (reference.log_norm) {
    return reference.log_norm(c, t);
  }
  Real const home = reference.home(c);
  Real const lower = c.window.lower - home;
  Real const upper = c.window.upper - home;
  std::vector<Real> marks;
  if (reference.marks) {
    marks = reference.marks(c, t);
  }
  // Where the peak is outside, the density falls from the nearer end.
  for (Real step = 1e-4L; step < 100; step *= 4) {
    marks.push_back(lower + step);
    marks.push_back(upper - step);
  }
  return log_integral([&](Real s) { return reference.log_f(c, t, s); }, lower, upper, marks);
}

}  // namespace toyfarm::model::testing
