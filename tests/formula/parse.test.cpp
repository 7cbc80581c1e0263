#include "toyfarm/formula/parse.hpp"

#include <cmath>
#include <numbers>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/formula/logarithm.hpp"

namespace toyfarm::formula {
namespace {

std::vector<std::string> const names{"x", "a", "b"};
constexpr double x = 1.7;
constexpr double a = -0.6;
constexpr double b = 2.3;

double value(std::string const& text) {
  return evaluate(parse(text, names), std::vector<double>{x, a, b});
}

TEST(Parse, gives_what_the_expression_says) {
  using std::numbers::e;
  using std::numbers::pi;
  std::vector<std::pair<std::string, double>> const rows{
      {"1 + 2 * 3", 7},
      {"2^3^2", 512},
      {"-x^2", -x * x},
      {"2^-1", 0.5},
      {"2**3", 8},
      {"-x*a", -x * a},
      {"x - a - b", x - a - b},
      {"x / b / 2", x / b / 2},
      {"1e-3 + .5 + 2.", 2.501},
      {"1 < 2 && 2 <= 2 || 0", 1},
      {"1 > 2 || 2 >= 3", 0},
      {"1 == 1 && 1 != 2", 1},
      {"!0 + !3", 1},
      {"1 < 2 == 1", 1},
      {"x > 1 ? a : b", a},
      {"x > 2 ? a : b > 2 ? 5 : 6", 5},
      {"PI + EULER + pi", 2 * pi + e},
      {"exp(a) * log(x) + log10(x)", std::exp(a) * std::log(x) + std::log10(x)},
      {"sqrt(b) + pow(x, a)", std::sqrt(b) + std::pow(x, a)},
      {"sin(a) + cos(a) + tan(a)", std::sin(a) + std::cos(a) + std::tan(a)},
      {"asin(a) + acos(a) + atan(x)", std::asin(a) + std::acos(a) + std::atan(x)},
      {"atan2(a, x)", std::atan2(a, x)},
      {"sinh(a) - cosh(a) + tanh(x)", std::sinh(a) - std::cosh(a) + std::tanh(x)},
      {"abs(a) + min(x, a, b) + max(x, b)", 0.6 + a + b},
      {"erf(a) + erfc(x)", std::erf(a) + std::erfc(x)},
      {"TMath::Exp(@1) + TMath::Power(x[0], 2) + TMath::Sqrt(@2)",
       std::exp(a) + x * x + std::sqrt(b)},
      {"TMath::Gaus(x, a, b)", std::exp(-0.5 * (x - a) * (x - a) / (b * b))},
      {"TMath::Pi() * TMath::E() + TMath::Sq(x)", pi * e + x * x},
      {"std::exp(a) + fabs(a)", std::exp(a) + 0.6},
      {"\t x\n+ a ", x + a}};
  for (auto const& [text, expected] : rows) {
    EXPECT_NEAR(value(text), expected, 4e-15 * (1 + std::abs(expected))) << text;
  }
}

TEST(Parse, shares_equal_parts_and_folds_constants) {
  EXPECT_EQ(parse("exp(x*a) + exp(a*x)", names).nodes.size(), 5U);
  EXPECT_EQ(parse("2*3 + sqrt(16)", names).nodes.size(), 1U);
  EXPECT_EQ(parse("0 ? log(x) : a", names).nodes.size(), 1U);
  EXPECT_EQ(used_variables(parse("x + b", names)), (std::vector<bool>{true, false, true}));
}

/// Where a mistake is found, and its message.
std::pair<std::size_t, std::string> mistake(std::string const& text) {
  try {
    static_cast<void>(parse(text, names));
  } catch (ExpressionError const& error) {
    EXPECT_EQ(error.code(), core::ExitCode::bad_data);
    return {error.at(), error.what()};
  }
  return {text.size() + 1, "no mistake"};
}

TEST(Parse, names_the_place_of_a_mistake) {
  struct Row {
    std::string text;
    std::size_t at;
    std::string part;
  };
  std::vector<Row> const rows{{"", 0, "got the end"},
                              {"x +", 3, "got the end"},
                              {"x + * a", 4, "got '* a'"},
                              {"(x + a", 6, "expected ')'"},
                              {"x a", 2, "expected an operator"},
                              {"x + y", 4, "unknown name 'y' (known: x, a, b)"},
                              {"x + foo(a)", 4, "unknown function 'foo'"},
                              {"x + exp", 4, "a function without '('"},
                              {"exp(x, a)", 0, "exp takes 1 argument, got 2"},
                              {"min(x)", 0, "min takes 2 to 8 arguments, got 1"},
                              {"x / 0", 2, "division by zero"},
                              {"x / (2 - 2)", 2, "division by zero"},
                              {"x + log(-1)", 4, "not a number"},
                              {"x * 1e308^2", 9, "beyond the range"},
                              {"1e999", 0, "beyond the range"},
                              {"2x", 1, "expected an operator after a number"},
                              {"x ? a", 5, "expected ':'"},
                              {"@3 + x", 0, "no variable 3"},
                              {"x[99999999999999999999999]", 2, "number of a variable"},
                              {"x = a", 2, "expected an operator"},
                              {"x + \x01", 4, "\\x01"},
                              {"x + \xff", 4, "\\xff"}};
  for (auto const& row : rows) {
    auto const [at, what] = mistake(row.text);
    EXPECT_EQ(at, row.at) << row.text << ": " << what;
    EXPECT_NE(what.find(row.part), std::string::npos) << row.text << ": " << what;
    EXPECT_NE(what.find("at character " + std::to_string(row.at + 1)), std::string::npos) << what;
  }
}

TEST(Parse, refuses_what_is_too_deep_or_too_long) {
  std::string const deep(50'000, '(');
  EXPECT_NE(mistake(deep + "x").second.find("nested deeper"), std::string::npos);
  EXPECT_NE(mistake(std::string(50'000, '-') + "x").second.find("nested"), std::string::npos);
  std::string powers = "x";
  std::string choices = "x";
  std::string terms = "x";
  for (int i = 0; i < 5000; ++i) {
    powers += "^x";
    choices += "?x:x";
    terms += "+x*" + std::to_string(i + 2);
  }
  EXPECT_NE(mistake(powers).second.find("nested"), std::string::npos);
  EXPECT_NE(mistake(choices).second.find("nested"), std::string::npos);
  EXPECT_NE(mistake(terms).second.find("too long: more than 4096"), std::string::npos);
  EXPECT_NE(mistake(std::string(100'001, ' ')).second.find("100000"), std::string::npos);
  auto const name = mistake(std::string(5000, 'q'));
  EXPECT_NE(name.second.find("unknown name"), std::string::npos);
  EXPECT_LT(name.second.size(), 300U);
  std::string fine = "x";
  for (int i = 0; i < 4'000; ++i) {
    fine += "+1";
  }
  EXPECT_NEAR(value(fine), 4'000 + x, 1e-8);
}

// Any text gives a function or a mistake with a place.
TEST(Parse, survives_random_text) {
  std::mt19937 random(20261130);
  std::string const pieces[] = {"x",  "a",  "(",        ")",     "+",      "-",    "*",   "/",
                                "^",  "?",  ":",        "exp(",  "log(",   "1",    "0.5", "<",
                                ">=", "&&", "||",       "!",     ",",      "min(", "@1",  "x[2]",
                                "e5", " ",  "\xc3\xa9", "1e308", "TMath::"};
  std::uniform_int_distribution<std::size_t> piece(0, std::size(pieces) - 1);
  std::uniform_int_distribution<int> byte(0, 255);
  int good = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string text;
    for (int k = i % 12; k >= 0; --k) {
      text += i % 4 == 0 ? std::string(1, static_cast<char>(byte(random))) : pieces[piece(random)];
    }
    try {
      auto const graph = parse(text, names);
      static_cast<void>(evaluate(graph, std::vector<double>{x, a, b}));
      static_cast<void>(logarithm_of(graph));
      ++good;
    } catch (ExpressionError const& error) {
      ASSERT_LE(error.at(), text.size());
    }
  }
  EXPECT_GT(good, 50);
}

TEST(Logarithm, is_that_of_the_function) {
  for (auto const* text : {"exp(-b*x)*x",
                           "x*(1-(x/9)^2)^b*exp(a*(1-(x/9)^2))",
                           "-a*(x-9)*(x-8)*-1*b/(a-b)",
                           "x > 1 ? exp(a) : b",
                           "x > 1 ? exp(-x*x*40)*exp(2) : 0",
                           "sqrt(b)*pow(x,-3)*(a*x)^2/(x+b)^3",
                           "(1-x/9)^b/x^(2+a*log(x))",
                           "2.5",
                           "1/(a*a)",
                           "(x-2)^3/(x-4)",
                           "x*x*(x-2)*(3-a)*(x-2)*(b-x)/(a-b)/x*(a-b)",
                           "exp(a)^b"}) {
    auto const f = parse(text, names);
    std::vector<double> const at{x, a, b};
    double const direct = std::log(evaluate(f, at));
    EXPECT_NEAR(evaluate(logarithm_of(f), at), direct, 1e-13 * (1 + std::abs(direct))) << text;
  }
  auto const f = logarithm_of(parse("exp(-((x-a)/1e-4)^2)*exp(b*1000)*b", names));
  EXPECT_NEAR(evaluate(f, std::vector<double>{x, a, b}),
              1000 * b + std::log(b) - std::pow((x - a) / 1e-4, 2),
              1e-6);
  EXPECT_TRUE(
      std::isnan(evaluate(logarithm_of(parse("a*x", names)), std::vector<double>{x, a, b})));
}

}  // namespace
}  // namespace toyfarm::formula
