#include "toyfarm/inference/p_value.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <boost/math/distributions/binomial.hpp>
#include <gtest/gtest.h>

namespace toyfarm::inference {
namespace {

TEST(ClopperPearson, gives_the_known_intervals) {
  auto const none = clopper_pearson(0, 10, 0.95);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.3084971, 1e-7);
  auto const half = clopper_pearson(5, 10, 0.95);
  EXPECT_NEAR(half.low, 0.1870860, 1e-7);
  EXPECT_NEAR(half.high, 0.8129140, 1e-7);
  EXPECT_EQ(clopper_pearson(10, 10, 0.95).high, 1);
}

TEST(ClopperPearson, covers_at_least_its_level) {
  for (double p = 0.01; p < 1; p += 0.01) {
    double coverage = 0;
    for (unsigned k = 0; k <= 25; ++k) {
      auto const [low, high] = clopper_pearson(k, 25);
      coverage += low <= p && p <= high ? pdf(boost::math::binomial(25, p), k) : 0;
    }
    EXPECT_GE(coverage, one_sigma) << p;
  }
}

TEST(ClopperPearson, is_the_mirror_of_its_complement) {
  for (std::uint64_t k : {0u, 1u, 17u, 5000u}) {
    auto const some = clopper_pearson(k, 10000);
    auto const others = clopper_pearson(10000 - k, 10000);
    EXPECT_NEAR(some.low, 1 - others.high, 1e-13);
    EXPECT_NEAR(some.high, 1 - others.low, 1e-13);
  }
}

TEST(ClopperPearson, serves_a_hundred_million_toys) {
  auto const [low, high] = clopper_pearson(29, 100'000'000);
  EXPECT_NEAR(low * 1e8, 23.67, 0.05);  // Garwood's interval of 29 counts
  EXPECT_NEAR(high * 1e8, 35.46, 0.05);
}

TEST(PValue, counts_failed_toys_at_their_worst) {
  auto const p = probability({90, 9, 0, 10, 0});
  ASSERT_TRUE(p);
  EXPECT_EQ(p->value, 0.1);
  EXPECT_EQ(p->low_failed, 0.09);
  EXPECT_EQ(p->high_failed, 0.19);
  EXPECT_LT(p->low, 0.1);
  EXPECT_GT(p->high, 0.1);
  EXPECT_FALSE(probability({0, 0, 0, 10, 0}));
}

TEST(PValue, becomes_a_significance_with_its_ends_exchanged) {
  Probability const z = significance({0.1, 0.05, 0.2, 0, 0.3});
  EXPECT_NEAR(z.value, 1.2815515655446004, 1e-12);
  EXPECT_EQ(z.low, z_of_p(0.2));
  EXPECT_EQ(z.high, z_of_p(0.05));
  EXPECT_EQ(z.low_failed, z_of_p(0.3));
  EXPECT_EQ(z.high_failed, std::numeric_limits<double>::infinity());
}

// A discrete statistic is conservative: P(p <= alpha) <= alpha, and equal where an atom ends.
TEST(PValue, is_not_below_a_level_more_often_than_that_when_values_are_tied) {
  std::vector<Statistic> all;
  for (int toy = 0; toy < 1000; ++toy) {
    all.push_back({double(toy % 7), 0, Outcome::value});
  }
  std::vector<double> p;
  for (Statistic const& observed : all) {
    p.push_back(probability(count(all, observed))->value);
  }
  for (double alpha : {0.05, 0.142, 0.143, 0.3, 0.5, 0.99}) {
    EXPECT_LE(static_cast<double>(
                  std::count_if(p.begin(), p.end(), [&](double x) { return x <= alpha; })),
              alpha * 1000);
  }
}

/// Toys of a Gaussian mean: x from the null with probability `null_share`, else from a mean at `z`.
std::vector<WeightedToy> gaussian_toys(std::size_t n, double z, double null_share) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> gauss;
  std::uniform_real_distribution<double> uniform;
  std::vector<WeightedToy> toys(n);
  for (auto& [weight, statistic] : toys) {
    double const x = gauss(random) + (uniform(random) < null_share ? 0 : z);
    weight = 1 / (null_share + (1 - null_share) * std::exp(x * z - z * z / 2));
    statistic.value = x > 0 ? x * x : 0;
  }
  return toys;
}

// Each of three comparisons errs once in 15,000 seeds; the seed is fixed.
TEST(WeightedPValue, agrees_with_the_exact_tail_of_a_gaussian_mean) {
  for (double z : {3., 5., 7.}) {
    auto const toys = gaussian_toys(100'000, z, 0.1);
    auto const p = weighted_probability(toys, {z * z, 0, Outcome::value}, 10);
    ASSERT_TRUE(p);
    EXPECT_NEAR(p->p.value, p_of_z(z), 4 * p->error);
    EXPECT_LT(p->error, 0.015 * p->p.value);
    EXPECT_NEAR(p->mean_weight, 1, 4 * p->mean_weight_error);
    EXPECT_GT(p->ess_tail, 5000);
    EXPECT_LT(p->largest_weight, 10);
    EXPECT_LT(p->share_at_cap, 0.01);
  }
}

TEST(WeightedPValue, is_a_share_of_counts_when_all_weights_are_one) {
  std::vector<WeightedToy> toys;
  for (int toy = 0; toy < 100; ++toy) {
    toys.push_back({1, {double(toy), 0, Outcome::value}});
  }
  toys.push_back({1, {0, 0, Outcome::failed}});
  auto const p = weighted_probability(toys, {90, 0, Outcome::value}, 1);
  ASSERT_TRUE(p);
  EXPECT_DOUBLE_EQ(p->p.value, 0.1);
  EXPECT_DOUBLE_EQ(p->p.low_failed, 10. / 101);
  EXPECT_DOUBLE_EQ(p->p.high_failed, 11. / 101);
  EXPECT_NEAR(p->error, std::sqrt(0.1 * 0.9 / 99), 1e-15);
  EXPECT_DOUBLE_EQ(p->ess_tail, 10);
  EXPECT_EQ(p->mean_weight_error, 0);
  EXPECT_EQ(p->n_ties, 1u);
}

TEST(WeightedPValue, shows_a_tail_that_rests_on_a_toy_of_the_null) {
  std::vector<WeightedToy> toys(1000, {1e-4, {9, 0, Outcome::value}});
  toys.push_back({10, {9, 0, Outcome::value}});
  auto const p = weighted_probability(toys, {9, 0, Outcome::value}, 10);
  ASSERT_TRUE(p);
  EXPECT_LT(p->ess_tail, 1.1);
  EXPECT_GT(p->share_at_cap, 0.98);
  EXPECT_GT(p->largest_share, 0.98);
}

}  // namespace
}  // namespace toyfarm::inference
