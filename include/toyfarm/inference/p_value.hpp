#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "toyfarm/inference/normal.hpp"
#include "toyfarm/inference/statistic.hpp"

// p-values of toys with their statistical errors, and what failed toys could make of them.
namespace toyfarm::inference {

/// Ends of an interval.
struct Range {
  double low = 0;
  double high = 0;
};

/// A probability, or what is made of one, from a number of toys.
struct Probability {
  double value = 0;
  double low = 0;          ///< of the central interval of the toys' statistical error
  double high = 0;         ///< its upper end
  double low_failed = 0;   ///< value where no failed toy counts
  double high_failed = 0;  ///< value where every failed toy counts
};

/// Central interval of a binomial probability from k of n > 0 (Clopper, Pearson 1934,
/// doi:10.1093/biomet/26.4.404): covers at least `cl`.
[[nodiscard]] Range clopper_pearson(std::uint64_t k, std::uint64_t n, double cl = one_sigma);

/// k/n; failed toys at their worst give k/(n+m) and (k+m)/(n+m). Nothing without toys.
[[nodiscard]] std::optional<Probability> probability(Counts const& counts, double cl = one_sigma);

/// Significance of a one-sided p-value: Phi^-1(1 - p) of each of its ends. Infinite for p = 0.
[[nodiscard]] Probability significance(Probability const& p);

/// A toy drawn from a mixture of hypotheses instead of the null.
struct WeightedToy {
  double weight = 0;  ///< null's density over the mixture's, >= 0
  Statistic statistic;
};

/// A p-value by importance sampling, and what tells whether to believe it.
struct WeightedProbability {
  Probability p;  ///< low and high from the weights' variance; failed toys count at their weights
  double error = 0;
  double mean_weight = 0;  ///< of all toys; 1 in expectation
  double mean_weight_error = 0;
  std::uint64_t n_tail = 0;   ///< toys not below the observed statistic
  double ess_tail = 0;        ///< (sum w)^2 / sum w^2 over those (Kish 1965)
  double largest_weight = 0;  ///< among those
  double largest_share = 0;   ///< of their sum that their largest weight carries
  double share_at_cap = 0;    ///< of their sum that weights above half the cap carry
  std::uint64_t n_ties = 0;
  std::uint64_t n_failed = 0;
};

/// Estimates sum w 1[q >= q_observed] / n. `cap` is the largest weight that can be, 1 over the
/// null's share of the mixture. Nothing without toys that have a value.
[[nodiscard]] std::optional<WeightedProbability> weighted_probability(
    std::span<WeightedToy const> toys, Statistic const& observed, double cap);

}  // namespace toyfarm::inference
