#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "model/density_support.hpp"

// The formulas of the densities once more, in long double and as they stand in the text books:
// slow, and sharing nothing with the code they check.
namespace toyfarm::model::testing {

using Real = long double;
using Theta = std::vector<Real>;

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

/// n ln(n/alpha) - alpha^2/2 - n ln(B + u), B = n/alpha - alpha; for large n its two logarithms in
/// one.
inline Real cb_tail(Real u, Real alpha, Real n) {
  if (n / alpha < 100) {
    return n * std::log(n / alpha) - alpha * alpha / 2 - n * std::log(n / alpha - alpha + u);
  }
  return -alpha * alpha / 2 - n * std::log1p(alpha * (u - alpha) / n);
}

/// ln of (1/pi) times the integral of g(gamma sinh s)/cosh s: the mean of g over a Lorentzian of
/// half width gamma, resolved however narrow it is. g is structured at `marks`.
inline Real log_lorentz_mean(std::function<Real(Real)> const& log_g,
                             Real gamma,
                             std::vector<Real> marks) {
  for (auto& m : marks) {
    m = std::asinh(m / gamma);
  }
  for (Real s = -46; s <= 46; s += 2) {
    marks.push_back(s);
  }
  auto const log_f = [&](Real s) {
    return log_g(gamma * std::sinh(s)) - std::log(std::numbers::pi_v<Real> * std::cosh(s));
  };
  return log_integral(log_f, -46, 46, marks);
}

/// ln V(d; sigma, gamma): the Gaussian's mean over the Lorentzian.
inline Real reference_log_voigt(Real d, Real sigma, Real gamma) {
  std::vector<Real> marks;
  for (Real k = -12; k <= 12; k += 2) {
    marks.push_back(d + k * sigma);
  }
  Real const log_scale = -std::log(sigma * std::sqrt(2 * std::numbers::pi_v<Real>));
  return log_lorentz_mean(
      [=](Real u) { return log_scale - (d - u) * (d - u) / (2 * sigma * sigma); }, gamma, marks);
}

/// A point of the window from which x is counted, so that narrow peaks are resolved: x - mu = s +
/// (home - mu).
inline Real home(Case const& c) {
  bool const peak =
      c.type == "gaussian" || c.type == "voigtian" || c.type.find("crystal") != std::string::npos;
  return peak ? std::clamp(c.theta[0], c.window.lower, c.window.upper)
         : c.type == "exponential" && c.theta[0] > 0 ? c.window.upper
                                                     : c.window.lower;
}

/// ln of the unnormalised density at home + s.
inline Real reference_log_f(Case const& c, Theta const& t, Real s) {
  Real const x = home(c) + s;
  Real const d = s + (home(c) - t[0]);
  if (c.type == "gaussian") {
    // Up to a factor without x, which keeps large squares from cancelling.
    return -s * (s + 2 * (home(c) - t[0])) / (2 * t[1] * t[1]);
  }
  if (c.type == "exponential") {
    return t[0] * s;
  }
  if (c.type == "chebyshev") {
    Real const y = std::clamp((2 * x - c.window.lower - c.window.upper) /
                                  static_cast<Real>(c.window.upper - c.window.lower),
                              -1.0L,
                              1.0L);
    Real p = 1;
    for (std::size_t k = 0; k < t.size(); ++k) {
      p += t[k] * std::cos(static_cast<Real>(k + 1) * std::acos(y));
    }
    return std::log(p);
  }
  if (c.type == "crystal_ball" || c.type == "double_crystal_ball") {
    Real const z = d / t[1];
    if (z < -t[2]) {
      return cb_tail(-z, t[2], t[3]);
    }
    return t.size() > 4 && z > t[4] ? cb_tail(z, t[4], t[5]) : -z * z / 2;
  }
  if (c.type == "voigtian") {
    return reference_log_voigt(d, t[1], t[2]);
  }
  Real const m = c.window.upper;  // argus
  Real const u = (m - x) * (m + x) / (m * m);
  return std::log(x) + t[1] * std::log(u) + t[0] * u;
}

/// ln of the normalisation of an argus: (m^2/2) times the integral of u^p e^{cu} over [0, u(a)], by
/// the tanh-sinh rule (Takahasi & Mori 1974).
inline Real reference_argus_norm(Case const& c, Theta const& t) {
  Real const m = c.window.upper;
  Real const a = c.window.lower;
  Real const end = (m - a) * (m + a) / (m * m);
  Real const top = std::max(0.0L, t[0] * end);
  Real total = 0;
  Real const h = 1.0L / 512;
  for (int k = -2400; k <= 2400; ++k) {
    Real const s = k * h;
    Real const e = std::exp(-std::numbers::pi_v<Real> * std::sinh(s));
    Real const share = 1 / (1 + e);
    Real const u = end * share;
    Real const weight = end * std::numbers::pi_v<Real> * std::cosh(s) * e * share * share;
    if (u > 0 && weight > 0) {
      total += weight * std::exp(t[1] * std::log(u) + t[0] * u - top);
    }
  }
  return std::log(total * h * m * m / 2) + top;
}

/// ln of the integral of a Voigt profile over the window: the Gaussian's content of the window,
/// shifted, as a mean over the Lorentzian.
inline Real reference_voigt_norm(Case const& c, Theta const& t) {
  Real const lo = c.window.lower - t[0];
  Real const hi = c.window.upper - t[0];
  std::vector<Real> marks;
  for (Real k = -12; k <= 12; k += 2) {
    marks.push_back(lo + k * t[1]);
    marks.push_back(hi + k * t[1]);
  }
  Real const r = 1 / (t[1] * std::sqrt(2.0L));
  auto const log_g = [=](Real u) {
    Real const v1 = (lo - u) * r;
    Real const v2 = (hi - u) * r;
    return std::log((v1 > 0   ? std::erfc(v1) - std::erfc(v2)
                     : v2 < 0 ? std::erfc(-v2) - std::erfc(-v1)
                              : std::erf(v2) - std::erf(v1)) /
                    2);
  };
  return log_lorentz_mean(log_g, t[2], marks);
}

inline Real reference_log_norm(Case const& c, Theta const& t) {
  if (c.type == "argus") {
    return reference_argus_norm(c, t);
  }
  if (c.type == "voigtian") {
    return reference_voigt_norm(c, t);
  }
  Real const origin = home(c);
  Real const lower = c.window.lower - origin;
  Real const upper = c.window.upper - origin;
  std::vector<Real> marks;
  if (c.type == "gaussian" || c.type.find("crystal") != std::string::npos) {
    marks = around(t[0] - origin, t[1]);
  }
  if (c.type.find("crystal") != std::string::npos) {
    marks.push_back(t[0] - origin - t[1] * t[2]);
    if (t.size() > 4) {
      marks.push_back(t[0] - origin + t[1] * t[4]);
    }
  }
  // Where the peak is outside, the density falls from the nearer end.
  for (Real step = 1e-4L; step < 100; step *= 4) {
    marks.push_back(lower + step);
    marks.push_back(upper - step);
  }
  return log_integral([&](Real s) { return reference_log_f(c, t, s); }, lower, upper, marks);
}

}  // namespace toyfarm::model::testing
