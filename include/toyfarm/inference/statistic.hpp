#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

// Test statistics made of the fits of one sample: Cowan, Cranmer, Gross, Vitells, Eur. Phys. J. C
// 71 (2011) 1554, arXiv:1007.1727. lambda(mu) = L(mu, conditional nuisances) / L(free fit).
namespace toyfarm::inference {

/// Where a fit of one sample ended.
struct FitEnd {
  double nll = 0;    ///< +inf: nothing the hypothesis allows can give this sample, an answer
  double bound = 0;  ///< certified error of `nll`, >= 0
  double poi = 0;
  bool converged = false;
};

/// What is tested, by the equations of arXiv:1007.1727.
enum class StatisticKind {
  t,        ///< -2 ln lambda(mu), eq. 8
  t_tilde,  ///< the same with the estimate not below the physical bound, eq. 11
  q0,       ///< t where the estimate is above the value tested, else 0: a discovery, eq. 12
  q,        ///< t where the estimate is at most the value tested, else 0: an upper limit, eq. 14
  q_tilde   ///< t_tilde where the estimate is at most the value tested, else 0, eq. 16
};

/// All fits of one sample that a statistic is made of.
struct SampleFits {
  FitEnd free;
  FitEnd conditional;              ///< with the POI at the value tested
  std::optional<FitEnd> at_bound;  ///< with the POI at its physical bound; t_tilde and q_tilde need
                                   ///< it where the free estimate is below that bound
};

/// What became of a statistic.
enum class Outcome : std::uint8_t {
  value,
  failed,  ///< a fit it needs has not converged
  fault    ///< below zero by more than the fits' errors: the free fit is not at its minimum
};

/// The statistic of one sample.
struct Statistic {
  double value = 0;      ///< in [0, +inf] where the outcome is `value`; a fault keeps what it had
  double tolerance = 0;  ///< how far `value` may be from the exact one
  Outcome outcome = Outcome::value;
};

/// -2 ln of a ratio of likelihoods out of fits. +inf where the conditional NLL is; what is negative
/// within the tolerance 2 (bound + bound) + rounding is 0, below it a fault, never a value.
[[nodiscard]] Statistic evaluate(StatisticKind kind,
                                 SampleFits const& fits,
                                 double tested,
                                 double physical_bound = 0);

/// Square root of t with the sign of estimate - tested: not capped at 0. Nothing where the POI
/// cannot go below the value tested (`lower_bound`), or where t has no value.
[[nodiscard]] std::optional<double> signed_root(SampleFits const& fits,
                                                double tested,
                                                double lower_bound);

/// How a toy's statistic stands to the observed one, both with their tolerances.
enum class Standing { below, tied, above };

/// Ties are values nearer than both tolerances together, and two infinite ones.
[[nodiscard]] Standing standing(Statistic const& toy, Statistic const& observed);

/// How many toys reach the observed statistic.
struct Counts {
  std::uint64_t n = 0;         ///< toys that have a value
  std::uint64_t k = 0;         ///< those not below the observed one, ties included
  std::uint64_t n_ties = 0;    ///< those of k that are tied
  std::uint64_t n_failed = 0;  ///< toys without a value, faults included; add missing ones here
  std::uint64_t n_faults = 0;
};

/// Counts toys against an observed statistic, which must have a value.
[[nodiscard]] Counts count(std::span<Statistic const> toys, Statistic const& observed);

/// Adds counts of other toys of the same point.
[[nodiscard]] Counts operator+(Counts const& a, Counts const& b) noexcept;

}  // namespace toyfarm::inference
