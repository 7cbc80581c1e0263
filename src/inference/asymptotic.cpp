#include "toyfarm/inference/asymptotic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/inference/normal.hpp"

#include "inference/root.hpp"

namespace toyfarm::inference {

double asymptotic_p0(double q0) {
  return p_of_z(std::sqrt(q0));
}

double asymptotic_p_t(double t) {
  return chi2_tail(t);
}

double asymptotic_p_t_tilde(double t_tilde, double q_asimov) {
  if (t_tilde <= q_asimov) {
    return chi2_tail(t_tilde);
  }
  return p_of_z(std::sqrt(t_tilde)) + p_of_z((t_tilde + q_asimov) / (2 * std::sqrt(q_asimov)));
}

AsymptoticCls asymptotic_cls(double q_tilde, double q_asimov) {
  TOYFARM_EXPECTS(q_tilde >= 0 && q_asimov > 0);
  double const root = std::sqrt(q_asimov);
  bool const beyond = q_tilde > q_asimov;
  double const z_sb = beyond ? (q_tilde + q_asimov) / (2 * root) : std::sqrt(q_tilde);
  double const z_b = beyond ? (q_tilde - q_asimov) / (2 * root) : std::sqrt(q_tilde) - root;
  AsymptoticCls result{p_of_z(z_sb), p_of_z(z_b), 0};
  // Both vanish together, and CLs with them: p_sb is the smaller one.
  result.cls = result.one_minus_pb > 0 ? result.p_sb / result.one_minus_pb : 0;
  return result;
}

double asymptotic_expected_cls(double band, double q_asimov) {
  return p_of_z(std::sqrt(q_asimov) - band) / normal_cdf(band);
}

namespace {

/// Where a rising function of the POI, below zero at 0, is zero.
SolvedLimit solve_rising(StatisticOfPoi const& f, SolveOptions const& options) {
  TOYFARM_EXPECTS(options.first_guess > 0 && options.upper > 0);
  Place low{0, -std::numeric_limits<double>::infinity()};
  for (double x = std::min(options.first_guess, options.upper);;) {
    Place const high{x, f(x)};
    if (std::isnan(high.f)) {
      return {};
    }
    if (high.f >= 0) {
      auto const root = find_root(f, high, low, 0, options.tolerance / 2);
      return root ? SolvedLimit{SolveState::found, *root} : SolvedLimit{};
    }
    if (x >= options.upper) {
      return {SolveState::above_bound, options.upper};
    }
    low = high;
    x = std::min(1.5 * x, options.upper);
  }
}

}  // namespace

SolvedLimit asymptotic_limit(StatisticOfPoi const& q_tilde,
                             StatisticOfPoi const& q_asimov,
                             SolveOptions const& options) {
  double const target = z_of_p(1 - options.cl);
  return solve_rising(
      [&](double poi) {
        double const q = q_tilde(poi);
        double const asimov = q_asimov(poi);
        if (std::isnan(q) || std::isnan(asimov)) {
          return std::numeric_limits<double>::quiet_NaN();
        }
        return asimov > 0 ? z_of_p(std::min(asymptotic_cls(q, asimov).cls, 1.)) - target
                          : -std::numeric_limits<double>::infinity();
      },
      options);
}

SolvedLimit asymptotic_expected_limit(double band,
                                      StatisticOfPoi const& q_asimov,
                                      SolveOptions const& options) {
  double const target = band + z_of_p((1 - options.cl) * normal_cdf(band));
  return solve_rising([&](double poi) { return std::sqrt(q_asimov(poi)) - target; }, options);
}

double asimov_z(double s, double b) {
  TOYFARM_EXPECTS(s >= 0 && b > 0);
  return std::sqrt(2 * ((s + b) * std::log1p(s / b) - s));
}

double asimov_z(double s, double b, double sigma_b) {
  TOYFARM_EXPECTS(s >= 0 && b > 0 && sigma_b > 0);
  double const variance = sigma_b * sigma_b;
  double const n = s + b;
  double const first = n * std::log(n * (b + variance) / (b * b + n * variance));
  double const second = b * b / variance * std::log1p(variance * s / (b * (b + variance)));
  return std::sqrt(2 * std::max(first - second, 0.));
}

double asimov_z_gaussian(double s, double b, double sigma_b) {
  TOYFARM_EXPECTS(s >= 0 && b > 0 && sigma_b > 0);
  double const variance = sigma_b * sigma_b;
  double const n = s + b;
  double const half = (b - variance) / 2;
  double const conditional = half + std::sqrt(half * half + n * variance);
  double const pull = (conditional - b) / sigma_b;
  double const nll_change = conditional - n - n * std::log(conditional / n) + pull * pull / 2;
  return std::sqrt(2 * std::max(nll_change, 0.));
}

}  // namespace toyfarm::inference
