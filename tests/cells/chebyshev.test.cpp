#include "toyfarm/cells/chebyshev.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace {

namespace cells = toyfarm::cells;

std::vector<double> series_of(std::size_t n, auto&& f) {
  cells::ChebyshevNodes const nodes(n);
  std::vector<double> values;
  for (double const t : nodes.nodes()) {
    values.push_back(f(t));
  }
  return nodes.series(values);
}

TEST(ChebyshevNodes, are_the_zeros_of_the_next_polynomial) {
  for (std::size_t n = 1; n <= 40; ++n) {
    cells::ChebyshevNodes const nodes(n);
    for (std::size_t j = 0; j < n; ++j) {
      EXPECT_NEAR(
          nodes.nodes()[j],
          std::cos(std::numbers::pi * (static_cast<double>(j) + 0.5) / static_cast<double>(n)),
          1e-15);
      EXPECT_EQ(nodes.nodes()[j], -nodes.nodes()[n - 1 - j]);
    }
  }
}

TEST(ChebyshevSeries, reproduces_any_polynomial_of_its_degree) {
  for (std::size_t n = 1; n <= 24; ++n) {
    for (std::size_t degree = 0; degree < n; ++degree) {
      auto const f = [&](double t) { return std::pow(t - 0.3, static_cast<double>(degree)) + 0.5; };
      auto const c = series_of(n, f);
      for (double t = -1; t <= 1; t += 0.125) {
        EXPECT_NEAR(
            cells::chebyshev_value(c, t), f(t), 3e-14 * std::pow(1.3, static_cast<double>(degree)))
            << n << ' ' << degree;
      }
    }
  }
}

TEST(ChebyshevSeries, converges_to_a_smooth_function_with_its_derivative_and_integral) {
  auto const c = series_of(24, [](double t) { return std::exp(2 * t); });
  auto const slope = cells::chebyshev_derivative(c);
  auto const integral = cells::chebyshev_integral(c);
  EXPECT_EQ(slope.size(), c.size() - 1);
  EXPECT_EQ(integral.size(), c.size() + 1);
  for (double t = -1; t <= 1; t += 0.0625) {
    EXPECT_NEAR(cells::chebyshev_value(c, t), std::exp(2 * t), 1e-14);
    EXPECT_NEAR(cells::chebyshev_value(slope, t), 2 * std::exp(2 * t), 1e-12);
    EXPECT_NEAR(cells::chebyshev_value(integral, t), (std::exp(2 * t) - std::exp(-2.0)) / 2, 1e-14);
  }
}

TEST(ChebyshevSeries, is_the_derivative_of_its_integral) {
  std::vector<double> const c = {0.3, -1, 2, 0.25, -0.5};
  for (std::size_t n = 1; n <= c.size(); ++n) {
    auto const back = cells::chebyshev_derivative(cells::chebyshev_integral(std::span(c).first(n)));
    ASSERT_EQ(back.size(), n);
    for (std::size_t k = 0; k < n; ++k) {
      EXPECT_NEAR(back[k], c[k], 1e-15);
    }
  }
}

TEST(ChebyshevSeries, has_a_constant_derivative_of_zero) {
  EXPECT_EQ(cells::chebyshev_derivative(std::vector<double>{4.0}), std::vector<double>{0.0});
}

TEST(Monomials, have_the_value_of_the_series) {
  std::vector<double> c;
  for (std::size_t k = 0; k < 12; ++k) {
    c.push_back(std::pow(-0.4, static_cast<double>(k)));
    auto const a = cells::chebyshev_to_monomial(c);
    ASSERT_EQ(a.size(), c.size());
    for (double t = -1; t <= 1; t += 0.125) {
      double value = 0;
      for (std::size_t i = a.size(); i-- > 0;) {
        value = value * t + a[i];
      }
      EXPECT_NEAR(value, cells::chebyshev_value(c, t), 4e-15) << k << ' ' << t;
    }
  }
}

}  // namespace
