// One descent: where it ends, what holds it there, and when it leaves off.
#include "fit/search.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "fit/models.hpp"

namespace toyfarm::fit {
namespace {

using core::FitStatus;
using core::Held;
using model::Derivatives;
using test::make_model;
using test::sample_of;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A likelihood and searches of it.
struct Problem {
  Problem(model::Model from, model::Sample data)
      : model(std::move(from)), sample(std::move(data)), centres(model.observed_globals()) {
    nll.bind(sample, centres);
  }
  [[nodiscard]] FitResult search(std::vector<double> const& start,
                                 StartOptions const& how = {},
                                 MinimiserOptions const& options = {}) {
    return Search(nll, options).run(start, how);
  }
  [[nodiscard]] NllPoint at(std::vector<double> const& theta,
                            Derivatives order = Derivatives::first,
                            model::KinkSide side = model::KinkSide::above) {
    std::vector<model::KinkSide> const sides(theta.size(), side);
    NllPoint point;
    nll.evaluate(theta, sides, order, point);
    return point;
  }
  [[nodiscard]] std::vector<double> clamped(std::vector<double> theta) const {
    for (std::size_t j = 0; j < theta.size(); ++j) {
      auto const& p = model.parameters[j];
      theta[j] = std::clamp(theta[j], p.lower, p.upper);
    }
    return theta;
  }

  model::Model model;
  model::Sample sample;
  std::vector<double> centres;
  ExtendedNll nll{model};
};

Problem peak_on_slope() {
  return {make_model(test::peak_parameters + "," + test::slope_parameters,
                     test::peak_process + "," + test::slope_process),
          test::peak_on_slope(300, 700)};
}

/// A signal that the data do not show, beside fixed and constrained parameters.
Problem no_signal() {
  return {
      make_model(
          R"({"name": "mu", "init": 1, "bounds": [0, 20]}, {"name": "n", "init": 300, "bounds": [0, 450]},
             {"name": "lam", "init": -0.1, "bounds": [-0.2, 1]}, {"name": "m", "init": 9, "bounds": [0, 10], "fixed": true},
             {"name": "s", "init": 0.3, "bounds": [0.1, 1], "fixed": true},
             {"name": "a", "init": 0.5, "bounds": [-5, 5], "constraint": {"type": "gaussian", "mean": 0.2, "sigma": 1}})",
          R"({"name": "sig", "pdf": {"type": "gaussian", "observable": "x", "params": ["m", "s"]}, "yield": {"type": "scaled", "base_yield": 50, "scale": "mu", "modifiers": [{"type": "normsys", "param": "a", "lo": 0.8, "hi": 1.2}]}},)" +
              test::slope_process),
      test::peak_on_slope(0, 500)};
}

Problem turning_polynomial() {
  return {
      make_model(
          R"({"name": "n", "init": 10, "bounds": [0, 1e6]}, {"name": "c1", "init": 0, "bounds": [-5, 5]}, {"name": "c2", "init": 0, "bounds": [-5, 5]})",
          R"({"name": "p", "pdf": {"type": "chebyshev", "observable": "x", "params": ["c1", "c2"]}, "yield": {"type": "parameter", "name": "n"}})"),
      test::peak_on_slope(0, 500)};
}

/// Events of one bin; `low` and `high` say what the yield of 100 becomes at alpha = -1 and 1.
Problem kinked(std::size_t n_events, std::string const& low, std::string const& high) {
  return {
      make_model(
          R"({"name": "a", "init": 0.7, "bounds": [-5, 5], "constraint": {"type": "gaussian", "mean": 0, "sigma": 1}})",
          R"({"name": "bkg", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [0, 10], "bin_content": [1]},
              "yield": {"type": "fixed", "value": 100, "modifiers": [{"type": "normsys", "param": "a", "lo": )" +
              low + R"(, "hi": )" + high + "}]}}"),
      sample_of(core::Column(n_events, 5.0))};
}

std::vector<Problem (*)()> const problems{peak_on_slope, no_signal, turning_polynomial};

// At an end the gradient pushes held parameters against what holds them, and moves no other.
void expect_end(Problem& problem, FitResult const& result) {
  ASSERT_TRUE(core::is_converged(result.status)) << core::to_string(result.status);
  auto const point = problem.at(result.values);
  EXPECT_EQ(point.value, result.nll);
  Eigen::VectorXd free = point.gradient;
  bool any_held = false;
  for (std::size_t j = 0; j < result.values.size(); ++j) {
    auto const& p = problem.model.parameters[j];
    double const slope = point.gradient[static_cast<Eigen::Index>(j)];
    if (!(result.errors[j] > 0)) {
      free[static_cast<Eigen::Index>(j)] = 0;
    }
    any_held = any_held || (!p.fixed && result.held[j] != Held::none);
    switch (result.held[j]) {
      case Held::lower:
        EXPECT_EQ(result.values[j], p.lower) << p.name;
        EXPECT_GE(slope, 0) << p.name;
        EXPECT_TRUE(std::isnan(result.errors[j])) << p.name;
        break;
      case Held::upper:
        EXPECT_EQ(result.values[j], p.upper) << p.name;
        EXPECT_LE(slope, 0) << p.name;
        EXPECT_TRUE(std::isnan(result.errors[j])) << p.name;
        break;
      case Held::none:
        EXPECT_EQ(result.errors[j] > 0, !p.fixed) << p.name;
        break;
      default:
        break;
    }
  }
  EXPECT_EQ(result.status == FitStatus::converged, !any_held);
  if (result.status != FitStatus::at_edge) {
    EXPECT_LT(free.dot(result.covariance * free), 1e-9);
  }
}

// No point within some errors is lower.
void expect_lowest_around(Problem& problem, FitResult const& result) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 400; ++i) {
    auto theta = result.values;
    double const size = std::pow(10.0, -4 * (i % 4) / 3.0);
    for (std::size_t j = 0; j < theta.size(); ++j) {
      auto const& p = problem.model.parameters[j];
      double const error = result.errors[j] > 0 ? result.errors[j] : 0.1 * (p.upper - p.lower);
      theta[j] += p.fixed ? 0 : size * error * normal(random);
    }
    auto const point = problem.at(problem.clamped(theta), Derivatives::none);
    ASSERT_GE(point.value, result.nll - 1e-12 * std::abs(result.nll));
  }
}

TEST(Search, ends_where_nothing_around_is_lower) {
  for (auto const& make : problems) {
    auto problem = make();
    auto const result = problem.search(problem.model.init());
    expect_end(problem, result);
    expect_lowest_around(problem, result);
  }
}

TEST(Search, is_held_by_the_bounds_that_keep_it_from_lower_points) {
  auto problem = no_signal();
  auto const result = problem.search(problem.model.init());
  EXPECT_EQ(result.status, FitStatus::at_bound);
  EXPECT_EQ(result.held[0], Held::lower);
  EXPECT_EQ(result.held[1], Held::upper);
  EXPECT_EQ(result.held[2], Held::lower);
  EXPECT_EQ(result.values[3], 9);
  EXPECT_EQ(result.values[4], 0.3);
}

TEST(Search, from_outside_the_bounds_begins_at_the_nearest_point_inside) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  for (auto const& make : problems) {
    auto problem = make();
    for (int i = 0; i < 10; ++i) {
      auto start = problem.model.init();
      for (std::size_t j = 0; j < start.size(); ++j) {
        auto const& p = problem.model.parameters[j];
        start[j] += p.fixed ? 0 : std::min(p.upper - p.lower, 50.0) * normal(random);
      }
      auto const outside = problem.search(start);
      auto const inside = problem.search(problem.clamped(start));
      EXPECT_EQ(outside.values, inside.values);
      EXPECT_EQ(outside.iterations, inside.iterations);
      if (outside.status == FitStatus::infinite_nll) {
        continue;
      }
      if (make != turning_polynomial) {  // whose negative starts are moved inside
        EXPECT_EQ(outside.initial_nll, problem.at(problem.clamped(start)).value);
      }
      EXPECT_LE(outside.nll, outside.initial_nll);
    }
  }
}

TEST(Search, goes_down_with_every_iteration_until_the_limit) {
  for (auto const& make : problems) {
    auto problem = make();
    auto const whole = problem.search(problem.model.init());
    ASSERT_GT(whole.iterations, 2U);
    double before = whole.initial_nll;
    for (std::uint32_t most = 0; most < whole.iterations; ++most) {
      auto const part = problem.search(problem.model.init(), {}, {.max_iterations = most});
      EXPECT_EQ(part.status, FitStatus::max_iter);
      EXPECT_EQ(part.iterations, most);
      EXPECT_LE(part.nll, before + 1e-13 * std::abs(before));
      before = part.nll;
    }
    auto const enough =
        problem.search(problem.model.init(), {}, {.max_iterations = whole.iterations});
    EXPECT_EQ(enough.status, whole.status);
    EXPECT_EQ(enough.values, whole.values);
  }
}

TEST(Search, gives_up_just_where_it_cannot_end_below_what_is_asked) {
  for (auto const& make : {peak_on_slope, no_signal}) {
    auto problem = make();
    auto const whole = problem.search(problem.model.init());
    for (double const above : {-10.0, -1.0, -0.1, 0.0, 0.1, 1.0, 10.0}) {
      auto const part = problem.search(problem.model.init(), {.give_up_above = whole.nll + above});
      EXPECT_EQ(part.gave_up, above < 0) << above;
      if (part.gave_up) {
        EXPECT_EQ(part.status, FitStatus::failed);
        EXPECT_LE(part.iterations, whole.iterations);
        EXPECT_GE(part.nll, whole.nll);
      } else {
        EXPECT_EQ(part.values, whole.values);
      }
    }
  }
}

TEST(Search, that_solves_the_yields_first_ends_at_the_same_point) {
  for (auto const& make : {peak_on_slope, no_signal}) {
    auto problem = make();
    auto const start = problem.model.init();
    auto const all = problem.search(start);
    auto const first = problem.search(start, {.yields_first = true});
    expect_end(problem, first);
    for (std::size_t j = 0; j < start.size(); ++j) {
      EXPECT_NEAR(first.values[j], all.values[j], all.errors[j] > 0 ? 1e-6 * all.errors[j] : 0);
    }
  }
}

TEST(Search, leaves_nothing_behind_for_the_next) {
  for (auto const& make : problems) {
    auto problem = make();
    auto const init = problem.model.init();
    auto other = init;
    other[0] *= 2;
    other[1] *= 0.5;
    Search kept(problem.nll, {});
    for (auto const& start : {init, other, init}) {
      auto const alone = problem.search(start);
      auto const& again = kept.run(start, {});
      EXPECT_EQ(again.values, alone.values);
      EXPECT_EQ(again.nll, alone.nll);
      EXPECT_EQ(again.covariance, alone.covariance);
      EXPECT_EQ(again.iterations, alone.iterations);
    }
  }
}

// Slopes on both sides of the kink point inwards.
TEST(Search, rests_in_a_kink_that_is_the_minimum) {
  auto problem = kinked(90, "1.1", "1.2");
  for (double const start : {-3.0, -0.2, 0.0, 0.4, 4.0}) {
    auto const result = problem.search({start});
    EXPECT_EQ(result.status, FitStatus::at_edge);
    EXPECT_EQ(result.held[0], Held::edge);
    EXPECT_EQ(result.values[0], 0);
    EXPECT_TRUE(std::isnan(result.errors[0]));
  }
  EXPECT_GT(problem.at({0}, Derivatives::first, model::KinkSide::above).gradient[0], 0);
  EXPECT_LT(problem.at({0}, Derivatives::first, model::KinkSide::below).gradient[0], 0);
}

TEST(Search, crosses_a_kink_that_is_not_the_minimum) {
  for (auto const& [n_events, sign] : {std::pair{80U, -1.0}, std::pair{130U, 1.0}}) {
    auto problem = kinked(n_events, "0.9", "1.3");
    double const end = problem.search({sign}).values[0];
    EXPECT_GT(end * sign, 0.1);
    for (double const start : {-4.0, -1.0, 0.0, 1.0, 4.0}) {
      auto const result = problem.search({start});
      expect_end(problem, result);
      EXPECT_NEAR(result.values[0], end, 1e-6);
    }
  }
}

TEST(Search, puts_a_parameter_that_may_hardly_move_on_one_of_its_ends) {
  for (auto const& [lower, upper, held] : {std::tuple{"400", "400.0000001", Held::upper},
                                           std::tuple{"600", "600.0000001", Held::lower}}) {
    Problem problem{
        make_model(std::string(R"({"name": "n", "init": )") + lower + R"(, "bounds": [)" + lower +
                       ", " + upper + R"(]}, {"name": "lam", "init": -0.1, "bounds": [-5, 5]})",
                   test::slope_process),
        test::peak_on_slope(0, 500)};
    auto const result = problem.search(problem.model.init());
    expect_end(problem, result);
    EXPECT_EQ(result.held[0], held);
    EXPECT_GT(result.errors[1], 0);
  }
}

TEST(Search, leaves_shapes_without_yield_where_it_is_told) {
  Problem problem{
      make_model(
          R"({"name": "zero", "init": 0, "bounds": [0, 0]}, {"name": "m", "init": 5, "bounds": [1, 9]}, )" +
              test::slope_parameters,
          R"({"name": "sig", "pdf": {"type": "gaussian", "observable": "x", "params": ["m", "m"]}, "yield": {"type": "parameter", "name": "zero"}},)" +
              test::slope_process),
      test::peak_on_slope(0, 500)};
  auto start = problem.model.init();
  EXPECT_EQ(problem.search(start).values[1], 5);
  std::vector<double> const rest{0, 3, 100, 0};
  auto const result = problem.search(start, {.rest = rest});
  EXPECT_EQ(result.values[1], 3);
  EXPECT_EQ(result.held[1], Held::unused);
  EXPECT_TRUE(std::isnan(result.errors[1]));
}

TEST(Search, tells_where_no_start_is_finite) {
  Problem problem{
      make_model(
          R"({"name": "n", "init": 3, "bounds": [0, 100]})",
          R"({"name": "h", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [0, 5, 10], "bin_content": [1, 0]}, "yield": {"type": "parameter", "name": "n"}})"),
      sample_of({1.0, 7.0})};
  auto const result = problem.search({3});
  EXPECT_EQ(result.status, FitStatus::infinite_nll);
  EXPECT_EQ(result.nll, infinity);
  EXPECT_EQ(result.iterations, 0U);
  EXPECT_EQ(result.values[0], 3);
}

}  // namespace
}  // namespace toyfarm::fit
