#include "model/truncated_normal.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "model/gauss_legendre.hpp"

namespace toyfarm::model {
namespace {

// Beyond this many exponents of e below the largest weight nothing is left in double precision.
constexpr double negligible = 40;

// By quadrature: central moments come out without cancellation, whatever the size of t0 or of the
// interval.
TruncatedNormal by_quadrature(double t0, double lower, double upper) {
  constexpr std::size_t n = 32;
  auto const& rule = gauss_legendre<n>();
  // s at which |q|/2 = negligible: s^2/2 + |t0| s = negligible.
  double const far = std::abs(t0);
  double const reach = 2 * negligible / (far + std::sqrt(far * far + 2 * negligible));
  double const lo = std::max(lower, -reach);
  double const hi = std::min(upper, reach);
  double const half = 0.5 * (hi - lo);
  std::array<double, n> s;
  std::array<double, n> q;
  std::array<double, n> w;
  double norm = 0;
  double sum_s = 0;
  double sum_q = 0;
  for (std::size_t i = 0; i < n; ++i) {
    s[i] = lo + half * (1 + rule.x[i]);
    q[i] = s[i] * (s[i] + 2 * t0);
    w[i] = rule.w[i] * std::exp(-0.5 * q[i]);
    norm += w[i];
    sum_s += w[i] * s[i];
    sum_q += w[i] * q[i];
  }
  TruncatedNormal m{t0, std::log(norm * half), sum_s / norm, sum_q / norm, 0, 0, 0};
  for (std::size_t i = 0; i < n; ++i) {
    double const ds = s[i] - m.mean_s;
    double const dq = q[i] - m.mean_q;
    m.var_s += w[i] * ds * ds;
    m.cov_sq += w[i] * ds * dq;
    m.var_q += w[i] * dq * dq;
  }
  m.var_s /= norm;
  m.cov_sq /= norm;
  m.var_q /= norm;
  return m;
}

// By error functions and the recursion m_k = (k-1) m_{k-2} + (t1^{k-1} phi1 - t2^{k-1} phi2) / Z.
TruncatedNormal by_error_functions(double t0, double lower, double upper) {
  double const t1 = std::max(t0 + lower, -negligible);
  double const t2 = std::min(t0 + upper, negligible);
  double const r = std::numbers::sqrt2 / 2;
  double const z =
      std::sqrt(0.5 * std::numbers::pi) * (t1 > 0   ? std::erfc(r * t1) - std::erfc(r * t2)
                                           : t2 < 0 ? std::erfc(-r * t2) - std::erfc(-r * t1)
                                                    : std::erf(r * t2) - std::erf(r * t1));
  double const phi1 = std::exp(-0.5 * t1 * t1) / z;
  double const phi2 = std::exp(-0.5 * t2 * t2) / z;
  double const m1 = phi1 - phi2;
  double const m2 = 1 + t1 * phi1 - t2 * phi2;
  double const m3 = 2 * m1 + t1 * t1 * phi1 - t2 * t2 * phi2;
  double const m4 = 3 * m2 + t1 * t1 * t1 * phi1 - t2 * t2 * t2 * phi2;
  return {t0,
          std::log(z) + 0.5 * t0 * t0,
          m1 - t0,
          m2 - t0 * t0,
          m2 - m1 * m1,
          m3 - m1 * m2,
          m4 - m2 * m2};
}

}  // namespace

TruncatedNormal truncated_normal(double t0, double s_lower, double s_upper) {
  bool const far = std::abs(t0) > 4;
  bool const narrow = s_upper - s_lower < 2;
  return far || narrow ? by_quadrature(t0, s_lower, s_upper)
                       : by_error_functions(t0, s_lower, s_upper);
}

}  // namespace toyfarm::model
