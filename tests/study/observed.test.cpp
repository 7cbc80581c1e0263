#include "toyfarm/study/observed.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "toyfarm/toys/compress_data.hpp"
#include "toyfarm/toys/generate.hpp"

#include "study/engines.hpp"
#include "study/mixes.hpp"

namespace toyfarm::study {
namespace {

/// A toy of a mix that is taken for observed data.
struct Observed {
  StudySetup setup;
  model::Sample sample;
  std::vector<double> centres;
};

Observed observe(std::string const& mix, double factor) {
  auto spec = test::read_mix(mix);
  test::scale_yields(spec, factor);
  Observed out{test::setup_of(spec), {}, {}};
  toys::generate(out.setup.tables, 7, core::ToyId{3}, out.sample);
  for (auto const& c : out.setup.model.constraints) {
    out.centres.push_back(c.mean);
  }
  return out;
}

void expect_same(Observed const& data, std::vector<double> const& start) {
  auto const& model = data.setup.model;
  ObservedData const sample{data.sample, data.centres};
  auto const by_nodes = fit_observed(model, sample, start, EngineChoice::compressed);
  auto const by_events = fit_observed(model, sample, start, EngineChoice::eventwise);
  EXPECT_EQ(by_nodes.result.status, by_events.result.status);
  EXPECT_NE(by_nodes.engine, core::Engine::eventwise);
  EXPECT_EQ(by_events.engine, core::Engine::eventwise);
  EXPECT_GT(by_nodes.bound, 0);
  EXPECT_NEAR(by_nodes.result.nll, by_events.result.nll, test::promised);
  for (std::size_t j = 0; j < start.size(); ++j) {
    double const error = by_events.result.errors[j];
    EXPECT_NEAR(by_nodes.result.values[j], by_events.result.values[j], test::promised * error);
    EXPECT_NEAR(by_nodes.result.errors[j], error, 1e-4 * error);
  }
}

class ObservedMixes : public testing::TestWithParam<std::string> {};

TEST_P(ObservedMixes, fits_by_nodes_agree_with_fits_by_events) {
  auto const data = observe(GetParam(), 10);
  expect_same(data, data.setup.truth);
}

INSTANTIATE_TEST_SUITE_P(Observed,
                         ObservedMixes,
                         testing::Values("gauss_exp",
                                         "dcb_exp",
                                         "argus_gauss",
                                         "cheb5_gauss",
                                         "histogram_gauss",
                                         "two_channel",
                                         "voigt_exp"),
                         [](auto const& named) { return named.param; });

// The layout at a bad start is of no use at the estimates: one is made there.
TEST(FitObserved, certifies_a_fit_from_a_start_far_away) {
  auto const data = observe("gauss_exp", 30);
  auto start = data.setup.truth;
  for (std::size_t j = 0; j < start.size(); ++j) {
    auto const& p = data.setup.model.parameters[j];
    start[j] += 0.3 * (p.upper - start[j]);
  }
  expect_same(data, start);
}

TEST(FitObserved, goes_by_events_where_they_are_few_or_weighted) {
  auto data = observe("gauss_exp", 1);
  auto const fit = [&](EngineChoice engine) {
    return fit_observed(data.setup.model, {data.sample, data.centres}, data.setup.truth, engine);
  };
  EXPECT_EQ(fit(EngineChoice::automatic).engine, core::Engine::eventwise);
  EXPECT_NE(fit(EngineChoice::compressed).engine, core::Engine::eventwise);
  data.sample.channels[0].weights.assign(data.sample.channels[0].size(), 2.0);
  EXPECT_EQ(fit(EngineChoice::compressed).engine, core::Engine::eventwise);
}

TEST(CompressData, keeps_the_number_of_events_in_the_weights) {
  auto const data = observe("argus_gauss", 3);
  for (unsigned refinement = 0; refinement < 3; ++refinement) {
    auto const compressed = toys::compress(data.sample, data.setup.tables, refinement);
    auto const& channel = compressed.sample.channels[0];
    double sum = static_cast<double>(channel.size() - channel.weights.size());
    for (double const w : channel.weights) {
      sum += w;
    }
    EXPECT_NEAR(sum, static_cast<double>(data.sample.channels[0].n_events), 1e-6);
    EXPECT_EQ(channel.n_events, data.sample.channels[0].n_events);
    EXPECT_LT(channel.size(), data.sample.channels[0].size() / 8);
  }
}

// An event below, between or above all cells is kept as it is.
TEST(CompressData, keeps_events_outside_all_cells) {
  auto data = observe("gauss_exp", 1);
  auto& cells = data.setup.tables.channels[0].cells;
  auto const middle = cells.size() / 2;
  for (auto* column : {&cells.lower, &cells.upper, &cells.events}) {
    column->erase(column->begin() + static_cast<std::ptrdiff_t>(middle));
  }
  cells.kinds.erase(cells.kinds.begin() + static_cast<std::ptrdiff_t>(middle));
  auto const compressed = toys::compress(data.sample, data.setup.tables, 0);
  auto const& channel = compressed.sample.channels[0];
  auto const n_kept = channel.size() - channel.weights.size();
  EXPECT_GT(n_kept, 0U);
  double sum = static_cast<double>(n_kept);
  for (double const w : channel.weights) {
    sum += w;
  }
  EXPECT_NEAR(sum, static_cast<double>(data.sample.channels[0].n_events), 1e-6);
}

}  // namespace
}  // namespace toyfarm::study
