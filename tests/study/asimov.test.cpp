// Data without fluctuations: their sums are those of the density, and fits of them end where they
// were made.
#include "toyfarm/study/asimov.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "toyfarm/fit/minimise.hpp"

#include "study/mixes.hpp"

namespace toyfarm::study {
namespace {

class Asimov : public testing::TestWithParam<std::string> {
 protected:
  model::Model model_ = model::build_model(test::read_mix(GetParam()));
};

TEST_P(Asimov, data_have_the_expected_events) {
  auto const theta = model_.init();
  auto const data = asimov_data(model_, theta);
  for (std::size_t c = 0; c < model_.channels.size(); ++c) {
    double expected = 0;
    for (auto const& process : model_.channels[c].processes) {
      expected += process.yield.value(theta);
    }
    auto const& weights = data.sample.channels[c].weights;
    EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), expected, 1e-8 * expected);
  }
}

TEST_P(Asimov, data_are_fitted_where_they_were_made) {
  auto const theta = model_.init();
  auto const data = asimov_data(model_, theta);
  fit::ExtendedNll nll(model_);
  nll.bind(data.sample, data.globals);
  fit::Minimiser minimiser(nll);
  auto start = theta;
  auto const at_truth = minimiser.minimise(theta);
  ASSERT_TRUE(core::is_converged(at_truth.status));
  for (std::size_t j = 0; j < theta.size(); ++j) {
    if (at_truth.errors[j] > 0) {
      EXPECT_NEAR(at_truth.values[j], theta[j], 1e-5 * at_truth.errors[j]) << j;
      start[j] = std::clamp(theta[j] + (j % 2 == 0 ? 1 : -1) * at_truth.errors[j],
                            model_.parameters[j].lower,
                            model_.parameters[j].upper);
    }
  }
  auto const elsewhere = minimiser.minimise(start);
  ASSERT_TRUE(core::is_converged(elsewhere.status));
  EXPECT_NEAR(elsewhere.nll, at_truth.nll, 1e-8);
}

INSTANTIATE_TEST_SUITE_P(Study, Asimov, testing::ValuesIn(test::mixes()), [](auto const& named) {
  return named.param;
});

}  // namespace
}  // namespace toyfarm::study
