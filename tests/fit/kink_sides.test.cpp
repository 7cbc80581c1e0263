// A point in the kinks of its yields, looked at from other sides after it was summed once.
#include <gtest/gtest.h>

#include "toyfarm/fit/extended_nll.hpp"

#include "fit/models.hpp"

namespace toyfarm::fit {
namespace {

using model::Derivatives;
using model::KinkSide;

/// The yield of the peak has `n_kinks` modifiers with a kink at 0: with few, a channel sums the
/// scores of its parameters; with many, the functions that these are made of.
model::Model with_kinks(int n_kinks) {
  std::string parameters = test::slope_parameters + ", " + test::peak_parameters;
  std::string modifiers;
  for (int k = 0; k < n_kinks; ++k) {
    auto const name = "a" + std::to_string(k);
    parameters += R"(, {"name": ")" + name + R"(", "init": 0, "bounds": [-5, 5]})";
    modifiers += (k > 0 ? ", " : "") + (R"({"type": "normsys", "param": ")" + name) +
                 R"(", "lo": 0.9, "hi": 1.3})";
  }
  auto peak = test::peak_process;
  auto const yield = peak.find(R"({"type": "parameter")");
  peak = peak.substr(0, yield) +
         R"({"type": "scaled", "base_yield": 1, "scale": "nsig", "modifiers": [)" + modifiers +
         "]}}";
  return test::make_model(parameters, test::slope_process + ", " + peak);
}

void expect_same(NllPoint const& a, NllPoint const& b, Derivatives order) {
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.scale, b.scale);
  // First derivatives alone are summed in another order than beside second ones.
  EXPECT_TRUE(a.gradient.isApprox(b.gradient, 1e-14)) << a.gradient << "\n" << b.gradient;
  if (order == Derivatives::second) {
    EXPECT_EQ(a.gradient, b.gradient);
    EXPECT_EQ(a.hessian, b.hessian);
    EXPECT_EQ(a.score_square, b.score_square);
    EXPECT_EQ(a.support, b.support);
  }
}

class KinkSides : public testing::TestWithParam<int> {
 protected:
  model::Model model_ = with_kinks(GetParam());
  model::Sample sample_ = test::peak_on_slope(200, 300);
  std::vector<double> theta_ = model_.init();
  std::vector<KinkSide> above_ = std::vector<KinkSide>(theta_.size(), KinkSide::above);
  std::vector<KinkSide> below_ = std::vector<KinkSide>(theta_.size(), KinkSide::below);

  void expect_as_if_summed_anew(ExtendedNll& nll,
                                std::vector<KinkSide> const& sides,
                                Derivatives order) {
    ExtendedNll anew(model_);
    anew.bind(sample_, {});
    NllPoint expected, found;
    ASSERT_TRUE(anew.evaluate(theta_, sides, order, expected));
    ASSERT_TRUE(nll.evaluate(theta_, sides, order, found));
    expect_same(found, expected, order);
  }
};

TEST_P(KinkSides, of_a_point_are_as_if_it_were_summed_anew) {
  ExtendedNll nll(model_);
  nll.bind(sample_, {});
  auto mixed = above_;
  mixed.back() = KinkSide::below;
  for (auto const order : {Derivatives::second, Derivatives::first}) {
    for (auto const& sides : {above_, below_, mixed, below_}) {
      expect_as_if_summed_anew(nll, sides, order);
    }
  }
  expect_as_if_summed_anew(nll, mixed, Derivatives::second);
}

TEST_P(KinkSides, differ_in_their_slopes) {
  ExtendedNll nll(model_);
  nll.bind(sample_, {});
  NllPoint point, other;
  ASSERT_TRUE(nll.evaluate(theta_, above_, Derivatives::second, point));
  ASSERT_TRUE(nll.evaluate(theta_, below_, Derivatives::first, other));
  EXPECT_NE(point.gradient.tail(1), other.gradient.tail(1));
}

TEST_P(KinkSides, of_second_order_after_first_are_summed_anew) {
  ExtendedNll nll(model_);
  nll.bind(sample_, {});
  NllPoint first;
  ASSERT_TRUE(nll.evaluate(theta_, above_, Derivatives::first, first));
  expect_as_if_summed_anew(nll, below_, Derivatives::second);
}

TEST_P(KinkSides, of_another_sample_or_model_are_summed_anew) {
  ExtendedNll nll(model_);
  nll.bind(sample_, {});
  expect_as_if_summed_anew(nll, above_, Derivatives::second);
  sample_ = test::peak_on_slope(50, 100);
  nll.bind(sample_, {});
  expect_as_if_summed_anew(nll, below_, Derivatives::second);
  nll.set_off(0, 0, true);
  NllPoint off, on;
  ASSERT_TRUE(nll.evaluate(theta_, below_, Derivatives::second, off));
  nll.set_off(0, 0, false);
  ASSERT_TRUE(nll.evaluate(theta_, below_, Derivatives::second, on));
  EXPECT_NE(off.value, on.value);
}

INSTANTIATE_TEST_SUITE_P(ExtendedNll, KinkSides, testing::Values(1, 8));

}  // namespace
}  // namespace toyfarm::fit
