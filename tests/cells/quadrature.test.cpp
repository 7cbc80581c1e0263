#include "toyfarm/cells/quadrature.hpp"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

namespace {

using toyfarm::cells::GaussLegendre;

TEST(GaussLegendre, integrates_polynomials_up_to_degree_2n_minus_1_exactly) {
  for (std::size_t n = 1; n <= 40; ++n) {
    GaussLegendre const rule(n);
    for (std::size_t degree = 0; degree < 2 * n; ++degree) {
      double const exact = degree % 2 == 0 ? 2.0 / static_cast<double>(degree + 1) : 0;
      EXPECT_NEAR(
          rule.integrate(-1, 1, [&](double x) { return std::pow(x, static_cast<double>(degree)); }),
          exact,
          1e-14)
          << n << ' ' << degree;
    }
  }
}

TEST(GaussLegendre, has_rising_symmetric_nodes_inside_and_positive_weights) {
  for (std::size_t n = 1; n <= 100; ++n) {
    GaussLegendre const rule(n);
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_GT(rule.weights()[i], 0);
      EXPECT_LT(std::fabs(rule.nodes()[i]), 1);
      EXPECT_EQ(rule.nodes()[i], -rule.nodes()[n - 1 - i]);
      EXPECT_TRUE(i == 0 || rule.nodes()[i - 1] < rule.nodes()[i]);
      sum += rule.weights()[i];
    }
    EXPECT_NEAR(sum, 2, 1e-14) << n;
  }
}

// Abramowitz and Stegun, table 25.4, n = 5.
TEST(GaussLegendre, has_the_tabulated_five_points) {
  GaussLegendre const rule(5);
  EXPECT_NEAR(rule.nodes()[4], 0.906179845938664, 1e-15);
  EXPECT_NEAR(rule.nodes()[3], 0.538469310105683, 1e-15);
  EXPECT_NEAR(rule.weights()[4], 0.236926885056189, 1e-15);
  EXPECT_NEAR(rule.weights()[2], 0.568888888888889, 1e-15);
}

TEST(GaussLegendre, adds_cells_to_the_whole) {
  GaussLegendre const rule(16);
  std::array<double, 5> const borders = {60, 70, 91, 95, 120};
  EXPECT_NEAR(rule.integrate(borders, [](double x) { return std::exp(-0.03 * x); }),
              (std::exp(-1.8) - std::exp(-3.6)) / 0.03,
              1e-13);
}

}  // namespace
