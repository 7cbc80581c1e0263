#pragma once
#include <optional>
#include <span>

#include "toyfarm/inference/p_value.hpp"
#include "toyfarm/inference/statistic.hpp"

// How often intervals hold the truth, and how far estimates are from it.
namespace toyfarm::inference {

/// Whether a toy's interval holds the truth; `failed` where it has none.
enum class Covered { no, yes, failed };

/// estimate +- z error, z of a central interval at `cl`; no error (not above 0) is a failure.
[[nodiscard]] Covered hessian_covers(double estimate, double error, double truth, double cl);

/// The profile interval: t (or t_tilde) at the truth is at most the quantile of chi^2.
[[nodiscard]] Covered profile_covers(Statistic const& at_truth, double cl);

/// The belt's interval: t (or t_tilde) at the truth is at most the critical value there.
[[nodiscard]] Covered belt_covers(Statistic const& at_truth, double critical);

/// Share of toys that cover. Nothing without any that have an interval.
[[nodiscard]] std::optional<Probability> coverage(std::span<Covered const> toys);

/// One toy of a bias study.
struct BiasToy {
  double estimate = 0;
  double error = 0;                   ///< of the Hessian; none if not above 0
  std::optional<double> signed_root;  ///< at the truth
  bool converged = false;
};

/// Mean and width (n - 1) of a quantity, and their errors; the width's from the fourth moment.
struct Spread {
  std::size_t n = 0;
  double mean = 0;
  double mean_error = 0;
  double width = 0;
  double width_error = 0;
};

/// Nothing for fewer than two values. Sums in the order given.
[[nodiscard]] std::optional<Spread> spread(std::span<double const> values);

/// Bias at one true value. Pulls by the Hessian are biased where the error correlates with the
/// estimate; signed roots of 2 Delta NLL at the truth are not.
struct Bias {
  double truth = 0;
  std::optional<Spread> estimates;
  std::optional<Spread> pulls;  ///< (estimate - truth) / error
  std::optional<Spread> signed_roots;
  std::size_t n_failed = 0;    ///< not converged
  std::size_t n_no_error = 0;  ///< converged without an error: they have no pull
};

[[nodiscard]] Bias bias(std::span<BiasToy const> toys, double truth);

}  // namespace toyfarm::inference
