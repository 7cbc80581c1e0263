#pragma once
#include <functional>

// Large-sample answers, beside those of toys: Cowan, Cranmer, Gross, Vitells, arXiv:1007.1727.
namespace toyfarm::inference {

/// p0 = 1 - Phi(sqrt(q0)), eq. 52.
[[nodiscard]] double asymptotic_p0(double q0);

/// p-value of t_mu, eq. 35.
[[nodiscard]] double asymptotic_p_t(double t);

/// p-value of t_tilde_mu, eq. 43; q_asimov = mu^2 / sigma^2 is q_mu of the Asimov data of mu = 0,
/// the physical bound.
[[nodiscard]] double asymptotic_p_t_tilde(double t_tilde, double q_asimov);

struct AsymptoticCls {
  double p_sb = 0;
  double one_minus_pb = 0;
  double cls = 0;
};

/// CLs of q_tilde_mu, eqs. 64 to 66 at mu and at 0, with mu^2 / sigma^2 = q_asimov > 0.
[[nodiscard]] AsymptoticCls asymptotic_cls(double q_tilde, double q_asimov);

/// CLs that background-only data `band` standard deviations above the median give.
[[nodiscard]] double asymptotic_expected_cls(double band, double q_asimov);

/// A statistic as a function of the POI; NaN where its fits fail.
using StatisticOfPoi = std::function<double(double)>;

enum class SolveState { found, above_bound, failed };

struct SolvedLimit {
  SolveState state = SolveState::failed;
  double value = 0;
};

struct SolveOptions {
  double cl = 0.95;
  double first_guess = 1;   ///< of the limit, > 0, in units of the POI
  double upper = 0;         ///< largest value the POI can take
  double tolerance = 1e-6;  ///< of the limit, relative to it
};

/// Where CLs of q_tilde (observed) with mu/sigma from the Asimov data falls to 1 - cl.
[[nodiscard]] SolvedLimit asymptotic_limit(StatisticOfPoi const& q_tilde,
                                           StatisticOfPoi const& q_asimov,
                                           SolveOptions const& options);

/// The expected limit, `band` -2 ... +2: solves mu / sigma(mu) = band + Phi^-1(1 - (1 - cl)
/// Phi(band)), eq. 89, with sigma(mu) = mu / sqrt(q_asimov(mu)) at each mu.
[[nodiscard]] SolvedLimit asymptotic_expected_limit(double band,
                                                    StatisticOfPoi const& q_asimov,
                                                    SolveOptions const& options);

/// Median significance of a signal s over a known background b > 0, eq. 97.
[[nodiscard]] double asimov_z(double s, double b);

/// The same with b measured beside as a Poisson count of tau b, tau = b / sigma_b^2 (Cowan, PHYSTAT
/// notes 2012; Li, Ma 1983, doi:10.1086/161295).
[[nodiscard]] double asimov_z(double s, double b, double sigma_b);

/// The same with a Gaussian constraint of width sigma_b on b: its conditional estimate solves b'^2
/// + b' (sigma_b^2 - b) = (s + b) sigma_b^2.
[[nodiscard]] double asimov_z_gaussian(double s, double b, double sigma_b);

}  // namespace toyfarm::inference
