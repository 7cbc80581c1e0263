#include "toyfarm/formula/tape.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/formula/parse.hpp"

namespace toyfarm::formula {
namespace {

using Real = long double;
std::vector<std::string> const names{"x", "a", "b", "c"};

/// The same function, as it stands, in long double.
Real in_long_double(Graph const& graph, std::vector<Real> const& variables) {
  std::vector<Real> v;
  for (auto const& node : graph.nodes) {
    auto const used = node.used();
    Real const p = used.empty() ? 0 : v[used[0]];
    Real const q = used.size() > 1 ? v[used[1]] : 0;
    switch (node.operation) {
      case Operation::constant:
        v.push_back(node.value);
        break;
      case Operation::variable:
        v.push_back(variables[node.operands[0]]);
        break;
      case Operation::negate:
        v.push_back(-p);
        break;
      case Operation::add:
        v.push_back(p + q);
        break;
      case Operation::subtract:
        v.push_back(p - q);
        break;
      case Operation::multiply:
        v.push_back(p * q);
        break;
      case Operation::divide:
        v.push_back(p / q);
        break;
      case Operation::power:
        v.push_back(std::pow(p, q));
        break;
      case Operation::minimum:
        v.push_back(std::min(p, q));
        break;
      case Operation::maximum:
        v.push_back(std::max(p, q));
        break;
      case Operation::arc_tangent_2:
        v.push_back(std::atan2(p, q));
        break;
      case Operation::exponential:
        v.push_back(std::exp(p));
        break;
      case Operation::logarithm:
        v.push_back(std::log(p));
        break;
      case Operation::square_root:
        v.push_back(std::sqrt(p));
        break;
      case Operation::sine:
        v.push_back(std::sin(p));
        break;
      case Operation::cosine:
        v.push_back(std::cos(p));
        break;
      case Operation::tangent:
        v.push_back(std::tan(p));
        break;
      case Operation::arc_sine:
        v.push_back(std::asin(p));
        break;
      case Operation::arc_cosine:
        v.push_back(std::acos(p));
        break;
      case Operation::arc_tangent:
        v.push_back(std::atan(p));
        break;
      case Operation::hyperbolic_sine:
        v.push_back(std::sinh(p));
        break;
      case Operation::hyperbolic_cosine:
        v.push_back(std::cosh(p));
        break;
      case Operation::hyperbolic_tangent:
        v.push_back(std::tanh(p));
        break;
      case Operation::magnitude:
        v.push_back(std::abs(p));
        break;
      case Operation::error_function:
        v.push_back(std::erf(p));
        break;
      case Operation::complementary_error_function:
        v.push_back(std::erfc(p));
        break;
      case Operation::less:
        v.push_back(p < q ? 1 : 0);
        break;
      case Operation::less_or_equal:
        v.push_back(p <= q ? 1 : 0);
        break;
      case Operation::equal:
        v.push_back(p == q ? 1 : 0);
        break;
      case Operation::both:
        v.push_back(p != 0 && q != 0 ? 1 : 0);
        break;
      case Operation::either:
        v.push_back(p != 0 || q != 0 ? 1 : 0);
        break;
      case Operation::negation:
        v.push_back(p == 0 ? 1 : 0);
        break;
      case Operation::choice:
        v.push_back(p != 0 ? q : v[used[2]]);
        break;
    }
  }
  return v.back();
}

struct Result {
  std::vector<double> value, first, second;
};

Result run(Graph const& graph,
           std::vector<double> const& x,
           std::vector<double> const& params,
           int order) {
  Tape const tape(graph, 1);
  std::vector<double> scratch(tape.scratch_size());
  tape.prepare(params, order, scratch);
  Result out{std::vector<double>(x.size(), NAN),
             std::vector<double>(3 * x.size(), NAN),
             std::vector<double>(6 * x.size(), NAN)};
  double const* columns[1] = {x.data()};
  tape.evaluate(scratch,
                columns,
                x.size(),
                order,
                {out.value.data(),
                 order > 0 ? out.first.data() : nullptr,
                 order > 1 ? out.second.data() : nullptr,
                 x.size()});
  return out;
}

/// Value and derivatives against central differences of sixth order in long double.
void expect_derivatives(std::string const& text, std::vector<double> const& params) {
  auto const graph = parse(text, names);
  std::vector<double> x;
  for (int i = 0; i < 77; ++i) {
    x.push_back(0.31 + 0.043 * i);
  }
  auto const got = run(graph, x, params, 2);
  Real const odd[] = {0.75L, -0.15L, 1.0L / 60};
  Real const even[] = {1.5L, -0.15L, 1.0L / 90};
  Real const h = 1e-3L;
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::vector<Real> at{x[i], params[0], params[1], params[2]};
    Real const centre = in_long_double(graph, at);
    if (!std::isfinite(centre)) {
      EXPECT_FALSE(std::isfinite(got.value[i])) << text << " at " << x[i];
      continue;
    }
    Real const size = 1 + std::abs(centre);
    EXPECT_LE(std::abs(got.value[i] - centre), 1e-13L * size) << text << " at " << x[i];
    auto const along = [&](Real dk, std::size_t k, Real dl, std::size_t l) {
      auto moved = at;
      moved[1 + k] += dk;
      moved[1 + l] += dl;
      return in_long_double(graph, moved);
    };
    for (std::size_t k = 0; k < 3; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        Real first = 0;
        Real second = 0;
        for (int j = 1; j <= 3; ++j) {
          Real const s = j * h;
          if (k == l) {
            Real const up = along(s, k, 0, k);
            Real const down = along(-s, k, 0, k);
            first += odd[j - 1] * (up - down) / h;
            second += even[j - 1] * ((up - centre) + (down - centre)) / (h * h);
          } else {
            second += even[j - 1] *
                      (along(s, k, s, l) + along(-s, k, -s, l) - along(s, k, -s, l) -
                       along(-s, k, s, l)) /
                      (4 * h * h);
          }
        }
        if (!std::isfinite(second)) {
          continue;  // a step left the domain
        }
        double const dd = got.second[packed(k, l) * x.size() + i];
        EXPECT_LE(std::abs(dd - second), 3e-9L * (size + std::abs(second)))
            << text << " by " << k << ", " << l << " at " << x[i];
        if (k == l) {
          double const d = got.first[k * x.size() + i];
          EXPECT_LE(std::abs(d - first), 1e-11L * (size + std::abs(first)))
              << text << " by " << k << " at " << x[i];
        }
      }
    }
  }
}

TEST(Tape, has_the_derivatives_of_each_operation) {
  for (auto const* text : {"-a*x + b - c",
                           "a*x/(b + c*x)",
                           "(x-a)^2/b^3",
                           "(a*x)^-3 + (b+x)^5 + (c+x)^7",
                           "(a*x)^b + x^(b+c*log(x)) + (x+b)^1.5",
                           "exp(-a*x)*log(b*x)/c",
                           "sqrt(a*x + b)",
                           "sin(a*x) + cos(b*x) + tan(0.2*c*x)",
                           "asin(0.2*a*x) + acos(0.1*b*x) + atan(c*x)",
                           "atan2(a*x, b - x*c)",
                           "sinh(0.3*a*x) + cosh(0.2*b*x) + tanh(c*x)",
                           "abs(x - a - 0.0007)*b",
                           "erf(a*x - b) + erfc((x - b)/c)",
                           "min(a*x, b + 0.03) + max(x, 1.015*c*x*x, b*b + 0.02)",
                           "x < 1.2 ? exp(a*x)*b : log(x - 1.2)*c",
                           "x > 2 ? a : x*b*c",
                           "a*b*c",
                           "exp(a)*x + exp(a)*exp(b)*x*x"}) {
    expect_derivatives(text, {0.83, 1.21, 0.47});
  }
}

std::string random_expression(std::mt19937& random, int depth) {
  auto const pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  if (depth == 0) {
    return std::vector<std::string>{
        "x", "a", "b", "c", "0.7", "x"}[static_cast<std::size_t>(pick(6))];
  }
  auto const sub = [&] { return random_expression(random, depth - 1); };
  switch (pick(9)) {
    case 0:
      return "(" + sub() + ")+(" + sub() + ")";
    case 1:
      return "(" + sub() + ")*(" + sub() + ")";
    case 2:
      return "(" + sub() + ")-(" + sub() + ")";
    case 3:
      return "(" + sub() + ")/(2+(" + sub() + ")^2)";
    case 4:
      return "exp(-0.3*(" + sub() + ")^2)";
    case 5:
      return "log(1.5+(" + sub() + ")^2)";
    case 6:
      return "sin(" + sub() + ")";
    case 7:
      return "(2+cos(" + sub() + "))^(0.3*(" + sub() + "))";
    default:
      return "-(" + sub() + ")";
  }
}

TEST(Tape, has_the_derivatives_of_random_expressions) {
  std::mt19937 random(7);
  for (int i = 0; i < 40; ++i) {
    expect_derivatives(random_expression(random, 1 + i % 4), {0.83, 0.61, 0.47});
  }
}

TEST(Tape, gives_the_same_bits_whatever_is_asked_for_besides_and_however_points_are_cut) {
  auto const graph = parse("exp(-a*x)*x^b + c*sin(x*b)/(1+x^c)", names);
  std::vector<double> x;
  for (int i = 0; i < 517; ++i) {
    x.push_back(0.01 * (i + 1));
  }
  std::vector<double> const params{0.83, 1.21, 0.47};
  auto const all = run(graph, x, params, 2);
  EXPECT_EQ(run(graph, x, params, 0).value, all.value);
  EXPECT_EQ(run(graph, x, params, 1).first, all.first);
  std::vector<double> const some(x.begin() + 100, x.begin() + 113);
  auto const part = run(graph, some, params, 2);
  for (std::size_t i = 0; i < some.size(); ++i) {
    EXPECT_EQ(part.value[i], all.value[100 + i]);
    EXPECT_EQ(part.second[5 * some.size() + i], all.second[5 * x.size() + 100 + i]);
  }
}

TEST(Tape, knows_what_is_linear_and_what_does_not_vary) {
  EXPECT_TRUE(Tape(parse("a*x + b*log(x)", names), 1).is_linear());
  EXPECT_FALSE(Tape(parse("a*b*x", names), 1).is_linear());
  auto const flat = run(parse("a*b", names), {1, 2, 3}, {2, 3, 4}, 2);
  EXPECT_EQ(flat.value, (std::vector<double>{6, 6, 6}));
  EXPECT_EQ(flat.first, (std::vector<double>{3, 3, 3, 2, 2, 2, 0, 0, 0}));
}

// More slots than fit on the stack in whole blocks.
TEST(Tape, evaluates_functions_of_many_parameters) {
  std::vector<std::string> many{"x"};
  std::vector<double> params;
  std::string text = "0";
  for (int i = 0; i < 40; ++i) {
    many.push_back("p" + std::to_string(i));
    params.push_back(0.01 * i + 0.1);
    text += "+" + many.back() + "*exp(-" + many.back() + "*x)";
  }
  text = "log(" + text + ")";
  Tape const tape(parse(text, many), 1);
  std::vector<double> scratch(tape.scratch_size());
  tape.prepare(params, 2, scratch);
  std::vector<double> x{0.5, 1.5, 2.5};
  std::vector<double> value(3);
  std::vector<double> first(3 * 40);
  std::vector<double> second(3 * 820);
  double const* columns[1] = {x.data()};
  tape.evaluate(scratch, columns, 3, 2, {value.data(), first.data(), second.data(), 3});
  for (std::size_t i = 0; i < 3; ++i) {
    double sum = 0;
    for (double const p : params) {
      sum += p * std::exp(-p * x[i]);
    }
    EXPECT_NEAR(value[i], std::log(sum), 1e-13);
    auto const d = [&](double p) { return (1 - p * x[i]) * std::exp(-p * x[i]) / sum; };
    EXPECT_NEAR(first[7 * 3 + i], d(params[7]), 1e-14);
    EXPECT_NEAR(second[packed(9, 7) * 3 + i], -d(params[7]) * d(params[9]), 1e-14);
  }
}

}  // namespace
}  // namespace toyfarm::formula
