#include "toyfarm/inference/limit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/inference/normal.hpp"

namespace toyfarm::inference {
namespace {

/// q_tilde of a measurement x of mu with variance 1, mu >= 0.
Statistic q_tilde(double x, double mu) {
  double const t = (x - mu) * (x - mu) - (x < 0 ? x * x : 0);
  return {x > mu ? 0 : t, 0, Outcome::value};
}

/// CLs = Phi(x - mu) / Phi(x) in closed form.
double exact_limit(double x) {
  return x + z_of_p(0.05 * normal_cdf(x));
}

/// Toys of a Gaussian mean over a grid, background-only toys shared.
struct Study {
  std::vector<double> grid;
  std::vector<std::vector<Statistic>> signal, background;
  double x = 0.5;

  Study(std::vector<double> points, std::size_t n, std::uint64_t seed) : grid(std::move(points)) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> gauss;
    std::vector<double> null(n);
    for (double& x0 : null) {
      x0 = gauss(random);
    }
    for (double mu : grid) {
      auto& sb = signal.emplace_back();
      auto& b = background.emplace_back();
      for (double x0 : null) {
        sb.push_back(q_tilde(mu + gauss(random), mu));
        b.push_back(q_tilde(x0, mu));
      }
    }
  }

  [[nodiscard]] std::vector<LimitPoint> points() const {
    std::vector<LimitPoint> all;
    for (std::size_t i = 0; i < grid.size(); ++i) {
      all.push_back({grid[i], q_tilde(x, grid[i]), signal[i], background[i]});
    }
    return all;
  }
};

std::vector<double> grid(double low, double high, int n) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) {
    values.push_back(low + i * (high - low) / (n - 1));
  }
  return values;
}

// 11 limits, 4 errors each: once in 1,400 seeds; the seed is fixed.
TEST(Limit, agrees_with_the_closed_form_of_a_gaussian_mean) {
  Study const study(grid(0.25, 5, 20), 20'000, 1);
  Limits const result = limits(study.points(), {});
  ASSERT_TRUE(result.observed);
  ASSERT_EQ(result.observed->state, LimitState::found);
  EXPECT_NEAR(result.observed->value, exact_limit(0.5), 4 * result.observed->error);
  EXPECT_LT(result.observed->error, 0.02);
  EXPECT_EQ(result.observed->crossings.size(), 1u);
  for (int band = -2; band <= 2; ++band) {
    for (Bands const* bands : {&result.expected_a, &result.expected_b}) {
      Limit const& limit = (*bands)[static_cast<std::size_t>(band + 2)];
      ASSERT_EQ(limit.state, LimitState::found) << band;
      EXPECT_NEAR(limit.value, exact_limit(band), 4 * limit.error) << band;
      EXPECT_LT(limit.error, band < 0 ? 0.12 : 0.03);
    }
  }
}

// 40 studies: the mean square of the pulls leaves [0.45, 2] once in 1,000 seeds each.
TEST(Limit, errs_as_much_as_it_says) {
  double observed = 0, median = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Study const study(grid(1, 3.5, 6), 2000, seed);
    Limits const result = limits(study.points(), {0.95, 40, seed});
    observed += std::pow((result.observed->value - exact_limit(0.5)) / result.observed->error, 2);
    Limit const& expected = result.expected_a[2];
    median += std::pow((expected.value - exact_limit(0)) / expected.error, 2);
  }
  EXPECT_GT(observed / 40, 0.45);
  EXPECT_LT(observed / 40, 2);
  EXPECT_GT(median / 40, 0.45);
  EXPECT_LT(median / 40, 2);
}

TEST(Limit, does_not_depend_on_the_order_of_points_or_toys) {
  Study study(grid(0.5, 4, 8), 2000, 4);
  Limits const plain = limits(study.points(), {});
  auto points = study.points();
  std::mt19937_64 random(1);
  std::shuffle(points.begin(), points.end(), random);
  Limits const shuffled = limits(points, {});
  EXPECT_EQ(shuffled.observed->value, plain.observed->value);
  EXPECT_EQ(shuffled.observed->error, plain.observed->error);
  EXPECT_EQ(shuffled.expected_b[4].error, plain.expected_b[4].error);
  for (std::size_t i = 0; i < study.grid.size(); ++i) {
    std::shuffle(study.signal[i].begin(), study.signal[i].end(), random);
    std::mt19937_64 same(7);
    std::shuffle(study.background[i].begin(), study.background[i].end(), same);
  }
  Limits const others = limits(study.points(), {});
  EXPECT_EQ(others.observed->value, plain.observed->value);
  EXPECT_EQ(others.expected_a[2].value, plain.expected_a[2].value);
  EXPECT_NEAR(others.observed->error, plain.observed->error, 0.4 * plain.observed->error);
}

TEST(Limit, does_not_depend_on_the_number_of_points_beyond_its_error) {
  Study const study(grid(0.5, 4.5, 33), 5000, 5);
  double const all = limits(study.points(), {}).observed->value;
  for (std::size_t step : {2u, 4u, 8u}) {
    std::vector<LimitPoint> some;
    auto const points = study.points();
    for (std::size_t i = 0; i < points.size(); i += step) {
      some.push_back(points[i]);
    }
    Limits const result = limits(some, {});
    EXPECT_NEAR(result.observed->value, all, 3 * result.observed->error) << step;
  }
}

TEST(Limit, says_on_which_side_of_the_grid_it_is) {
  EXPECT_EQ(limits(Study(grid(0.2, 1, 5), 500, 1).points(), {}).observed->state,
            LimitState::above_grid);
  EXPECT_EQ(limits(Study(grid(3.5, 6, 5), 500, 1).points(), {}).observed->state,
            LimitState::below_grid);
  EXPECT_EQ(limits({}, {}).expected_a[2].state, LimitState::undefined);
}

TEST(Limit, has_expected_ones_only_when_blind) {
  Study const study(grid(0.5, 4, 8), 2000, 4);
  auto points = study.points();
  Limits const open = limits(points, {});
  for (auto& point : points) {
    point.observed.reset();
  }
  Limits const blind = limits(points, {});
  EXPECT_FALSE(blind.observed);
  EXPECT_TRUE(blind.cls.empty());
  EXPECT_EQ(blind.expected_a[2].value, open.expected_a[2].value);
}

TEST(Limit, lies_within_what_failed_toys_could_make_of_it) {
  Study study(grid(0.5, 4, 8), 2000, 4);
  auto const plain = limits(study.points(), {});
  EXPECT_EQ(plain.observed->with_failed.low, plain.observed->value);
  for (auto& toys : study.signal) {
    for (std::size_t i = 0; i < 20; ++i) {
      toys[97 * i].outcome = Outcome::failed;
    }
  }
  for (auto& toys : study.background) {
    toys[11] = {-1, 0, Outcome::fault};
  }
  auto const failed = limits(study.points(), {});
  for (Limit const* limit : {&*failed.observed, &failed.expected_a[2], &failed.expected_b[2]}) {
    EXPECT_LT(limit->with_failed.low, limit->value);
    EXPECT_GT(limit->with_failed.high, limit->value + 0.01);
  }
  EXPECT_GT(plain.observed->value, failed.observed->with_failed.low);
  EXPECT_LT(plain.observed->value, failed.observed->with_failed.high);
}

TEST(Limit, differs_by_definition_where_cls_is_not_monotone_in_the_statistic) {
  // 400 of 1,000 background-only toys sit at q = 4, which no signal toy has: CLs is least there.
  constexpr std::array reached{40, 20, 8, 1};
  std::vector<std::vector<Statistic>> signal(4), background(4);
  std::vector<LimitPoint> points;
  for (std::size_t i = 0; i < 4; ++i) {
    double const mu = 1 + static_cast<double>(i);
    for (int toy = 0; toy < 1000; ++toy) {
      signal[i].push_back({toy < reached[i] ? 5. : 1., 0, Outcome::value});
      background[i].push_back({toy < 100 ? 5. : toy < 500 ? 4. : 1., 0, Outcome::value});
    }
    points.push_back({mu, std::nullopt, signal[i], background[i]});
  }
  Limits const result = limits(points, {});
  EXPECT_GT(result.expected_a[2].value, 1.5);
  EXPECT_LT(result.expected_a[2].value, 2);
  EXPECT_GT(result.expected_b[2].value, 3);
  EXPECT_LT(result.expected_b[2].value, 4);
}

TEST(Cls, is_not_below_its_p_value_and_counts_failed_toys_at_their_worst) {
  Cls const both = cls({90, 9, 0, 10, 0}, {95, 50, 0, 5, 0});
  ASSERT_TRUE(both.cls);
  EXPECT_DOUBLE_EQ(both.cls->value, 0.1 / (50. / 95));
  EXPECT_GE(both.cls->value, both.p_sb->value);
  EXPECT_DOUBLE_EQ(both.cls->low_failed, 0.09 / 0.55);
  EXPECT_DOUBLE_EQ(both.cls->high_failed, 0.19 / 0.5);
  EXPECT_LT(both.cls->low, both.cls->value);
  EXPECT_GT(both.cls->high, both.cls->value);
  EXPECT_FALSE(cls({10, 5, 0, 0, 0}, {10, 0, 0, 0, 0}).cls);
}

}  // namespace
}  // namespace toyfarm::inference
