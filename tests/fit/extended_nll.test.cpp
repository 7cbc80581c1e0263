#include "toyfarm/fit/extended_nll.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "toyfarm/fit/why_infinite.hpp"

#include "fit/models.hpp"

namespace toyfarm::fit {
namespace {

using test::evaluate;
using test::make_model;
using test::peak_on_slope;
using test::peak_parameters;
using test::peak_process;
using test::sample_of;
using test::slope_parameters;
using test::slope_process;

// Within some ulp of what the sums of an entry are made of.
void expect_same(NllPoint const& a, NllPoint const& b) {
  EXPECT_NEAR(a.value, b.value, 1e-14 * b.scale);
  Eigen::VectorXd const lengths = b.hessian.diagonal().cwiseAbs().cwiseSqrt();
  for (Eigen::Index k = 0; k < b.gradient.size(); ++k) {
    EXPECT_NEAR(a.gradient[k], b.gradient[k], 1e-11 * (1 + lengths[k])) << k;
    for (Eigen::Index l = 0; l <= k; ++l) {
      EXPECT_NEAR(a.hessian(k, l), b.hessian(k, l), 1e-11 * (1 + lengths[k] * lengths[l]))
          << k << ' ' << l;
      EXPECT_EQ(a.hessian(k, l), a.hessian(l, k));
    }
  }
}

TEST(ExtendedNll, gradient_and_hessian_match_finite_differences_of_the_value) {
  auto const model =
      make_model(peak_parameters + "," + slope_parameters, peak_process + "," + slope_process);
  auto const sample = peak_on_slope(300, 700);
  ExtendedNll nll(model);
  nll.bind(sample, {});
  std::vector<double> const theta{250, 4.1, 0.6, 650, -0.25};
  std::vector<model::KinkSide> const sides(5, model::KinkSide::above);
  NllPoint at;
  ASSERT_TRUE(nll.evaluate(theta, sides, model::Derivatives::second, at));
  for (std::size_t j = 0; j < theta.size(); ++j) {
    double const h = 1e-4 * std::abs(theta[j]);
    auto plus = theta;
    auto minus = theta;
    plus[j] += h;
    minus[j] -= h;
    NllPoint above;
    NllPoint below;
    ASSERT_TRUE(nll.evaluate(plus, sides, model::Derivatives::first, above));
    ASSERT_TRUE(nll.evaluate(minus, sides, model::Derivatives::first, below));
    auto const row = static_cast<Eigen::Index>(j);
    EXPECT_NEAR(at.gradient[row],
                (above.value - below.value) / (2 * h),
                1e-5 * std::max(1.0, std::abs(at.gradient[row])));
    Eigen::VectorXd const column = (above.gradient - below.gradient) / (2 * h);
    EXPECT_LT((column - at.hessian.col(row)).norm(), 1e-6 * at.hessian.col(row).norm());
  }
}

TEST(ExtendedNll, weight_two_equals_the_event_twice) {
  auto const model = make_model(slope_parameters, slope_process);
  auto once = sample_of({1.0, 2.0, 7.5});
  once.channels[0].weights = {1.0, 2.0, 1.0};
  auto const twice = sample_of({1.0, 2.0, 2.0, 7.5});
  ExtendedNll a(model);
  ExtendedNll b(model);
  a.bind(once, {});
  b.bind(twice, {});
  std::vector<double> const theta{4, -0.2};
  std::vector<model::KinkSide> const sides(2, model::KinkSide::above);
  NllPoint pa;
  NllPoint pb;
  ASSERT_TRUE(a.evaluate(theta, sides, model::Derivatives::second, pa));
  ASSERT_TRUE(b.evaluate(theta, sides, model::Derivatives::second, pb));
  EXPECT_NEAR(pa.value, pb.value, 1e-12);
  EXPECT_LT((pa.hessian - pb.hessian).norm(), 1e-12 * pb.hessian.norm());
}

/// A density that keeps the form of its second derivatives to itself.
class Formless : public model::Density {
 public:
  explicit Formless(std::unique_ptr<Density const> density) : density_(std::move(density)) {}
  [[nodiscard]] std::size_t n_params() const noexcept override { return density_->n_params(); }
  [[nodiscard]] std::size_t scratch_size() const noexcept override {
    return density_->scratch_size();
  }
  [[nodiscard]] bool prepare(std::span<double const> theta,
                             model::Derivatives order,
                             std::span<double> scratch) const override {
    return density_->prepare(theta, order, scratch);
  }
  void evaluate(std::span<double const> scratch,
                model::Points points,
                model::Derivatives order,
                model::LogDensityView out) const override {
    density_->evaluate(scratch, points, order, out);
  }
  [[nodiscard]] std::vector<double> break_points(std::span<double const> theta) const override {
    return density_->break_points(theta);
  }
  [[nodiscard]] std::vector<double> guide_points(std::span<double const> theta) const override {
    return density_->guide_points(theta);
  }

 private:
  std::unique_ptr<Density const> density_;
};

void hide_forms(model::Model& model) {
  for (auto& process : model.channels[0].processes) {
    ASSERT_NE(process.shape.density->second_form(), model::SecondForm::columns) << process.name;
    process.shape.density = std::make_unique<Formless>(std::move(process.shape.density));
  }
}

/// One density alone, or two that share the sample.
struct FormCase {
  std::string name;
  std::string parameters;
  std::string processes;
  std::vector<double> theta;
};

std::vector<FormCase> densities() {
  return {
      {"gaussian", peak_parameters, peak_process, {260, 4.3, 0.55}},
      {"exponential", slope_parameters, slope_process, {700, -0.21}},
      {"argus",
       R"({"name": "na", "init": 500, "bounds": [0, 1e6]}, {"name": "c", "init": -1, "bounds": [-50, 50]}, {"name": "p", "init": 0.5, "bounds": [0, 5]})",
       R"({"name": "argus", "pdf": {"type": "argus", "observable": "x", "params": ["c", "p"]}, "yield": {"type": "parameter", "name": "na"}})",
       {480, -2.5, 0.8}},
      {"chebyshev",
       R"({"name": "np", "init": 500, "bounds": [0, 1e6]}, {"name": "c1", "init": 0, "bounds": [-1, 1]}, {"name": "c2", "init": 0, "bounds": [-1, 1]}, {"name": "c3", "init": 0, "bounds": [-1, 1]})",
       R"({"name": "cheb", "pdf": {"type": "chebyshev", "observable": "x", "params": ["c1", "c2", "c3"]}, "yield": {"type": "parameter", "name": "np"}})",
       {520, -0.4, 0.2, -0.1}}};
}

std::vector<FormCase> form_cases() {
  std::vector<FormCase> all;
  auto const cases = densities();
  for (std::size_t a = 0; a < cases.size(); ++a) {
    all.push_back(cases[a]);
    for (std::size_t b = 0; b < a; ++b) {
      all.push_back({cases[a].name + "_" + cases[b].name,
                     cases[a].parameters + ", " + cases[b].parameters,
                     cases[a].processes + ", " + cases[b].processes,
                     cases[a].theta});
      all.back().theta.insert(all.back().theta.end(), cases[b].theta.begin(), cases[b].theta.end());
    }
  }
  return all;
}

class SecondForms : public testing::TestWithParam<FormCase> {};

TEST_P(SecondForms, give_the_hessian_that_columns_give) {
  auto const& c = GetParam();
  auto const model = make_model(c.parameters, c.processes);
  auto hidden = make_model(c.parameters, c.processes);
  hide_forms(hidden);
  auto sample = peak_on_slope(150, 361);
  for (bool const weighted : {false, true}) {
    if (weighted) {
      for (std::size_t i = 0; i < sample.channels[0].size(); ++i) {
        sample.channels[0].weights.push_back(i % 7 == 0 ? -0.5 : 1.25);
      }
    }
    ExtendedNll by_form(model);
    ExtendedNll by_columns(hidden);
    by_form.bind(sample, {});
    by_columns.bind(sample, {});
    expect_same(evaluate(by_form, c.theta), evaluate(by_columns, c.theta));
    // Sums of an evaluation without second derivatives must not stay behind.
    evaluate(by_form, c.theta, model::Derivatives::first);
    expect_same(evaluate(by_form, c.theta), evaluate(by_columns, c.theta));
  }
}

INSTANTIATE_TEST_SUITE_P(ExtendedNll,
                         SecondForms,
                         testing::ValuesIn(form_cases()),
                         [](auto const& named) { return named.param.name; });

/// `parameters` where those called `names` are fixed.
model::Model with_fixed(model::Model model, std::vector<std::string> const& names) {
  for (auto& p : model.parameters) {
    p.fixed = p.fixed || std::find(names.begin(), names.end(), p.name) != names.end();
  }
  return model;
}

// A density none of whose parameters is free is evaluated without derivatives; nothing else may
// change.
TEST(ExtendedNll, fixing_all_parameters_of_a_density_leaves_the_derivatives_by_the_others) {
  auto const parameters = peak_parameters + "," + slope_parameters;
  auto const processes = peak_process + "," + slope_process;
  auto const free = make_model(parameters, processes);
  auto const fixed = with_fixed(make_model(parameters, processes), {"m", "s"});
  auto const sample = peak_on_slope(300, 700);
  ExtendedNll all(free);
  ExtendedNll rest(fixed);
  all.bind(sample, {});
  rest.bind(sample, {});
  std::vector<double> const theta{250, 4.1, 0.6, 650, -0.25};
  auto expected = evaluate(all, theta);
  for (Eigen::Index const k : {1, 2}) {  // not given
    expected.gradient[k] = 0;
    expected.hessian.row(k).setZero();
    expected.hessian.col(k).setZero();
  }
  auto const point = evaluate(rest, theta);
  EXPECT_EQ(point.value, expected.value);
  expect_same(point, expected);
}

// What is kept of a density that does not change must go when it does: theta is the caller's.
TEST(ExtendedNll, fixed_parameters_may_still_be_moved) {
  auto const parameters = peak_parameters + "," + slope_parameters;
  auto const processes = peak_process + "," + slope_process;
  auto const fixed = with_fixed(make_model(parameters, processes), {"m", "s"});
  auto const sample = peak_on_slope(300, 700);
  std::vector<double> const here{250, 4.1, 0.6, 650, -0.25};
  std::vector<double> const there{250, 4.2, 0.5, 650, -0.25};
  std::vector<double> const outside{250, 4.2, -0.5, 650, -0.25};
  ExtendedNll nll(fixed);
  nll.bind(sample, {});
  auto const first = evaluate(nll, here);
  ExtendedNll fresh(fixed);
  fresh.bind(sample, {});
  auto const elsewhere = evaluate(fresh, there);
  EXPECT_NE(first.value, elsewhere.value);
  EXPECT_EQ(evaluate(nll, there).value, elsewhere.value);
  std::vector<model::KinkSide> const sides(here.size(), model::KinkSide::above);
  NllPoint point;
  EXPECT_FALSE(nll.evaluate(outside, sides, model::Derivatives::second, point));
  EXPECT_FALSE(nll.evaluate(outside, sides, model::Derivatives::second, point));
  EXPECT_EQ(evaluate(nll, here).value, first.value);
}

// T12: an infinite NLL named neither channel, process nor event.
TEST(WhyInfinite, names_channel_process_and_event_just_where_the_nll_is_infinite) {
  auto const model = make_model(
      peak_parameters + R"(, {"name": "nb", "init": 10, "bounds": [0, 1e6]})",
      peak_process +
          R"(, {"name": "box", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [0, 5, 10], "bin_content": [1, 0]}, "yield": {"type": "parameter", "name": "nb"}})");
  auto const sample = sample_of({1, 4.25, 9});
  ExtendedNll nll(model);
  nll.bind(sample, {});
  std::vector<model::KinkSide> const sides(4, model::KinkSide::above);
  auto const why = [&](std::vector<double> const& theta) {
    NllPoint point;
    auto const reason = why_infinite(model, sample, theta);
    EXPECT_EQ(nll.evaluate(theta, sides, model::Derivatives::none, point), !reason);
    return reason.value_or("");
  };
  EXPECT_EQ(why({200, 4, 0.5, 10}), "");
  EXPECT_EQ(why({200, 4, 0.01, 10}), "");  // the density underflows, its logarithm does not
  EXPECT_EQ(why({200, 4, -0.5, 10}),
            "channel 'main', process 'sig': its density is undefined at m = 4, s = -0.5");
  EXPECT_EQ(why({-1, 4, 0.5, 10}), "channel 'main', process 'sig': the yield is -1 at nsig = -1");
  EXPECT_EQ(why({0, 4, 0.5, 10}), "channel 'main': event 3 of 3 (x = 9) has zero density");
  EXPECT_EQ(why({0, 4, 0.5, 0}),
            "channel 'main': event 1 of 3 (x = 1) has zero density: all yields are 0");
}

}  // namespace
}  // namespace toyfarm::fit
