// Models of many modifiers, parameters, observables and break points.
#include <algorithm>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "toyfarm/fit/extended_nll.hpp"

#include "fit/models.hpp"

namespace toyfarm::fit {
namespace {

using test::evaluate;
using test::make_model;
using test::peak_on_slope;
using test::slope_parameters;

/// make(i) for i < n, with commas between.
template <class Make>
std::string listed(std::size_t n, Make make) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i) {
    text += (i == 0 ? "" : ", ") + make(std::to_string(i));
  }
  return text;
}

std::string parameters_called(std::string const& prefix, std::size_t n, std::string const& rest) {
  return listed(
      n, [&](auto const& i) { return R"({"name": ")" + prefix + i + R"(", )" + rest + "}"; });
}

// The derivatives by some parameters against differences of value and gradient.
void expect_derivatives(model::Model const& model,
                        model::Sample const& sample,
                        std::vector<double> const& theta,
                        std::vector<std::size_t> const& some) {
  ExtendedNll nll(model);
  nll.bind(sample, {});
  auto const at = evaluate(nll, theta);
  for (auto const j : some) {
    double const h = 1e-4 * std::max(0.01, std::abs(theta[j]));
    auto plus = theta;
    auto minus = theta;
    plus[j] += h;
    minus[j] -= h;
    auto const above = evaluate(nll, plus, model::Derivatives::first);
    auto const below = evaluate(nll, minus, model::Derivatives::first);
    auto const row = static_cast<Eigen::Index>(j);
    EXPECT_NEAR(at.gradient[row],
                (above.value - below.value) / (2 * h),
                1e-5 * std::max(1.0, at.gradient.cwiseAbs().maxCoeff()))
        << j;
    Eigen::VectorXd const column = (above.gradient - below.gradient) / (2 * h);
    EXPECT_LT((column - at.hessian.col(row)).norm(), 1e-5 * at.hessian.col(row).norm()) << j;
  }
}

// T7: fixed workspaces ended at 48 modifiers.
TEST(LargeModels, a_yield_may_have_a_thousand_modifiers) {
  constexpr std::size_t n = 1000;
  auto const modifiers = listed(n, [](auto const& i) {
    return R"({"type": "weightsys", "interp_code": "code4p", "lo": 0.99, "hi": 1.02, "param": "a)" +
           i + "\"}";
  });
  auto const model = make_model(
      slope_parameters + ", " + parameters_called("a", n, R"("init": 0, "bounds": [-5, 5])"),
      R"({"name": "bkg", "pdf": {"type": "exponential", "observable": "x", "params": ["lam"]},
          "yield": {"type": "scaled", "base_yield": 10, "scale": "n", "modifiers": [)" +
          modifiers + "]}}");
  auto theta = model.init();
  for (std::size_t i = 0; i < n; ++i) {
    theta[2 + i] = 0.3 - 0.001 * static_cast<double>(i % 5);
  }
  expect_derivatives(model, peak_on_slope(30, 70), theta, {0, 1, 2, 501, 1001});
}

// T7: fixed workspaces ended at 32 parameters of a density.
TEST(LargeModels, a_polynomial_may_have_hundreds_of_parameters) {
  constexpr std::size_t n = 200;
  auto const model =
      make_model(R"({"name": "n", "init": 100, "bounds": [0, 1e6]}, )" +
                     parameters_called("c", n, R"("init": 0.001, "bounds": [-1, 1])"),
                 R"({"name": "bkg", "yield": {"type": "parameter", "name": "n"},
          "pdf": {"type": "chebyshev", "observable": "x", "params": [)" +
                     listed(n, [](auto const& i) { return "\"c" + i + "\""; }) + "]}}");
  expect_derivatives(model, peak_on_slope(30, 70), model.init(), {0, 1, 2, 100, 200});
}

/// A channel of n observables with a product of one density on each.
model::Model wide_model(std::size_t n, std::string const& parameters, std::string const& pdf) {
  auto const observables =
      listed(n, [](auto const& i) { return R"({"name": "x)" + i + R"(", "bounds": [0, 10]})"; });
  auto const components =
      listed(n, [&](auto const& i) { return R"({"observable": "x)" + i + R"(", )" + pdf + "}"; });
  return model::build_model(spec::parse_spec(
      R"({"schema_version": "nextstat_unbinned_spec_v0", "model": {"parameters": [)" + parameters +
          R"(]}, "channels": [{"name": "main", "observables": [)" + observables +
          R"(], "processes": [{"name": "a", "yield": {"type": "parameter", "name": "n"}, )" +
          R"("pdf": {"type": "product", "components": [)" + components + "]}}]}]}",
      "wide.json",
      spec::UnknownFields::refuse));
}

// T7: fixed workspaces ended at 16, 32 and 64 observables.
TEST(LargeModels, a_channel_may_have_a_thousand_observables) {
  constexpr std::size_t n = 1000;
  auto const model = wide_model(n,
                                R"({"name": "n", "init": 3, "bounds": [0, 1e6]},
                                   {"name": "lam", "init": -0.1, "bounds": [-5, 5], "fixed": true})",
                                R"("type": "exponential", "params": ["lam"])");
  model::Sample sample;
  sample.channels.emplace_back();
  sample.channels[0].n_events = 3;
  double sum = 0;
  for (std::size_t o = 0; o < n; ++o) {
    sample.channels[0].columns.push_back({0.5, 1 + 0.001 * static_cast<double>(o), 9});
    sum += 10.5 + 0.001 * static_cast<double>(o);
  }
  ExtendedNll nll(model);
  nll.bind(sample, {});
  double const log_norm = std::log((1 - std::exp(-1.0)) / 0.1);
  EXPECT_NEAR(
      evaluate(nll, {3, -0.1}).value, 3 - 3 * std::log(3.0) + 0.1 * sum + 3.0 * n * log_norm, 1e-9);
}

// T7: room for 128 break points was shared by all observables.
TEST(LargeModels, have_room_for_the_break_points_of_every_observable) {
  auto const model = wide_model(200,
                                R"({"name": "n", "init": 3, "bounds": [0, 1e6]},
                                   {"name": "m", "init": 5, "bounds": [2, 8], "fixed": true},
                                   {"name": "s", "init": 1, "bounds": [0.5, 2], "fixed": true},
                                   {"name": "a", "init": 1.5, "bounds": [1, 2], "fixed": true},
                                   {"name": "k", "init": 3, "bounds": [2, 9], "fixed": true})",
                                R"("type": "double_crystal_ball",
                                   "params": ["m", "s", "a", "k", "a", "k"])");
  ExtendedNll nll(model);
  auto const places = nll.moving_break_points(0, model.init());
  ASSERT_EQ(places.size(), 400U);
  EXPECT_EQ(places[398], 3.5);
  EXPECT_EQ(places[399], 6.5);
}

}  // namespace
}  // namespace toyfarm::fit
