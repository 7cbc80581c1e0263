#pragma once
#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

/// n ln(n/alpha) - alpha^2/2 - n ln(B + u), B = n/alpha - alpha; for large n its two logarithms in
/// one.
inline Real cb_tail(Real u, Real alpha, Real n) {
  if (n / alpha < 100) {
    return n * std::log(n / alpha) - alpha * alpha / 2 - n * std::log(n / alpha - alpha + u);
  }
  return -alpha * alpha / 2 - n * std::log1p(alpha * (u - alpha) / n);
}

/// Of both Crystal Balls: theta is mu, sigma, alpha, n, and alpha_r, n_r where there are six.
inline Reference crystal_ball_reference() {
  Reference r;
  r.log_f = [](Case const& c, Theta const& t, Real s) {
    Real const z = from_peak(c, t, s) / t[1];
    if (z < -t[2]) {
      return cb_tail(-z, t[2], t[3]);
    }
    return t.size() > 4 && z > t[4] ? cb_tail(z, t[4], t[5]) : -z * z / 2;
  };
  r.home = nearest_to_peak;
  r.marks = [](Case const& c, Theta const& t) {
    Real const centre = t[0] - nearest_to_peak(c);
    auto marks = around(centre, t[1]);
    marks.push_back(centre - t[1] * t[2]);
    if (t.size() > 4) {
      marks.push_back(centre + t[1] * t[4]);
    }
    return marks;
  };
  r.scales = [](Case const& c) {
    auto const& t = c.theta;
    std::vector<Real> h{std::max<Real>(t[1], std::abs(nearest_to_peak(c) - t[0])), t[1]};
    for (std::size_t k = 2; k < t.size(); ++k) {
      h.push_back(k % 2 == 0 ? std::min(std::max(t[k], 0.01), 30 * t[k]) : t[k] - 1);
    }
    return h;
  };
  // Second derivatives jump at the joints.
  r.holds_at = [](Case const& c, double x) {
    double const t = (x - c.theta[0]) / c.theta[1];
    auto const near = [t](double joint) { return std::abs(t - joint) < 0.03 * (1 + std::abs(t)); };
    return !near(-c.theta[2]) && !(c.theta.size() > 4 && near(c.theta[4]));
  };
  return r;
}

}  // namespace toyfarm::model::testing
