#include "toyfarm/inference/coverage.hpp"

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace toyfarm::inference {
namespace {

TEST(Coverage, counts_intervals_that_hold_the_truth) {
  EXPECT_EQ(hessian_covers(1.9, 1, 1, one_sigma), Covered::yes);
  EXPECT_EQ(hessian_covers(2.1, 1, 1, one_sigma), Covered::no);
  EXPECT_EQ(hessian_covers(2.1, 0, 1, one_sigma), Covered::failed);
  EXPECT_EQ(profile_covers({3.84, 0, Outcome::value}, 0.95), Covered::yes);
  EXPECT_EQ(profile_covers({3.85, 0, Outcome::value}, 0.95), Covered::no);
  EXPECT_EQ(profile_covers({HUGE_VAL, 0, Outcome::value}, 0.95), Covered::no);
  EXPECT_EQ(belt_covers({2, 0, Outcome::value}, 2), Covered::yes);
  EXPECT_EQ(belt_covers({2 + 1e-7, 1e-6, Outcome::value}, 2), Covered::yes) << "tied";
  EXPECT_EQ(belt_covers({-1, 0, Outcome::fault}, 2), Covered::failed);
}

TEST(Coverage, bounds_what_toys_without_an_interval_could_make_of_it) {
  std::vector<Covered> toys(68, Covered::yes);
  toys.resize(90, Covered::no);
  toys.resize(100, Covered::failed);
  auto const share = coverage(toys);
  ASSERT_TRUE(share);
  EXPECT_DOUBLE_EQ(share->value, 68. / 90);
  EXPECT_DOUBLE_EQ(share->low_failed, 0.68);
  EXPECT_DOUBLE_EQ(share->high_failed, 0.78);
  EXPECT_FALSE(coverage({}));
}

TEST(Spread, gives_mean_width_and_their_errors) {
  auto const some = spread(std::array{1., 2., 3., 4.});
  ASSERT_TRUE(some);
  EXPECT_DOUBLE_EQ(some->mean, 2.5);
  EXPECT_DOUBLE_EQ(some->width, std::sqrt(5. / 3));
  EXPECT_DOUBLE_EQ(some->mean_error, std::sqrt(5. / 12));
  EXPECT_FALSE(spread(std::array{1.}));
}

TEST(Spread, errs_in_width_as_a_gaussian_does) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> gauss(3, 2);
  std::vector<double> values(20'000);
  for (double& x : values) {
    x = gauss(random);
  }
  auto const all = spread(values);
  EXPECT_NEAR(all->mean, 3, 4 * all->mean_error);
  EXPECT_NEAR(all->width, 2, 4 * all->width_error);
  EXPECT_NEAR(all->width_error / (2 / std::sqrt(40'000.)), 1, 0.05);
}

// A counting experiment: the error sqrt(n) correlates with the estimate, so that pulls are biased
// without any bias of the estimate, and signed roots much less.
TEST(Bias, shows_in_pulls_but_hardly_in_signed_roots_where_errors_follow_estimates) {
  std::mt19937_64 random(2);
  std::poisson_distribution<int> poisson(50);
  std::vector<BiasToy> toys;
  for (int i = 0; i < 100'000; ++i) {
    double const n = poisson(random);
    double const root = std::sqrt(2 * (50 - n + n * std::log(n / 50)));
    toys.push_back({n, std::sqrt(n), std::copysign(root, n - 50), true});
  }
  toys.push_back({0, 0, std::nullopt, true});
  toys.push_back({0, 0, std::nullopt, false});
  Bias const found = bias(toys, 50);
  EXPECT_EQ(found.n_failed, 1u);
  EXPECT_EQ(found.n_no_error, 1u);
  EXPECT_NEAR(found.estimates->mean, 50, 4 * found.estimates->mean_error);
  EXPECT_NEAR(found.pulls->mean, -1 / (2 * std::sqrt(50.)), 0.015);
  EXPECT_NEAR(found.signed_roots->mean, -1 / (6 * std::sqrt(50.)), 0.015);
}

}  // namespace
}  // namespace toyfarm::inference
