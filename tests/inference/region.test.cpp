#include "toyfarm/inference/region.hpp"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "toyfarm/inference/normal.hpp"

namespace toyfarm::inference {
namespace {

/// Counts of n toys, as their probabilities expect them, over [-4, 4] twice.
RegionGrid expected(double n, double step, std::function<double(double, double)> const& p) {
  RegionGrid grid;
  for (double x = -4; x < 4 + step / 2; x += step) {
    grid.x.push_back(x);
    grid.y.push_back(x);
  }
  for (double const x : grid.x) {
    for (double const y : grid.y) {
      grid.k.push_back(std::round(n * p(x, y)));
      grid.n.push_back(n);
    }
  }
  return grid;
}

/// p-value of the measurement (0, 0) of two means: chi^2 of two degrees of freedom.
double two_means(double x, double y) {
  return std::exp(-(x * x + y * y) / 2);
}

TEST(Region, of_two_gaussian_means_is_a_disc) {
  for (double cl : {one_sigma, 0.95}) {
    Region const found = region(expected(1e12, 0.1, two_means), cl);
    double const radius = std::sqrt(chi2_quantile(cl, 2));
    EXPECT_EQ(found.n_pieces, 1u);
    ASSERT_EQ(found.contours.size(), 1u);
    auto const& line = found.contours.front();
    EXPECT_EQ(line.front(), line.back()) << "closed";
    for (auto const& [x, y] : line) {
      EXPECT_NEAR(std::hypot(x, y), radius, 0.003);
    }
    EXPECT_NEAR(found.x->low, -radius, 0.003);
    EXPECT_NEAR(found.y->high, radius, 0.003);
  }
}

TEST(Region, has_a_line_for_each_piece_and_hole) {
  auto const rings = [](double x, double y) {
    double const r = std::hypot(x, y);
    return r < 0.8 || (r > 1.6 && r < 2.6) ? 0.5 : 0.01;
  };
  Region const found = region(expected(1000, 0.1, rings), 0.9);
  EXPECT_EQ(found.n_pieces, 2u);
  EXPECT_EQ(found.contours.size(), 3u);
}

TEST(Region, ends_its_lines_at_the_edge_of_the_grid) {
  Region const found =
      region(expected(1000, 0.5, [](double x, double) { return x < 0.2 ? 0.5 : 0.01; }), 0.9);
  ASSERT_EQ(found.contours.size(), 1u);
  auto const& line = found.contours.front();
  EXPECT_EQ(line.size(), 17u);
  EXPECT_EQ(std::abs(line.front()[1]), 4);
  EXPECT_EQ(line.back()[1], -line.front()[1]);
  EXPECT_EQ(found.x->low, -4);
}

TEST(Region, takes_unsure_runs_as_noise_and_marks_them) {
  RegionGrid grid = expected(400, 0.5, two_means);
  std::size_t const middle = grid.k.size() / 2;
  std::size_t const outside = 2 * grid.y.size() + 2;
  grid.k[middle] = 0.09 * 400;
  grid.k[outside] = 0.11 * 400;
  Region const found = region(grid, 0.9);
  EXPECT_EQ(found.n_pieces, 1u);
  EXPECT_EQ(found.contours.size(), 1u);
  EXPECT_TRUE(found.points[middle].accepted);
  EXPECT_TRUE(found.points[middle].noise);
  EXPECT_FALSE(found.points[outside].accepted);
  EXPECT_TRUE(found.points[outside].noise);
  grid.k[middle] = 0.02 * 400;
  EXPECT_EQ(region(grid, 0.9).contours.size(), 2u) << "a hole that is sure";
}

TEST(Region, may_be_empty) {
  Region const found = region(expected(1000, 1, [](double, double) { return 0.001; }), 0.9);
  EXPECT_EQ(found.n_pieces, 0u);
  EXPECT_FALSE(found.x);
  EXPECT_TRUE(found.contours.empty());
}

}  // namespace
}  // namespace toyfarm::inference
