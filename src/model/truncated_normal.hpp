#pragma once

namespace toyfarm::model {

/// Moments of the normal density e^{-t^2/2} cut to an interval, about the point t0 of the interval
/// that is nearest to 0: with s = t - t0 and q = t^2 - t0^2 = s (s + 2 t0), weights e^{-q/2} on [t0
/// + s_lower, t0 + s_upper].
struct TruncatedNormal {
  double t0;
  double log_norm;  ///< ln of the integral of e^{-q/2}
  double mean_s;
  double mean_q;
  double var_s;
  double cov_sq;
  double var_q;
};

/// Requires t_lower < t_upper, and s_lower, s_upper as exact as the caller has them: differences of
/// t lose digits far from 0. Relative accuracy near rounding for any interval, in the far tails and
/// for tiny intervals too.
[[nodiscard]] TruncatedNormal truncated_normal(double t0, double s_lower, double s_upper);

}  // namespace toyfarm::model
