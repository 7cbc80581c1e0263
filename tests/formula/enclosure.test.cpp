#include "toyfarm/formula/enclosure.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/formula/logarithm.hpp"
#include "toyfarm/formula/parse.hpp"

namespace toyfarm::formula {
namespace {

std::vector<std::string> const names{"x", "a", "b"};

Enclosure of(std::string const& text) {
  return Enclosure(logarithm_of(parse(text, names)));
}

TEST(Enclosure, bounds_the_function_on_every_interval) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> share(0, 1);
  for (auto const* text : {"exp(-a*x)*(1+b*x^2)",
                           "x*(1-(x/12)^2)^b*exp(a*(1-(x/12)^2))",
                           "(1-x/13)^b/x^(2+a*log(x))",
                           "2+sin(3*x)*cos(x*a)+tanh(x-4)+sinh(x/9)+cosh(x/4-1)",
                           "3+erf(x-5)+erfc(b*x-4)*atan(x)+asin(x/11)-acos(x/20)",
                           "4+atan2(x-5,b)+atan2(1,x+1)+tan(x/9)+(x-5)^3/200+(x-3)^-2/10",
                           "x < 4 ? exp(-x) : abs(x-7)+0.1",
                           "max(x-5, 1)*min(b, x)*sqrt(x+a)",
                           "exp(-((x-3)/0.1)^2)+0.01",
                           "(x > 3 && x < 4 || !(x < 9)) + 0.5"}) {
    auto const f = logarithm_of(parse(text, names));
    Enclosure const enclosure(f);
    std::vector<double> const params{0.4, 1.7};
    for (int i = 0; i < 200; ++i) {
      double const lower = 0.2 + 9.5 * share(random);
      double const width = std::pow(10, -4 * share(random)) * (9.8 - lower);
      auto const known = enclosure.on({lower, lower + width}, params);
      for (int k = 0; k <= 20; ++k) {
        double const x = lower + width * k / 20;
        double const value = evaluate(f, std::vector<double>{x, params[0], params[1]});
        EXPECT_LE(value, known.upper + 1e-12 * (1 + std::abs(value))) << text << " at " << x;
      }
      EXPECT_GE(known.scale, 0) << text;
    }
  }
}

TEST(Enclosure, knows_the_scale_of_a_peak_and_that_nothing_else_is_there) {
  auto const peak = of("exp(-0.5*((x-a)/b)^2)");
  std::vector<double> const params{4, 1e-4};
  EXPECT_NEAR(peak.on({0, 10}, params).scale, 8 * 1e-8 / 6, 1e-10);
  EXPECT_NEAR(peak.on({3.9999, 4.0001}, params).scale, 1e-4, 1e-9);
  EXPECT_NEAR(peak.on({0, 10}, params).upper, 0, 1e-12);
  EXPECT_LT(peak.on({0, 3.9}, params).upper, -4e5);
  auto const hidden = of("1 + exp(-0.5*((x-a)/b)^2)");
  EXPECT_LT(hidden.on({3.7, 4.3}, params).scale, 1e-4);
  EXPECT_GT(hidden.on({5, 6}, params).scale, 1e3);
  auto const falling = of("exp(-a*x)");
  EXPECT_EQ(falling.on({0, 10}, params).scale, 2);
  // Linear to a zero at the end, but raised to a power that makes it a peak.
  EXPECT_EQ(of("x*b").on({0, 10}, params).scale, HUGE_VAL);
  EXPECT_EQ(of("x*x*(20-x)*exp(-a*x)").on({0, 1e-3}, params).scale, 2);
  EXPECT_EQ(of("x*x*(20-x)*exp(-a*x)").on({0, 1e-3}, params).scale, 2);
  EXPECT_LT(of("x^1000").on({0, 10}, params).scale, 0.2);
}

TEST(Enclosure, finds_joints) {
  auto const graph = parse("max(sin(x), 0.5) + (x < a ? 1 : 2) + abs(x*b - 3)", names);
  Enclosure const f(graph);
  std::vector<double> fixed;
  std::vector<double> moving;
  for (auto const& s : f.switches()) {
    if (s.moves) {
      EXPECT_TRUE(s.is_linear);
      auto const at = [&](double x) {
        return evaluate(difference_of(graph, s), std::vector<double>{x, 4.25, 2});
      };
      moving.push_back(-10 * at(0) / (at(10) - at(0)));
    } else {
      EXPECT_TRUE(f.find_zeros(s, {0, 10}, 100, fixed));
    }
  }
  ASSERT_EQ(fixed.size(), 4U);
  EXPECT_NEAR(fixed[0], std::asin(0.5), 1e-11);
  EXPECT_NEAR(fixed[1], M_PI - std::asin(0.5), 1e-11);
  EXPECT_NEAR(fixed[3], 3 * M_PI - std::asin(0.5), 1e-11);
  std::sort(moving.begin(), moving.end());
  ASSERT_EQ(moving.size(), 2U);
  EXPECT_NEAR(moving[0], 1.5, 1e-14);
  EXPECT_NEAR(moving[1], 4.25, 1e-14);
  EXPECT_FALSE(of("2 + (x*x < a)").switches().front().is_linear);
  std::vector<double> many;
  auto const wild = of("2 + abs(sin(1e6*x))");
  EXPECT_FALSE(wild.find_zeros(wild.switches().front(), {0, 10}, 50, many));
}

}  // namespace
}  // namespace toyfarm::formula
