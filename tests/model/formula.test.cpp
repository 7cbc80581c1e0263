#include <algorithm>
#include <chrono>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "model/density_support.hpp"

namespace toyfarm::model::testing {
namespace {

using Attributes = std::map<std::string, spec::Attribute>;

BuiltDensity formula(std::string const& text,
                     spec::Interval window,
                     std::vector<double> const& theta) {
  return build("formula", window, theta, {{"expression", text}});
}

struct Twin {
  std::string type;
  std::string expression;
  spec::Interval window;
  std::vector<double> theta;
};

// The same NLL, gradient and Hessian of a sample.
TEST(Formula, equals_the_built_in_density_that_it_spells) {
  std::vector<Twin> const twins = {
      {"gaussian", "exp(-0.5*((x-p0)/p1)^2)", {60, 120}, {91.2, 2.5}},
      {"gaussian", "TMath::Gaus(x, p0, p1)/(sqrt(2*PI)*p1)", {60, 120}, {58, 9}},
      {"exponential", "exp(p0*x)", {60, 120}, {-0.031}},
      {"exponential", "exp(p0*x)", {60, 120}, {1e-9}},
      {"argus", "x*(1-(x/5.29)^2)^p1*exp(p0*(1-(x/5.29)^2))", {5.2, 5.29}, {-20, 0.5}},
      {"bernstein",
       "p0*(1-(x-60)/60)^2 + 2*p1*(x-60)/60*(1-(x-60)/60) + p2*((x-60)/60)^2",
       {60, 120},
       {3, 1, 2}},
      {"exp_polynomial", "exp(p0*x + p1*x^2)", {0, 10}, {-0.4, 0.02}},
      {"chebyshev", "1 + p0*(x/5-1) + p1*(2*(x/5-1)^2-1)", {0, 10}, {0.3, -0.2}}};
  std::mt19937 random(5);
  for (auto const& twin : twins) {
    std::uniform_real_distribution<double> place(twin.window.lower, twin.window.upper);
    std::vector<double> x(300);
    std::ranges::generate(x, [&] { return place(random); });
    auto const a = evaluate(*build(twin.type, twin.window, twin.theta).density, twin.theta, {x});
    auto const b =
        evaluate(*formula(twin.expression, twin.window, twin.theta).density, twin.theta, {x});
    ASSERT_TRUE(a.prepared && b.prepared) << twin.expression;
    auto const compare =
        [&](std::vector<double> const& p, std::vector<double> const& q, std::string const& what) {
          double sum = 0;
          double other = 0;
          double size = 0;
          for (std::size_t i = 0; i < x.size(); ++i) {
            sum += p[i];
            other += q[i];
            size += std::abs(p[i]);
          }
          EXPECT_LE(std::abs(sum - other), 1e-12 * size) << twin.expression << ": " << what;
        };
    compare(a.value, b.value, "NLL");
    for (std::size_t k = 0; k < a.first.size(); ++k) {
      compare(a.first[k], b.first[k], "first " + std::to_string(k));
    }
    for (std::size_t e = 0; e < a.second.size(); ++e) {
      compare(a.second[e], b.second[e], "second " + std::to_string(e));
    }
  }
}

/// ln p at x, by the formula alone.
double log_p(std::string const& text, std::vector<double> const& theta, double x) {
  return evaluate(*formula(text, {0, 10}, theta).density, theta, {{x}}, Derivatives::none).value[0];
}

// Peaks that no grid would meet, alone and on something, as far as x itself is known.
TEST(Formula, resolves_what_is_narrow_however_it_is_hidden) {
  for (double const width : {1e-2, 1e-4, 1e-7}) {
    for (double const m : {3.9871, 0.1 + 1e-6, 9.7}) {
      double const area = std::sqrt(M_PI) * width;
      std::vector<double> const theta{m, width};
      EXPECT_NEAR(log_p("exp(-((x-p0)/p1)^2)", theta, m), -std::log(area), 1e-9) << width;
      EXPECT_NEAR(log_p("1 + 1e3*exp(-((x-p0)/p1)^2)", theta, 5), -std::log(10 + 1e3 * area), 1e-12)
          << width;
      EXPECT_NEAR(log_p("exp(-x) + exp(-((x-p0)/p1)^2)/p1", theta, 5),
                  -5 - std::log(1 - std::exp(-10) + std::sqrt(M_PI)) +
                      std::log1p(std::exp(5 - std::pow((5 - m) / width, 2)) / width),
                  1e-9)
          << width;
    }
  }
  auto const built = formula("1 + 1e3*exp(-((x-p0)/p1)^2)", {0, 10}, {3.9871, 1e-4});
  EXPECT_LT(built.density->scale(std::vector<double>{3.9871, 1e-4}, 3, 5), 1e-4);
  EXPECT_EQ(built.density->scale(std::vector<double>{3.9871, 1e-4}, 5, 6), HUGE_VAL);
  auto const alone = formula("exp(-((x-p0)/p1)^2)", {0, 10}, {3.9871, 1e-4});
  EXPECT_LT(alone.density->scale(std::vector<double>{3.9871, 1e-4}, 3, 5), 1e-4);
  EXPECT_EQ(alone.density->scale(std::vector<double>{3.9871, 1e-4}, 5, 6), HUGE_VAL);
}

TEST(Formula, follows_joints_that_move) {
  auto const built = formula("x < p0 ? exp(x-p0) : 1 + 0.1*abs(x-6) - 0.1*abs(p0-6)", {0, 10}, {5});
  std::vector<double> const theta{4.25};
  EXPECT_EQ(built.density->n_moving_break_points(), 1U);
  std::vector<double> out(1);
  EXPECT_EQ(built.density->moving_break_points(theta, out), 1U);
  EXPECT_NEAR(out[0], 4.25, 1e-14);
  auto places = built.density->break_points(theta);
  ASSERT_EQ(places.size(), 2U);
  EXPECT_NEAR(places[1], 6, 1e-11);
  EXPECT_EQ(formula("x < 3 ? 1 : exp(p0*(3-x))", {0, 10}, {1}).density->n_moving_break_points(),
            0U);
}

/// The message with which an expression is refused; "" if it is not.
std::string refusal(std::string const& text, std::vector<double> const& theta = {1}) {
  try {
    static_cast<void>(formula(text, {0, 10}, theta));
  } catch (core::SpecError const& error) {
    EXPECT_EQ(error.code(), core::ExitCode::bad_data);
    return error.what();
  }
  return "";
}

TEST(Formula, refuses_what_is_no_density_and_says_where) {
  std::vector<std::pair<std::string, std::string>> const rows = {
      {"exp(-p0*", "/pdf/expression: process 'sig' formula at character 9: "},
      {"exp(-p0*y)", "at character 9: unknown name 'y' (known: x, p0)"},
      {"x/0 + p0", "at character 2: division by zero"},
      {"log(-1)*x*p0", "at character 1: the value is not a number"},
      {"p0*x*1e308^2", "at character 11: the value is beyond"},
      {std::string(50'000, '(') + "x*p0", "nested deeper than"},
      {std::string(5'000, 'n') + "*x*p0", "unknown name 'nnnn"},
      {"p0", "does not depend on observable 'x'"},
      {"x", "/pdf/params/0: process 'sig' formula does not depend on parameter 'p0'"},
      {"x - 5 + 0*p0", "cannot be normalised"},
      {"p0/x", "cannot be normalised"},
      {"p0/(x-3)^2", "cannot be normalised"},
      {"2 + sin(1e9*x*p0)", "cannot be normalised"},
      {"exp(p0*x^400)", "cannot be normalised"},
      {"x < 3*p0 ? 1 : 2", "jumps where a parameter says"},
      {"2 + abs(x*x - p0)", "must be linear in the observable"},
      {"2 + abs(sin(1e4*x)) + p0", "more than 128 places"}};
  auto const start = std::chrono::steady_clock::now();
  for (auto const& [text, part] : rows) {
    auto const message = refusal(text);
    EXPECT_NE(message.find(part), std::string::npos) << text.substr(0, 80) << ": " << message;
    EXPECT_LT(message.size(), 700U);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(refusal("exp(-x)", {}), "");
  Attributes const number{{"expression", 1.0}};
  EXPECT_THROW(static_cast<void>(build("formula", {0, 10}, {}, number)), core::SpecError);
  EXPECT_THROW(static_cast<void>(build("formula", {0, 10}, {})), core::SpecError);
}

// Outside its domain an event is a wall, not a crash.
TEST(Formula, is_zero_where_it_is_undefined) {
  auto const built = formula("sqrt(p0-x)*(x < 10 ? 1 : 1)", {0, 10}, {10});
  auto const got = evaluate(*built.density, {10}, {{1, 10, 10.5}});
  ASSERT_TRUE(got.prepared);
  EXPECT_TRUE(std::isfinite(got.value[0]));
  EXPECT_EQ(got.value[1], -HUGE_VAL);
  EXPECT_EQ(got.value[2], -HUGE_VAL);
  EXPECT_EQ(got.first[0][2], 0);
  std::vector<double> scratch(built.density->scratch_size());
  EXPECT_FALSE(built.density->prepare(std::vector<double>{9}, Derivatives::second, scratch));
}

// No text crashes, hangs or gives a density that is not one.
TEST(Formula, survives_random_expressions) {
  std::mt19937 random(11);
  std::string const pieces[] = {"x",
                                "p0",
                                "(x)",
                                "+",
                                "-",
                                "*",
                                "/",
                                "^",
                                "exp(x)",
                                "log(x)",
                                "2",
                                "1e-4",
                                "(x-3)",
                                "abs(x-p0)",
                                "sin(9*x)",
                                "<",
                                "?",
                                ":",
                                "sqrt(x)"};
  std::uniform_int_distribution<std::size_t> piece(0, std::size(pieces) - 1);
  int good = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = "p0*x";
    for (int k = 1 + i % 5; k > 0; --k) {
      text += pieces[piece(random)];
    }
    try {
      auto const built = formula(text, {0, 10}, {0.7});
      auto const got = evaluate(*built.density, {0.7}, {{0.1, 5, 9.9}});
      ASSERT_TRUE(got.prepared) << text;
      for (double const d : got.second[0]) {
        ASSERT_TRUE(std::isfinite(d)) << text;
      }
      ++good;
    } catch (core::SpecError const&) {
    }
  }
  EXPECT_GT(good, 20);
}

}  // namespace
}  // namespace toyfarm::model::testing
