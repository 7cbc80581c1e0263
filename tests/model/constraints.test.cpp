#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "toys/toy_specs.hpp"

// Laws of every kind of constraint.
namespace {

namespace model = toyfarm::model;

struct Subject {
  std::string constraint;  ///< JSON
  double theta;
  double lower;  ///< of what the global observable may be, in practice
  double upper;
};

std::vector<Subject> subjects() {
  return {{R"({"type":"gaussian","mean":4.4,"sigma":0.5})", 4.0, -1, 9}};
}

model::Model model_with(std::string const& constraint) {
  return toyfarm::test::model_of(
      R"({"name":"m","init":4,"bounds":[1e-3,50],"constraint":)" + constraint + "}",
      toyfarm::test::channel_json(
          "c",
          toyfarm::test::x_observable,
          toyfarm::test::process_json(
              "p", R"({"type":"exponential","observable":"x","params":["m"]})", 10)));
}

/// Shares of the density of the global observable up to n equal steps from lower to upper.
std::vector<double> distribution_of(Subject const& s, model::Constraint const& constraint, int n) {
  std::vector<double> sums{0};
  double const h = (s.upper - s.lower) / n;
  auto const density = [&](double o) { return std::exp(-constraint.nll(s.theta, o).value); };
  for (int i = 0; i < n; ++i) {
    double const from = s.lower + i * h;
    sums.push_back(sums.back() +
                   h / 6 * (density(from) + 4 * density(from + h / 2) + density(from + h)));
  }
  return sums;
}

TEST(Constraints, are_normalised_over_the_global_observable) {
  for (auto const& s : subjects()) {
    auto const m = model_with(s.constraint);
    EXPECT_NEAR(distribution_of(s, *m.constraints.at(0), 4000).back(), 1, 1e-9) << s.constraint;
  }
}

TEST(Constraints, have_the_derivatives_of_their_nll) {
  for (auto const& s : subjects()) {
    auto const m = model_with(s.constraint);
    auto const& constraint = *m.constraints.at(0);
    double const h = 1e-4 * s.theta;
    for (double const share : {0.3, 0.45, 0.5, 0.7}) {
      double const o = s.lower + share * (s.upper - s.lower);
      auto const up = constraint.nll(s.theta + h, o);
      auto const here = constraint.nll(s.theta, o);
      auto const down = constraint.nll(s.theta - h, o);
      EXPECT_NEAR(here.slope, (up.value - down.value) / (2 * h), 1e-6 * (1 + std::abs(here.slope)));
      EXPECT_NEAR(here.curvature, (up.slope - down.slope) / (2 * h), 1e-6 * (1 + here.curvature));
    }
  }
}

TEST(Constraints, ask_for_nothing_at_the_expected_global_observable) {
  for (auto const& s : subjects()) {
    auto const m = model_with(s.constraint);
    auto const& constraint = *m.constraints.at(0);
    EXPECT_NEAR(constraint.nll(s.theta, constraint.expected(s.theta)).slope, 0, 1e-12);
  }
}

// The Kolmogorov statistic of 20,000 draws is above 2.5 with probability 7.5e-6.
TEST(Constraints, draw_from_their_density) {
  for (auto const& s : subjects()) {
    auto const m = model_with(s.constraint);
    auto const& constraint = *m.constraints.at(0);
    constexpr int steps = 20'000;
    auto const shares = distribution_of(s, constraint, steps);
    toyfarm::kernels::BitStream bits({.seed = 11});
    std::vector<double> drawn;
    for (int i = 0; i < 20'000; ++i) {
      drawn.push_back(constraint.draw(s.theta, bits));
    }
    std::sort(drawn.begin(), drawn.end());
    auto const n = static_cast<double>(drawn.size());
    double distance = 0;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      double const place = (drawn[i] - s.lower) / (s.upper - s.lower) * steps;
      ASSERT_TRUE(place > 0 && place < steps);
      auto const k = static_cast<std::size_t>(place);
      double const share =
          shares[k] + (place - static_cast<double>(k)) * (shares[k + 1] - shares[k]);
      distance = std::max({distance,
                           std::abs(share - static_cast<double>(i) / n),
                           std::abs(share - static_cast<double>(i + 1) / n)});
    }
    EXPECT_LT(distance * std::sqrt(n), 2.5) << s.constraint;
  }
}

/// The message with which a constraint is refused; "" if it is not.
std::string refusal(std::string const& constraint) {
  try {
    static_cast<void>(model_with(constraint));
  } catch (toyfarm::core::SpecError const& error) {
    return error.what();
  }
  return "";
}

TEST(Constraints, say_what_is_wrong_and_where) {
  EXPECT_EQ(refusal(R"({"type":"gaussian","mean":4,"sigma":1})"), "");
  std::vector<std::pair<std::string, std::string>> const wrong{
      {R"({"type":"gausian","mean":4,"sigma":1})",
       "/model/parameters/0/constraint/type: unknown value \"gausian\"; did you mean "
       "\"gaussian\"?"},
      {R"({"type":"gaussian","mean":4,"sigm":1})",
       "/model/parameters/0/constraint: unknown field \"sigm\"; did you mean \"sigma\"? "
       "(--lenient"},
      {R"({"type":"gaussian","mean":4})",
       "/model/parameters/0/constraint: missing field \"sigma\""},
      {R"({"type":"gaussian","mean":4,"sigma":0})",
       "/model/parameters/0/constraint/sigma: parameter 'm' has invalid Gaussian constraint sigma "
       "0"},
      {R"({"type":"gaussian","mean":4,"sigma":"1"})", "expected a number, found the string"},
      {R"({"mean":4,"sigma":1})", "missing field \"type\""}};
  for (auto const& [constraint, message] : wrong) {
    EXPECT_NE(refusal(constraint).find(message), std::string::npos)
        << constraint << ": " << refusal(constraint);
  }
}

}  // namespace
