#include "toyfarm/inference/statistic.hpp"

#include <cmath>
#include <limits>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::inference {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Sums of an NLL lose some units in the last place that no certificate speaks of.
constexpr double rounding = 16 * std::numeric_limits<double>::epsilon();

bool is_usable(FitEnd const& fit) {
  return fit.converged && !std::isnan(fit.nll) && fit.nll != -infinity;
}

Statistic twice_difference(FitEnd const& conditional, FitEnd const& reference) {
  TOYFARM_EXPECTS(conditional.bound >= 0 && reference.bound >= 0);
  if (!is_usable(conditional) || !is_usable(reference)) {
    return {0, 0, Outcome::failed};
  }
  if (conditional.nll == infinity) {
    // A sample that no hypothesis can give says nothing about any.
    return {infinity, 0, reference.nll == infinity ? Outcome::failed : Outcome::value};
  }
  if (reference.nll == infinity) {
    return {-infinity, 0, Outcome::fault};
  }
  double const value = 2 * (conditional.nll - reference.nll);
  double const tolerance = 2 * (conditional.bound + reference.bound +
                                rounding * (std::abs(conditional.nll) + std::abs(reference.nll)));
  if (value < -tolerance) {
    return {value, tolerance, Outcome::fault};
  }
  return {value > 0 ? value : 0, tolerance, Outcome::value};
}

bool is_one_sided(StatisticKind kind) {
  return kind == StatisticKind::q0 || kind == StatisticKind::q || kind == StatisticKind::q_tilde;
}

bool is_bounded(StatisticKind kind) {
  return kind == StatisticKind::t_tilde || kind == StatisticKind::q_tilde;
}

/// Whether the free estimate is on the side on which the statistic is 0.
bool is_zero(StatisticKind kind, double estimate, double tested) {
  return is_one_sided(kind) && (kind == StatisticKind::q0 ? estimate <= tested : estimate > tested);
}

}  // namespace

Statistic evaluate(StatisticKind kind,
                   SampleFits const& fits,
                   double tested,
                   double physical_bound) {
  if (!is_usable(fits.free)) {
    return {0, 0, Outcome::failed};
  }
  bool const below_bound = is_bounded(kind) && fits.free.poi < physical_bound;
  TOYFARM_EXPECTS(!below_bound || fits.at_bound.has_value());
  FitEnd const& reference = below_bound ? *fits.at_bound : fits.free;
  Statistic const two_sided = twice_difference(fits.conditional, reference);
  double const estimate = below_bound ? physical_bound : fits.free.poi;
  if (two_sided.outcome != Outcome::fault && is_zero(kind, estimate, tested)) {
    return {0, two_sided.tolerance, Outcome::value};
  }
  return two_sided;
}

std::optional<double> signed_root(SampleFits const& fits, double tested, double lower_bound) {
  Statistic const t = evaluate(StatisticKind::t, fits, tested);
  if (t.outcome != Outcome::value || lower_bound >= tested) {
    return std::nullopt;
  }
  return std::copysign(std::sqrt(t.value), fits.free.poi - tested);
}

Standing standing(Statistic const& toy, Statistic const& observed) {
  if (toy.value == observed.value ||
      std::abs(toy.value - observed.value) <= toy.tolerance + observed.tolerance) {
    return Standing::tied;
  }
  return toy.value < observed.value ? Standing::below : Standing::above;
}

Counts count(std::span<Statistic const> toys, Statistic const& observed) {
  TOYFARM_EXPECTS(observed.outcome == Outcome::value);
  Counts counts;
  for (Statistic const& toy : toys) {
    if (toy.outcome != Outcome::value) {
      ++counts.n_failed;
      counts.n_faults += toy.outcome == Outcome::fault ? 1 : 0;
      continue;
    }
    Standing const where = standing(toy, observed);
    ++counts.n;
    counts.k += where != Standing::below ? 1 : 0;
    counts.n_ties += where == Standing::tied ? 1 : 0;
  }
  return counts;
}

Counts operator+(Counts const& a, Counts const& b) noexcept {
  return {
      a.n + b.n, a.k + b.k, a.n_ties + b.n_ties, a.n_failed + b.n_failed, a.n_faults + b.n_faults};
}

}  // namespace toyfarm::inference
