#include "toyfarm/inference/statistic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace toyfarm::inference {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Fits of one Gaussian measurement x of mu with variance 1, whose NLL is (x - mu)^2 / 2.
SampleFits gaussian(double x, double tested, double bound = 0) {
  auto const at = [&](double mu) { return FitEnd{(x - mu) * (x - mu) / 2, 0, mu, true}; };
  return {at(x), at(tested), at(bound)};
}

double value(StatisticKind kind, SampleFits const& fits, double tested) {
  Statistic const statistic = evaluate(kind, fits, tested);
  EXPECT_EQ(statistic.outcome, Outcome::value);
  return statistic.value;
}

TEST(Statistic, follows_the_closed_forms_of_a_gaussian_mean) {
  for (double x : {-2.5, -0.5, 0., 0.5, 1.5, 4.}) {
    for (double mu : {0., 1., 3.}) {
      SampleFits const fits = gaussian(x, mu);
      double const t = (x - mu) * (x - mu);
      double const t_tilde = x < 0 ? t - x * x : t;
      EXPECT_NEAR(value(StatisticKind::t, fits, mu), t, 1e-12);
      EXPECT_NEAR(value(StatisticKind::t_tilde, fits, mu), t_tilde, 1e-12);
      EXPECT_NEAR(value(StatisticKind::q0, fits, mu), x > mu ? t : 0, 1e-12);
      EXPECT_NEAR(value(StatisticKind::q, fits, mu), x <= mu ? t : 0, 1e-12);
      EXPECT_NEAR(value(StatisticKind::q_tilde, fits, mu), x <= mu ? t_tilde : 0, 1e-12);
    }
  }
}

TEST(Statistic, has_an_uncapped_signed_root_where_the_poi_can_be_below) {
  EXPECT_NEAR(*signed_root(gaussian(-1.5, 0), 0, -10), -1.5, 1e-12);
  EXPECT_NEAR(*signed_root(gaussian(2.5, 0), 0, -10), 2.5, 1e-12);
  EXPECT_FALSE(signed_root(gaussian(2.5, 0), 0, 0));
}

TEST(Statistic, is_infinite_where_the_hypothesis_cannot_give_the_sample) {
  SampleFits const impossible{{3, 0, 2, true}, {infinity, 0, 0, true}, {}};
  EXPECT_EQ(value(StatisticKind::q0, impossible, 0), infinity);
  EXPECT_EQ(value(StatisticKind::t, impossible, 0), infinity);
  SampleFits const never{{infinity, 0, 2, true}, {infinity, 0, 0, true}, {}};
  EXPECT_EQ(evaluate(StatisticKind::t, never, 0).outcome, Outcome::failed);
}

TEST(Statistic, is_zero_within_the_error_of_the_fits_and_a_fault_below_it) {
  SampleFits fits{{10, 1e-6, 1, true}, {10 - 1.5e-6, 1e-6, 0.5, true}, {}};
  Statistic const within = evaluate(StatisticKind::t, fits, 0.5);
  EXPECT_EQ(within.outcome, Outcome::value);
  EXPECT_EQ(within.value, 0);
  EXPECT_NEAR(within.tolerance, 4e-6, 1e-12);
  fits.conditional.nll = 10 - 2.5e-6;
  Statistic const below = evaluate(StatisticKind::t, fits, 0.5);
  EXPECT_EQ(below.outcome, Outcome::fault);
  EXPECT_NEAR(below.value, -5e-6, 1e-12);
  EXPECT_EQ(evaluate(StatisticKind::q, fits, 0.5).outcome, Outcome::fault)
      << "also on the side where q is 0: the estimate itself is wrong";
}

TEST(Statistic, fails_with_the_fits_it_needs) {
  SampleFits fits = gaussian(1, 2);
  fits.conditional.converged = false;
  EXPECT_EQ(evaluate(StatisticKind::q, fits, 2).outcome, Outcome::failed);
  fits = gaussian(1, 2);
  fits.free.nll = std::nan("");
  EXPECT_EQ(evaluate(StatisticKind::t, fits, 2).outcome, Outcome::failed);
  fits = gaussian(1, 2);
  fits.at_bound->converged = false;
  EXPECT_EQ(value(StatisticKind::q_tilde, fits, 2), 1) << "not needed above the bound";
}

TEST(Standing, takes_values_within_both_tolerances_as_tied) {
  Statistic const observed{2, 1e-6, Outcome::value};
  EXPECT_EQ(standing({2 - 2.5e-6, 1e-6, Outcome::value}, observed), Standing::below);
  EXPECT_EQ(standing({2 - 1.5e-6, 1e-6, Outcome::value}, observed), Standing::tied);
  EXPECT_EQ(standing({2 + 1.5e-6, 1e-6, Outcome::value}, observed), Standing::tied);
  EXPECT_EQ(standing({2 + 2.5e-6, 1e-6, Outcome::value}, observed), Standing::above);
  EXPECT_EQ(standing({infinity, 0, Outcome::value}, observed), Standing::above);
  Statistic const never{infinity, 0, Outcome::value};
  EXPECT_EQ(standing(never, never), Standing::tied);
  EXPECT_EQ(standing(observed, never), Standing::below);
}

TEST(Count, separates_ties_failures_and_faults) {
  std::vector<Statistic> toys{{1, 0, Outcome::value},
                              {2, 0, Outcome::value},
                              {3, 0, Outcome::value},
                              {infinity, 0, Outcome::value},
                              {0, 0, Outcome::failed},
                              {-5, 0, Outcome::fault}};
  std::mt19937_64 random(1);
  for (int order = 0; order < 20; ++order) {
    Counts const counts = count(toys, {2, 0, Outcome::value});
    EXPECT_EQ(counts.n, 4u);
    EXPECT_EQ(counts.k, 3u);
    EXPECT_EQ(counts.n_ties, 1u);
    EXPECT_EQ(counts.n_failed, 2u);
    EXPECT_EQ(counts.n_faults, 1u);
    std::shuffle(toys.begin(), toys.end(), random);
  }
}

TEST(Count, never_lets_a_fault_reach_an_observed_zero) {
  std::vector<Statistic> const toys{{-1, 0, Outcome::fault}, {0, 0, Outcome::value}};
  Counts const counts = count(toys, {0, 0, Outcome::value});
  EXPECT_EQ(counts.n, 1u);
  EXPECT_EQ(counts.k, 1u);
}

TEST(Count, adds_up) {
  Counts const sum = Counts{10, 3, 1, 2, 1} + Counts{20, 4, 2, 3, 0};
  EXPECT_EQ(sum.n, 30u);
  EXPECT_EQ(sum.k, 7u);
  EXPECT_EQ(sum.n_ties, 3u);
  EXPECT_EQ(sum.n_failed, 5u);
  EXPECT_EQ(sum.n_faults, 1u);
}

}  // namespace
}  // namespace toyfarm::inference
