#include "toyfarm/inference/coverage.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/inference/normal.hpp"

namespace toyfarm::inference {
namespace {

Covered as_covered(bool covers) {
  return covers ? Covered::yes : Covered::no;
}

}  // namespace

Covered hessian_covers(double estimate, double error, double truth, double cl) {
  if (!(error > 0) || !std::isfinite(estimate)) {
    return Covered::failed;
  }
  return as_covered(std::abs(estimate - truth) <= normal_quantile((1 + cl) / 2) * error);
}

Covered profile_covers(Statistic const& at_truth, double cl) {
  return belt_covers(at_truth, chi2_quantile(cl, 1));
}

Covered belt_covers(Statistic const& at_truth, double critical) {
  return at_truth.outcome != Outcome::value
             ? Covered::failed
             : as_covered(at_truth.value <= critical + at_truth.tolerance);
}

std::optional<Probability> coverage(std::span<Covered const> toys) {
  Counts counts;
  for (Covered const covered : toys) {
    counts.n += covered != Covered::failed ? 1 : 0;
    counts.k += covered == Covered::yes ? 1 : 0;
    counts.n_failed += covered == Covered::failed ? 1 : 0;
  }
  return probability(counts);
}

std::optional<Spread> spread(std::span<double const> values) {
  if (values.size() < 2) {
    return std::nullopt;
  }
  auto const n = static_cast<double>(values.size());
  Spread result;
  result.n = values.size();
  double sum = 0;
  for (double const x : values) {
    sum += x;
  }
  result.mean = sum / n;
  double second = 0, fourth = 0;
  for (double const x : values) {
    double const square = (x - result.mean) * (x - result.mean);
    second += square;
    fourth += square * square;
  }
  double const variance = second / (n - 1);
  result.width = std::sqrt(variance);
  result.mean_error = result.width / std::sqrt(n);
  double const of_variance = std::max(fourth / n - variance * variance, 0.) / n;
  result.width_error = variance > 0 ? std::sqrt(of_variance) / (2 * result.width) : 0;
  return result;
}

Bias bias(std::span<BiasToy const> toys, double truth) {
  Bias result;
  result.truth = truth;
  std::vector<double> estimates, pulls, roots;
  for (BiasToy const& toy : toys) {
    if (!toy.converged) {
      ++result.n_failed;
      continue;
    }
    estimates.push_back(toy.estimate);
    if (toy.error > 0) {
      pulls.push_back((toy.estimate - truth) / toy.error);
    } else {
      ++result.n_no_error;
    }
    if (toy.signed_root) {
      roots.push_back(*toy.signed_root);
    }
  }
  result.estimates = spread(estimates);
  result.pulls = spread(pulls);
  result.signed_roots = spread(roots);
  return result;
}

}  // namespace toyfarm::inference
