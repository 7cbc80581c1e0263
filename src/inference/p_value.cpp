#include "toyfarm/inference/p_value.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/special_functions/beta.hpp>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::inference {

Range clopper_pearson(std::uint64_t k, std::uint64_t n, double cl) {
  TOYFARM_EXPECTS(n > 0 && k <= n && cl > 0 && cl < 1);
  double const tail = (1 - cl) / 2;
  auto const hits = static_cast<double>(k);
  auto const misses = static_cast<double>(n - k);
  return {k == 0 ? 0 : boost::math::ibeta_inv(hits, misses + 1, tail),
          k == n ? 1 : boost::math::ibetac_inv(hits + 1, misses, tail)};
}

std::optional<Probability> probability(Counts const& counts, double cl) {
  if (counts.n == 0) {
    return std::nullopt;
  }
  auto const [low, high] = clopper_pearson(counts.k, counts.n, cl);
  auto const n = static_cast<double>(counts.n);
  auto const all = static_cast<double>(counts.n + counts.n_failed);
  auto const k = static_cast<double>(counts.k);
  return Probability{
      k / n, low, high, k / all, static_cast<double>(counts.k + counts.n_failed) / all};
}

Probability significance(Probability const& p) {
  return {
      z_of_p(p.value), z_of_p(p.high), z_of_p(p.low), z_of_p(p.high_failed), z_of_p(p.low_failed)};
}

namespace {

struct Sums {
  double n = 0;
  double weights = 0;
  double squares = 0;

  void add(double weight) {
    ++n;
    weights += weight;
    squares += weight * weight;
  }
};

/// Error of `weights / n` over `n` toys, those with weight 0 included.
double error_of_mean(Sums const& sums, double n) {
  double const mean = sums.weights / n;
  return n > 1 ? std::sqrt(std::max(sums.squares / n - mean * mean, 0.) / (n - 1)) : mean;
}

}  // namespace

std::optional<WeightedProbability> weighted_probability(std::span<WeightedToy const> toys,
                                                        Statistic const& observed,
                                                        double cap) {
  TOYFARM_EXPECTS(observed.outcome == Outcome::value && cap > 0);
  WeightedProbability result;
  Sums all, failed, tail;
  double at_cap = 0;
  for (auto const& [weight, statistic] : toys) {
    TOYFARM_EXPECTS(weight >= 0);
    all.add(weight);
    if (statistic.outcome != Outcome::value) {
      failed.add(weight);
      continue;
    }
    Standing const where = standing(statistic, observed);
    if (where == Standing::below) {
      continue;
    }
    tail.add(weight);
    result.n_ties += where == Standing::tied ? 1 : 0;
    result.largest_weight = std::max(result.largest_weight, weight);
    at_cap += weight > cap / 2 ? weight : 0;
  }
  double const n = all.n - failed.n;
  if (n == 0) {
    return std::nullopt;
  }
  result.n_tail = static_cast<std::uint64_t>(tail.n);
  result.n_failed = static_cast<std::uint64_t>(failed.n);
  result.mean_weight = all.weights / all.n;
  result.mean_weight_error = error_of_mean(all, all.n);
  result.error = error_of_mean(tail, n);
  double const value = tail.weights / n;
  result.p = {value,
              std::max(value - result.error, 0.),
              std::min(value + result.error, 1.),
              tail.weights / all.n,
              std::min((tail.weights + failed.weights) / all.n, 1.)};
  if (tail.weights > 0) {
    result.ess_tail = tail.weights * tail.weights / tail.squares;
    result.largest_share = result.largest_weight / tail.weights;
    result.share_at_cap = at_cap / tail.weights;
  }
  return result;
}

}  // namespace toyfarm::inference
