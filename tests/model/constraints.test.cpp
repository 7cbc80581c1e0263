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
  bool is_count = false;  ///< then lower and upper are half integers
};

std::vector<Subject> subjects() {
  return {
      {R"({"type":"gaussian","mean":4.4,"sigma":0.5})", 4.0, -1, 9},
      {R"({"type":"bifurcated_gaussian","mean":4.4,"sigma_l":0.3,"sigma_r":0.5})", 4.0, -2, 10.5},
      {R"({"type":"log_normal","mean":4.4,"kappa":1.2})", 4.0, 0.5, 20},
      {R"({"type":"gamma","mean":4.4,"sigma":0.9})", 4.0, 1e-9, 20},
      {R"({"type":"poisson","observed":11,"scale":2.5})", 4.0, -0.5, 59.5, true},
      {R"({"type":"poisson","observed":640,"scale":150})", 4.0, 399.5, 800.5, true}};
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

/// How many equal steps from lower to upper: those of a count are its values.
int steps_of(Subject const& s, int n) {
  return s.is_count ? static_cast<int>(std::lround(s.upper - s.lower)) : n;
}

/// Shares of the density of the global observable up to each of n equal steps.
std::vector<double> distribution_of(Subject const& s, model::Constraint const& constraint, int n) {
  std::vector<double> sums{0};
  double const h = (s.upper - s.lower) / n;
  auto const density = [&](double o) { return std::exp(-constraint.nll(s.theta, o).value); };
  for (int i = 0; i < n; ++i) {
    double const from = s.lower + i * h;
    sums.push_back(sums.back() +
                   (s.is_count
                        ? density(from + 0.5)
                        : h / 6 * (density(from) + 4 * density(from + h / 2) + density(from + h))));
  }
  return sums;
}

std::vector<double> draws_of(Subject const& s, model::Constraint const& constraint, int n) {
  toyfarm::kernels::BitStream bits({.seed = 11});
  std::vector<double> drawn;
  for (int i = 0; i < n; ++i) {
    drawn.push_back(constraint.draw(s.theta, bits));
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

TEST(Constraints, are_normalised_over_the_global_observable) {
  for (auto const& s : subjects()) {
    auto const m = model_with(s.constraint);
    EXPECT_NEAR(distribution_of(s, *m.constraints.at(0), steps_of(s, 4000)).back(), 1, 1e-9)
        << s.constraint;
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

TEST(Constraints, are_explained_best_by_their_estimate) {
  for (auto const& s : subjects()) {
    auto const m = model_with(s.constraint);
    auto const& constraint = *m.constraints.at(0);
    EXPECT_NEAR(constraint.estimate(constraint.expected(s.theta)), s.theta, 1e-12);
    double const observed = constraint.observed();
    EXPECT_NEAR(constraint.nll(constraint.estimate(observed), observed).slope, 0, 1e-10);
  }
}

// The Kolmogorov statistic of 20,000 draws is above 2.5 with probability 7.5e-6, of counts less.
TEST(Constraints, draw_from_their_density) {
  for (auto const& s : subjects()) {
    auto const m = model_with(s.constraint);
    auto const& constraint = *m.constraints.at(0);
    int const steps = steps_of(s, 20'000);
    auto const shares = distribution_of(s, constraint, steps);
    auto const drawn = draws_of(s, constraint, 20'000);
    ASSERT_TRUE(drawn.front() > s.lower && drawn.back() < s.upper) << s.constraint;
    auto const n = static_cast<double>(drawn.size());
    double distance = 0;
    std::size_t below = 0;
    for (int k = 0; k <= steps; ++k) {
      double const edge = s.lower + (s.upper - s.lower) * k / steps;
      while (below < drawn.size() && drawn[below] < edge) {
        ++below;
      }
      distance = std::max(
          distance, std::abs(shares[static_cast<std::size_t>(k)] - static_cast<double>(below) / n));
    }
    EXPECT_LT(distance * std::sqrt(n), 2.5) << s.constraint;
  }
}

// Means and variances of 20,000 draws within 5 standard deviations: false alarm 1e-5. Formulas of
// the text books; the last Gamma has most of its draws next to 0.
TEST(Constraints, draw_with_the_moments_of_their_density) {
  struct Moments {
    std::string constraint;
    double mean;
    double variance;
    double excess;
  };
  double const s2 = std::pow(std::log(1.2), 2);
  double const e = std::exp(s2);
  double const step = 0.2 * std::sqrt(2 / std::acos(-1.0));
  for (auto const& expected :
       {Moments{R"({"type":"gaussian","mean":4.4,"sigma":0.5})", 4, 0.25, 0},
        Moments{R"({"type":"bifurcated_gaussian","mean":4.4,"sigma_l":0.5,"sigma_r":0.3})",
                4 + step,
                (1 - 2 / std::acos(-1.0)) * 0.04 + 0.15,
                0.6},
        Moments{R"({"type":"log_normal","mean":4.4,"kappa":1.2})",
                4 * std::sqrt(e),
                16 * e * (e - 1),
                std::pow(e, 4) + 2 * std::pow(e, 3) + 3 * e * e - 6},
        Moments{R"({"type":"gamma","mean":4,"sigma":0.8})", 4, 0.64, 6 * 0.04},
        Moments{R"({"type":"gamma","mean":4,"sigma":8})", 4, 64, 6 * 4},
        Moments{R"({"type":"poisson","observed":1,"scale":0.01})", 0.04, 0.04, 25},
        Moments{R"({"type":"poisson","observed":1,"scale":3e4})", 1.2e5, 1.2e5, 1 / 1.2e5}}) {
    auto const m = model_with(expected.constraint);
    constexpr int n = 20'000;
    auto const drawn = draws_of({expected.constraint, 4, 0, 0}, *m.constraints.at(0), n);
    double mean = 0;
    double variance = 0;
    for (double const o : drawn) {
      mean += o / n;
      variance += (o - expected.mean) * (o - expected.mean) / n;
    }
    EXPECT_NEAR(mean, expected.mean, 5 * std::sqrt(expected.variance / n)) << expected.constraint;
    EXPECT_NEAR(
        variance, expected.variance, 5 * expected.variance * std::sqrt((2 + expected.excess) / n))
        << expected.constraint;
  }
}

TEST(Constraints, are_none_where_they_are_flat) {
  auto const m = model_with(R"({"type":"flat"})");
  EXPECT_TRUE(m.constraints.empty());
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
      {R"({"type":"bifurcated_gaussian","mean":4,"sigma_l":1,"sigma_r":-1})",
       "/constraint/sigma_r: parameter 'm': sigma_r of a bifurcated_gaussian constraint must be "
       "above 0, got -1"},
      {R"({"type":"log_normal","mean":4,"kappa":1})",
       "/constraint/kappa: parameter 'm': kappa of a log_normal constraint must be above 1, got 1"},
      {R"({"type":"gamma","mean":0,"sigma":1})",
       "/constraint/mean: parameter 'm': mean of a gamma"},
      {R"({"type":"poisson","observed":-1,"scale":1})",
       "/constraint/observed: parameter 'm': observed of a poisson constraint must be a count"},
      {R"({"type":"flat","mean":4})", "/constraint: unknown field \"mean\""},
      {R"({"mean":4,"sigma":1})", "missing field \"type\""}};
  for (auto const& [constraint, message] : wrong) {
    EXPECT_NE(refusal(constraint).find(message), std::string::npos)
        << constraint << ": " << refusal(constraint);
  }
}

TEST(Constraints, of_positive_numbers_require_positive_parameters) {
  for (char const* type : {R"("log_normal","mean":4,"kappa":1.1)",
                           R"("gamma","mean":4,"sigma":1)",
                           R"("poisson","observed":4,"scale":1)"}) {
    auto const build = [&](std::string const& bounds) {
      return toyfarm::test::model_of(
          R"({"name":"m","init":4,"bounds":)" + bounds + R"(,"constraint":{"type":)" + type + "}}",
          toyfarm::test::channel_json(
              "c",
              toyfarm::test::x_observable,
              toyfarm::test::process_json("p", R"({"type":"uniform","observable":"x"})", 10)));
    };
    EXPECT_THROW(static_cast<void>(build("[0,9]")), toyfarm::core::SpecError);
    EXPECT_NO_THROW(static_cast<void>(build("[1e-6,9]")));
  }
}

}  // namespace
