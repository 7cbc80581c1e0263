#include "inference/crossing.hpp"

#include <cmath>
#include <functional>
#include <vector>

#include <boost/math/distributions/poisson.hpp>
#include <gtest/gtest.h>

#include "toyfarm/inference/normal.hpp"

namespace toyfarm::inference {
namespace {

constexpr double many = 1e15;  // exact probabilities

double up_to(int n, double mean) {
  return cdf(boost::math::poisson(mean), n);
}

/// CLs of a counting experiment whose statistic is its count.
std::vector<RatioPoint> counting(int n, double b, double step) {
  std::vector<RatioPoint> points;
  for (double s = step; s < 15; s += step) {
    points.push_back({s, many * up_to(n, s + b), many, many * (b > 0 ? up_to(n, b) : 1), many});
  }
  return points;
}

double only_crossing(std::vector<RatioPoint> const& points, double level) {
  auto const crossings = find_crossings(points, level);
  EXPECT_EQ(crossings.size(), 1u);
  return crossings.empty() ? 0 : crossings.front().x;
}

TEST(Crossing, gives_the_limits_of_counting_experiments) {
  for (double b : {0., 1., 5.2}) {
    EXPECT_NEAR(only_crossing(counting(0, b, 0.05), 0.05), 2.9957, 1e-4);
  }
  EXPECT_NEAR(only_crossing(counting(1, 0, 0.05), 0.05), 4.7439, 1e-4);
  EXPECT_NEAR(only_crossing(counting(1, 1, 0.05), 0.05), 4.1130, 1e-4);
  EXPECT_NEAR(only_crossing(counting(3, 1, 0.05), 0.05), 6.7824, 1e-4);
  EXPECT_NEAR(only_crossing(counting(1, 3, 0.05), 0.05), 3.6433, 1e-4);
  EXPECT_NEAR(only_crossing(counting(3, 3, 0.05), 0.05), 5.3954, 1e-4);
  EXPECT_NEAR(only_crossing(counting(5, 3, 0.05), 0.05), 7.6631, 1e-4);
  EXPECT_NEAR(only_crossing(counting(5, 5.2, 0.05), 0.05), 6.2239, 1e-4);
}

TEST(Crossing, depends_little_on_the_grid) {
  for (double step : {0.2, 0.5, 1., 2.}) {
    auto const points = counting(3, 3, step);
    EXPECT_NEAR(only_crossing(points, 0.05), 5.3954, 0.01 * step * step) << step;
  }
}

/// Counts of 10,000 toys, as a probability expects them.
std::vector<RatioPoint> expected(std::function<double(double)> const& p) {
  std::vector<RatioPoint> points;
  for (double x = 0; x <= 4; x += 0.25) {
    points.push_back({x, std::round(1e4 * p(x)), 1e4});
  }
  return points;
}

TEST(Crossing, lists_all_of_a_curve_that_comes_back) {
  auto const points = expected([](double x) { return 0.05 + 0.04 * std::cos(3 * x); });
  auto const crossings = find_crossings(points, 0.05);
  ASSERT_EQ(crossings.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(crossings[i].x, (2 * static_cast<double>(i) + 1) * M_PI / 6, 0.02);
    EXPECT_EQ(crossings[i].falling, i % 2 == 0);
  }
}

TEST(Crossing, takes_a_small_wiggle_as_noise) {
  auto points = expected([](double x) { return normal_cdf(-0.5 - 0.6 * x); });
  double const before = only_crossing(points, 0.05);
  for (auto& point : points) {
    if (std::abs(point.x - before) < 0.3) {
      point.k += point.x < before ? -30 : 30;  // 1.4 standard deviations
    }
  }
  auto const crossings = find_crossings(points, 0.05);
  ASSERT_EQ(crossings.size(), 1u);
  EXPECT_NEAR(crossings[0].x, before, 3 * crossings[0].error);
}

TEST(Crossing, does_not_smooth_a_step_away) {
  auto const points = expected([](double x) { return x < 2.1 ? 0.167 : 0.041; });
  auto const crossings = find_crossings(points, 0.1);
  ASSERT_EQ(crossings.size(), 1u);
  EXPECT_GT(crossings[0].x, 2.0);
  EXPECT_LT(crossings[0].x, 2.25);
}

TEST(Crossing, says_the_step_where_few_toys_cross) {
  std::vector<RatioPoint> const points{{0, 5, 5}, {1, 4, 5}, {2, 0, 5}, {3, 0, 5}};
  auto const crossings = find_crossings(points, 0.05);
  ASSERT_EQ(crossings.size(), 1u);
  EXPECT_GE(crossings[0].x, 1);
  EXPECT_LE(crossings[0].x, 3);
  EXPECT_GT(crossings[0].error, 0.3);
}

TEST(Crossing, is_none_where_all_are_on_one_side) {
  EXPECT_TRUE(find_crossings(expected([](double) { return 0.2; }), 0.05).empty());
  EXPECT_TRUE(find_crossings(expected([](double) { return 0.01; }), 0.05).empty());
}

TEST(Distance, is_in_deviations_at_the_level) {
  EXPECT_NEAR(distance({0, 530, 10000}, 0.05), 30 / std::sqrt(10000 * 0.05 * 0.95), 1e-12);
  EXPECT_NEAR(distance({0, 0, 100}, 0.05), -5 / std::sqrt(100 * 0.05 * 0.95), 1e-12);
}

}  // namespace
}  // namespace toyfarm::inference
