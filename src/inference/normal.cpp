#include "toyfarm/inference/normal.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/special_functions/erf.hpp>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::inference {

double normal_cdf(double z) {
  return std::erfc(-z / std::numbers::sqrt2) / 2;
}

double p_of_z(double z) {
  return std::erfc(z / std::numbers::sqrt2) / 2;
}

double z_of_p(double p) {
  TOYFARM_EXPECTS(p >= 0 && p <= 1);
  if (p <= 0 || p >= 1) {
    return std::copysign(std::numeric_limits<double>::infinity(), 0.5 - p);
  }
  return std::numbers::sqrt2 * boost::math::erfc_inv(2 * p);
}

double normal_quantile(double p) {
  return -z_of_p(p);
}

double normal_pdf(double z) {
  return std::exp(-z * z / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

double chi2_quantile(double cl, int n_parameters) {
  TOYFARM_EXPECTS(cl > 0 && cl < 1 && n_parameters > 0);
  return boost::math::quantile(boost::math::chi_squared(n_parameters), cl);
}

double chi2_tail(double t) {
  return std::erfc(std::sqrt(t / 2));
}

}  // namespace toyfarm::inference
