#include "toyfarm/model/yield.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "model/yield_product.hpp"

namespace toyfarm::model {
namespace {

// Factors in long double, from the definitions.
long double reference(YieldFactor const& f, long double a) {
  switch (f.kind) {
    case FactorKind::constant:
      return f.value;
    case FactorKind::parameter:
      return a;
    case FactorKind::normsys:
      return a >= 0 ? std::pow(static_cast<long double>(f.hi), a)
                    : std::pow(static_cast<long double>(f.lo), -a);
    case FactorKind::code0:
      return 1 + a * (a >= 0 ? f.hi - 1.0L : 1.0L - f.lo);
    case FactorKind::code4p:
      break;
  }
  long double const up = f.hi - 1.0L;
  long double const down = 1.0L - f.lo;
  if (std::abs(a) > 1) {
    return 1 + a * (a > 0 ? up : down);
  }
  return 1 + a * (up + down) / 2 +
         (up - down) * (3 * std::pow(a, 6) - 10 * std::pow(a, 4) + 15 * a * a) / 16;
}

TEST(YieldFactor, derivatives_match_finite_differences) {
  for (auto const kind :
       {FactorKind::parameter, FactorKind::normsys, FactorKind::code0, FactorKind::code4p}) {
    YieldFactor const factor{.kind = kind, .lo = 0.93, .hi = 1.15};
    for (double const a : {-2.5, -1.2, -0.7, -0.1, 0.2, 0.9, 1.4, 3.0}) {
      auto const v = evaluate(factor, a, KinkSide::above);
      long double const h = 1e-4L;
      long double const plus = reference(factor, a + h);
      long double const here = reference(factor, a);
      long double const minus = reference(factor, a - h);
      EXPECT_NEAR(v.f, static_cast<double>(here), 1e-14);
      EXPECT_NEAR(v.d, static_cast<double>((plus - minus) / (2 * h)), 1e-8);
      EXPECT_NEAR(v.dd, static_cast<double>((plus - 2 * here + minus) / (h * h)), 1e-6);
    }
  }
}

TEST(YieldFactor, code4p_meets_the_straight_lines_with_slope_and_curvature) {
  YieldFactor const factor{.kind = FactorKind::code4p, .lo = 0.9, .hi = 1.3};
  for (double const edge : {-1.0, 1.0}) {
    auto const inside = evaluate(factor, edge, KinkSide::above);
    auto const outside = evaluate(factor, std::nextafter(edge, 2 * edge), KinkSide::above);
    EXPECT_NEAR(inside.f, outside.f, 1e-14);
    EXPECT_NEAR(inside.d, outside.d, 1e-13);
    EXPECT_NEAR(inside.dd, 0, 1e-12);
  }
}

TEST(YieldFactor, side_decides_the_slope_at_a_kink_only) {
  YieldFactor const factor{.kind = FactorKind::normsys, .lo = 0.9, .hi = 1.3};
  EXPECT_DOUBLE_EQ(evaluate(factor, 0, KinkSide::above).d, std::log(1.3));
  EXPECT_DOUBLE_EQ(evaluate(factor, 0, KinkSide::below).d, -std::log(0.9));
  EXPECT_DOUBLE_EQ(evaluate(factor, 0.1, KinkSide::below).d,
                   evaluate(factor, 0.1, KinkSide::above).d);
}

TEST(Yield, value_and_derivatives_are_those_of_the_product) {
  Yield const yield({{.kind = FactorKind::constant, .value = 700},
                     {.kind = FactorKind::parameter, .parameter = 0},
                     {.kind = FactorKind::normsys, .parameter = 1, .lo = 0.975, .hi = 1.03},
                     {.kind = FactorKind::code4p, .parameter = 2, .lo = 0.9, .hi = 1.15}});
  std::vector<double> const theta{1.3, -0.4, 0.6};
  std::vector<KinkSide> const sides(3, KinkSide::above);
  std::vector<double> first(3);
  std::vector<double> second(6);
  double const nu = yield.value(theta, sides, Derivatives::second, first, second);
  auto const value = [&](double a, double b, double c) {
    return 700.0L * a * reference(yield.factors()[2], b) * reference(yield.factors()[3], c);
  };
  EXPECT_NEAR(nu, static_cast<double>(value(1.3, -0.4, 0.6)), 1e-10);
  EXPECT_DOUBLE_EQ(yield.value(theta), nu);
  double const h = 1e-4;
  EXPECT_NEAR(
      first[1],
      static_cast<double>((value(1.3, -0.4 + h, 0.6) - value(1.3, -0.4 - h, 0.6)) / (2 * h)),
      1e-5);
  EXPECT_NEAR(second[packed(2, 1)],
              static_cast<double>((value(1.3, -0.4 + h, 0.6 + h) - value(1.3, -0.4 + h, 0.6 - h) -
                                   value(1.3, -0.4 - h, 0.6 + h) + value(1.3, -0.4 - h, 0.6 - h)) /
                                  (4 * h * h)),
              1e-3);
}

TEST(Yield, derivative_is_right_where_the_yield_is_zero) {
  Yield const yield({{.kind = FactorKind::constant, .value = 700},
                     {.kind = FactorKind::parameter, .parameter = 0},
                     {.kind = FactorKind::parameter, .parameter = 1}});
  std::vector<double> const theta{0.0, 2.0};
  std::vector<KinkSide> const sides(2, KinkSide::above);
  std::vector<double> first(2);
  std::vector<double> second(3);
  EXPECT_EQ(yield.value(theta, sides, Derivatives::second, first, second), 0);
  EXPECT_EQ(first[0], 1400);
  EXPECT_EQ(first[1], 0);
  EXPECT_EQ(second[packed(1, 0)], 700);
}

// The product of the factors' values, those of k and l (which may be one) replaced by derivatives.
double product_with_derivatives(Yield const& yield,
                                std::vector<double> const& theta,
                                std::size_t k,
                                std::size_t l) {
  long double product = 1;
  for (std::size_t i = 0; i < yield.factors().size(); ++i) {
    auto const v = evaluate(yield.factors()[i], theta[i], KinkSide::above);
    product *= i == k && i == l ? v.dd : i == k || i == l ? v.d : v.f;
  }
  return static_cast<double>(product);
}

// T7: as many modifiers as a workspace may have, every derivative against its own product.
TEST(Yield, derivatives_of_many_factors_are_those_of_the_product) {
  for (std::size_t const n : {1U, 2U, 3U, 5U, 16U, 17U, 150U}) {
    for (bool const with_zero : {false, true}) {
      std::vector<YieldFactor> factors;
      std::vector<double> theta;
      for (std::size_t i = 0; i < n; ++i) {
        auto const kind = i % 3 == 0   ? FactorKind::parameter
                          : i % 3 == 1 ? FactorKind::normsys
                                       : FactorKind::code4p;
        double const width = 0.01 + 0.001 * static_cast<double>(i % 7);
        factors.push_back({.kind = kind, .parameter = i, .lo = 1 - width, .hi = 1 + 2 * width});
        theta.push_back(i == n / 2 && with_zero ? 0 : 0.8 + 0.4 * static_cast<double>(i % 2));
      }
      Yield const yield(factors);
      std::vector<KinkSide> const sides(n, KinkSide::above);
      std::vector<double> first(n);
      std::vector<double> second(packed_size(n));
      double const nu = yield.value(theta, sides, Derivatives::second, first, second);
      EXPECT_EQ(nu, yield.value(theta));
      for (std::size_t k = 0; k < n; ++k) {
        double const d = product_with_derivatives(yield, theta, k, n);
        ASSERT_NEAR(first[k], d, 1e-13 * std::abs(d)) << n << ' ' << k;
        for (std::size_t l = 0; l <= k; ++l) {
          double const dd = product_with_derivatives(yield, theta, k, l);
          ASSERT_NEAR(second[packed(k, l)], dd, 1e-13 * std::abs(dd)) << n << ' ' << k << ' ' << l;
        }
      }
    }
  }
}

TEST(Yield, reports_kinks_only_where_slopes_differ) {
  Yield const kinked({{.kind = FactorKind::normsys, .parameter = 3, .lo = 0.9, .hi = 1.3}});
  Yield const straight({{.kind = FactorKind::code0, .parameter = 3, .lo = 0.75, .hi = 1.25},
                        {.kind = FactorKind::code4p, .parameter = 4, .lo = 0.9, .hi = 1.3}});
  EXPECT_EQ(kinked.kinks(3), std::vector<double>{0});
  EXPECT_TRUE(kinked.kinks(0).empty());
  EXPECT_EQ(straight.kinks(3), std::vector<double>{-4});  // where the yield reaches 0
  EXPECT_NEAR(straight.kinks(4).front(), -10, 1e-12);
  EXPECT_EQ(straight.kinks(4).size(), 1U);
}

TEST(YieldProduct, takes_products_of_parameters_and_numbers_alone) {
  std::vector<spec::Parameter> const parameters = {
      {"mu", 1, {0, 5}, false, {}}, {"xs", 2, {0, 9}, false, {}}, {"shift", 0, {-1, 1}, false, {}}};
  auto const of = [&](std::string const& text) {
    return Yield(product_factors(text, parameters, {"spec.json", "/yield/name"}));
  };
  std::vector<double> const theta{3, 5, 0.5};
  EXPECT_EQ(of("=mu*xs^2*4/2*(0.5*mu)").value(theta), 3 * 25 * 2 * 0.5 * 3);
  EXPECT_EQ(of("=7").value(theta), 7);
  auto const params = of("=mu*xs^2").params();
  EXPECT_EQ(params.size(), 3U);
  auto const refused = [&](std::string const& text, std::string const& part) {
    try {
      static_cast<void>(of(text));
      ADD_FAILURE() << text;
    } catch (core::SpecError const& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  refused("=mu+xs", "spec.json: /yield/name: the formula of a yield must be a product");
  refused("=mu/xs", "must be a product");
  refused("=mu^0.5", "must be a product");
  refused("=-mu*2", "must be a product");
  refused("=mu*(0-2)", "finite and >= 0, got the factor -2");
  refused("=mu*shift", "would be negative where 'shift' < 0");
  refused("=mu*q", "after '=', at character 4: unknown name 'q'");
  refused("=((((mu^8)^8)^8)^8)^8", "too many factors");
}

}  // namespace
}  // namespace toyfarm::model
