// Minima on walls: where a density touches zero, and in kinks of yields. Toys of such models
// against minima on grids.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/study/layout.hpp"
#include "toyfarm/study/toy_runner.hpp"

#include "fit/models.hpp"

namespace toyfarm::study {
namespace {

StudySetup setup_of(model::Model model) {
  StudySetup setup;
  setup.model = std::move(model);
  setup.truth = setup.model.init();
  setup.tables = build_layout(setup.model, setup.truth);
  return setup;
}

/// NLL of a toy's events as a function of its parameters.
class ToyNll {
 public:
  ToyNll(ToyRunner& runner, model::Model const& model, core::ToyId toy)
      : nll_(model), sides_(model.parameters.size(), model::KinkSide::above) {
    static_cast<void>(runner.run_by_events(toy));
    centres_ = runner.global_observables();
    sample_ = runner.sample();
    nll_.bind(sample_, centres_);
  }
  double operator()(std::vector<double> const& theta) {
    fit::NllPoint point;
    return nll_.evaluate(theta, sides_, model::Derivatives::none, point)
               ? point.value
               : std::numeric_limits<double>::infinity();
  }

 private:
  fit::ExtendedNll nll_;
  std::vector<model::KinkSide> sides_;
  std::vector<double> centres_;
  model::Sample sample_;
};

/// Lowest value of f over [low, high]: a grid, then finer ones around its lowest point.
template <class F>
double grid_minimum(double low, double high, F f) {
  double best = std::numeric_limits<double>::infinity();
  for (int level = 0; level < 6; ++level) {
    constexpr int n = 40;
    double const step = (high - low) / n;
    double at = low;
    for (int i = 0; i <= n; ++i) {
      double const value = f(i == n ? high : low + i * step);
      if (value < best) {
        best = value;
        at = low + i * step;
      }
    }
    low = std::max(low, at - 2 * step);
    high = std::min(high, at + 2 * step);
  }
  return best;
}

// T4: 44 % of the toys failed.
TEST(Walls, toys_at_0_99_of_the_edge_of_a_chebyshev_end_at_their_minimum) {
  auto const setup = setup_of(test::make_model(
      R"({"name": "n", "init": 700, "bounds": [0, 5000]}, {"name": "c1", "init": 0.99, "bounds": [-10, 10]})",
      R"({"name": "b", "pdf": {"type": "chebyshev", "observable": "x", "params": ["c1"]}, "yield": {"type": "parameter", "name": "n"}})"));
  ToyRunner runner(setup);
  int n_edge = 0;
  int n_failed = 0;
  constexpr int n_toys = 2000;
  for (std::uint64_t i = 0; i < n_toys; ++i) {
    auto const record = runner.run(core::ToyId{i});
    n_failed += core::is_converged(record.fit().status) ? 0 : 1;
    n_edge += record.fit().status == core::FitStatus::at_edge ? 1 : 0;
    ASSERT_LE(std::abs(record.fit().values[1]), 1 + 1e-15);
    if (record.fit().status == core::FitStatus::at_edge) {
      EXPECT_EQ(record.fit().held[1], core::Held::edge);
      EXPECT_TRUE(std::isnan(record.fit().errors[1]));
      EXPECT_NEAR(record.fit().errors[0], std::sqrt(static_cast<double>(record.n_events[0])), 1e-3);
    }
    if (i % 10 == 0) {
      ToyNll nll(runner, setup.model, core::ToyId{i});
      double const n = static_cast<double>(record.n_events[0]);
      double const lowest = grid_minimum(-1, 1, [&](double c) { return nll({n, c}); });
      EXPECT_LE(record.fit().nll, lowest + 1e-6) << i;
    }
  }
  EXPECT_LT(n_failed, n_toys / 1000);
  EXPECT_GT(n_edge, n_toys / 5);
  EXPECT_LT(n_edge, n_toys);
}

// T4: the touching point moves along the window.
TEST(Walls, toys_of_a_chebyshev_that_touches_zero_inside_end_at_their_minimum) {
  auto model = test::make_model(
      R"({"name": "n", "init": 400, "bounds": [0, 5000]}, {"name": "c1", "init": -1.131, "bounds": [-10, 10]}, {"name": "c2", "init": 0.8, "bounds": [-10, 10]})",
      R"({"name": "flat", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [0, 10], "bin_content": [1]}, "yield": {"type": "fixed", "value": 300}},
         {"name": "b", "pdf": {"type": "chebyshev", "observable": "x", "params": ["c1", "c2"]}, "yield": {"type": "parameter", "name": "n"}})");
  auto const setup = setup_of(std::move(model));
  ToyRunner runner(setup);
  int n_edge = 0;
  constexpr int n_toys = 300;
  for (std::uint64_t i = 0; i < n_toys; ++i) {
    auto const record = runner.run(core::ToyId{i});
    EXPECT_TRUE(core::is_converged(record.fit().status))
        << i << core::to_string(record.fit().status);
    n_edge += record.fit().status == core::FitStatus::at_edge ? 1 : 0;
    if (i % 15 == 0) {
      ToyNll nll(runner, setup.model, core::ToyId{i});
      double const n = record.fit().values[0];
      double const lowest = grid_minimum(-2, 2, [&](double c1) {
        return grid_minimum(-1, 2, [&](double c2) { return nll({n, c1, c2}); });
      });
      EXPECT_LE(record.fit().nll, lowest + 1e-6) << i;
    }
  }
  EXPECT_GT(n_edge, 30);
}

// T5: 34 of 3,000 such toys ended in the far one of two minima.
TEST(Walls, toys_of_one_sided_modifiers_end_in_the_lower_of_two_minima) {
  for (std::string const modifier :
       {R"({"type": "normsys", "param": "a", "lo": 1.1, "hi": 1.05})",
        R"({"type": "normsys", "param": "a", "lo": 0.9, "hi": 0.95})",
        R"({"type": "weightsys", "param": "a", "lo": 1.2, "hi": 1.1, "interp_code": "code0"})",
        R"({"type": "weightsys", "param": "a", "lo": 1.2, "hi": 1.1, "interp_code": "code4p"})"}) {
    auto const setup = setup_of(test::make_model(
        R"({"name": "a", "init": 0, "bounds": [-5, 5], "constraint": {"type": "gaussian", "mean": 0, "sigma": 1}})",
        R"({"name": "b", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [0, 10], "bin_content": [1]},
            "yield": {"type": "fixed", "value": 400, "modifiers": [)" +
            modifier + "]}}"));
    ToyRunner runner(setup);
    constexpr int n_toys = 750;
    int n_failed = 0;
    for (std::uint64_t i = 0; i < n_toys; ++i) {
      auto const record = runner.run(core::ToyId{i});
      n_failed += core::is_converged(record.fit().status) ? 0 : 1;
      ToyNll nll(runner, setup.model, core::ToyId{i});
      double const lowest = std::min(grid_minimum(-5, 0, [&](double a) { return nll({a}); }),
                                     grid_minimum(0, 5, [&](double a) { return nll({a}); }));
      EXPECT_LE(record.fit().nll, lowest + 1e-6) << modifier << i;
    }
    EXPECT_LT(n_failed, 1 + n_toys / 1000) << modifier;
  }
}

// T5: where a yield reaches 0 in a kink a quarter of the toys failed.
TEST(Walls, toys_whose_yield_reaches_zero_in_a_kink_end_there) {
  auto const setup = setup_of(test::make_model(
      R"({"name": "a", "init": -1, "bounds": [-5, 5], "constraint": {"type": "gaussian", "mean": -1, "sigma": 1}})",
      R"({"name": "b", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [0, 10], "bin_content": [1]}, "yield": {"type": "fixed", "value": 100}},
         {"name": "s", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [0, 1, 10], "bin_content": [1, 1]},
          "yield": {"type": "fixed", "value": 30, "modifiers": [{"type": "weightsys", "param": "a", "lo": 0.3, "hi": 1.7, "interp_code": "code0"}]}})"));
  ToyRunner runner(setup);
  int n_kink = 0;
  constexpr int n_toys = 2000;
  for (std::uint64_t i = 0; i < n_toys; ++i) {
    auto const record = runner.run(core::ToyId{i});
    EXPECT_TRUE(core::is_converged(record.fit().status))
        << i << core::to_string(record.fit().status);
    if (record.fit().status == core::FitStatus::at_edge) {
      EXPECT_NEAR(record.fit().values[0], -1 / 0.7, 1e-12);
      EXPECT_TRUE(std::isnan(record.fit().errors[0]));
      ++n_kink;
    }
    ToyNll nll(runner, setup.model, core::ToyId{i});
    double const kink = -1 / 0.7;
    double const lowest = std::min(grid_minimum(-5, kink, [&](double a) { return nll({a}); }),
                                   grid_minimum(kink, 5, [&](double a) { return nll({a}); }));
    EXPECT_LE(record.fit().nll, lowest + 1e-6) << i;
  }
  EXPECT_GT(n_kink, n_toys / 50);
}

}  // namespace
}  // namespace toyfarm::study
