#include "toyfarm/study/observed.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/toys/generate.hpp"

#include "fit/models.hpp"
#include "study/engines.hpp"
#include "study/matched_filter.hpp"
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
  out.centres = out.setup.model.observed_globals();
  return out;
}

class ObservedMixes : public testing::TestWithParam<std::string> {};

// One start at the truth is what all others are measured against.
TEST_P(ObservedMixes, end_no_higher_than_from_the_truth_wherever_they_start) {
  auto const data = observe(GetParam(), 1);
  auto const& model = data.setup.model;
  fit::ExtendedNll nll(model);
  nll.bind(data.sample, data.centres);
  double const lowest = fit::minimise(nll, data.setup.truth).nll;
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int i = 0; i < 3; ++i) {
    auto start = data.setup.truth;
    for (std::size_t j = 0; j < start.size(); ++j) {
      auto const& p = model.parameters[j];
      if (!p.fixed) {
        double const step = 0.15 * std::min(p.upper - p.lower, 10 * std::abs(start[j]) + 1);
        start[j] = std::clamp(start[j] + step * uniform(random), p.lower, p.upper);
      }
    }
    auto const fit = fit_observed(model, {data.sample, data.centres}, start);
    EXPECT_TRUE(core::is_converged(fit.result.status)) << core::to_string(fit.result.status);
    EXPECT_LE(fit.result.nll, lowest + 1e-6);
    EXPECT_EQ(fit.starts.size(), fit.result.attempts);
    EXPECT_LT(fit.result.won, fit.result.attempts);
  }
}

INSTANTIATE_TEST_SUITE_P(Observed,
                         ObservedMixes,
                         testing::Values("gauss_exp",
                                         "dcb_exp",
                                         "argus_gauss",
                                         "cheb5_gauss",
                                         "histogram_gauss",
                                         "narrow_peak",
                                         "two_channel",
                                         "voigt_exp"),
                         [](auto const& named) { return named.param; });

// Chunks of the sums, and the smaller sample that locates minima.
TEST(FitObserved, gives_the_same_bits_on_any_number_of_threads) {
  auto const data = observe("gauss_exp", 30);
  auto const fit = [&](int threads) {
    return fit_observed(data.setup.model,
                        {data.sample, data.centres},
                        data.setup.truth,
                        {.threads = threads, .starts = 0})
        .result;
  };
  auto const one = fit(1);
  EXPECT_EQ(one.status, core::FitStatus::converged);
  for (int const threads : {2, 3}) {
    auto const other = fit(threads);
    EXPECT_EQ(other.nll, one.nll);
    EXPECT_EQ(other.values, one.values);
    EXPECT_EQ(other.errors, one.errors);
    EXPECT_EQ(other.attempts, one.attempts);
  }
}

TEST(FitObserved, tries_as_many_starts_as_are_asked_for) {
  auto const data = observe("gauss_exp", 1);
  auto const fit = fit_observed(data.setup.model,
                                {data.sample, data.centres},
                                data.setup.truth,
                                {.threads = 1, .starts = 25});
  EXPECT_GE(fit.result.attempts, 25U);
  EXPECT_EQ(fit.starts[0], "start");
}

// Two peaks of nearly one size: the row says how far the second minimum lies.
TEST(FitObserved, tells_how_far_the_next_end_is) {
  auto const model = test::make_model(
      R"({"name": "nsig", "init": 60, "bounds": [0, 1e6]}, {"name": "m", "init": 2, "bounds": [0, 10]}, {"name": "s", "init": 0.1, "bounds": [0.1, 0.1]}, {"name": "n", "init": 500, "bounds": [0, 1e6]}, {"name": "lam", "init": 0, "bounds": [-1, 1]})",
      test::peak_process + "," + test::slope_process);
  core::Column events;
  for (int i = 0; i < 500; ++i) {
    events.push_back((i + 0.5) / 50);
  }
  auto const add_peak = [&](double place, int n) {
    for (int i = 0; i < n; ++i) {
      events.push_back(place + 0.2 * ((i + 0.5) / n - 0.5));
    }
  };
  add_peak(3, 60);
  add_peak(7, 66);
  auto const sample = test::sample_of(std::move(events));
  auto const fit = fit_observed(model, {sample, {}}, model.init());
  EXPECT_NEAR(fit.result.values[1], 7, 0.05);
  fit::ExtendedNll nll(model);
  nll.bind(sample, {});
  auto start = fit.result.values;
  start[1] = 3;
  auto const other = fit::minimise(nll, start);
  ASSERT_NEAR(other.values[1], 3, 0.05);
  EXPECT_NEAR(fit.result.next_end, other.nll - fit.result.nll, 1e-6);
}

// T1: whatever the width, from 10^-5 of the window on, and wherever the start.
TEST(FitObserved, finds_peaks_of_any_width_from_any_start) {
  auto const model = test::make_model(
      R"({"name": "nsig", "init": 100, "bounds": [0, 1e6]}, {"name": "m", "init": 4.2, "bounds": [0, 10]}, {"name": "s", "init": 0.7, "bounds": [2e-5, 3]},)" +
          test::slope_parameters,
      test::peak_process + "," + test::slope_process);
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(0, 1);
  for (double const width : {1e-4, 1e-3, 1e-2, 0.1, 0.5}) {
    core::Column events;
    for (int i = 0; i < 20000; ++i) {
      events.push_back(-std::log(1 - uniform(random) * (1 - std::exp(-3.0))) / 0.3);
    }
    for (int i = 0; i < 600; ++i) {
      events.push_back(3.3 + width * normal(random));
    }
    auto const sample = test::sample_of(std::move(events));
    fit::ExtendedNll nll(model);
    nll.bind(sample, {});
    auto const truth = fit::minimise(nll, std::vector<double>{600, 3.3, width, 20000, -0.3});
    for (int i = 0; i < 5; ++i) {
      std::vector<double> const start{2000 * uniform(random),
                                      10 * uniform(random),
                                      3 * uniform(random) + 2e-5,
                                      40000 * uniform(random),
                                      uniform(random) - 0.5};
      auto const fit = fit_observed(model, {sample, {}}, start);
      EXPECT_LE(fit.result.nll, truth.nll + 1e-4) << width << ' ' << i;
    }
  }
}

TEST(MatchedFilter, finds_place_width_and_yield_of_an_excess) {
  std::vector<double> x;
  for (int i = 0; i < 10000; ++i) {
    x.push_back(100 * (i + 0.5) / 10000);
  }
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 150; ++i) {
    x.push_back(42 + 0.5 * normal(random));
  }
  Spectrum spectrum;
  spectrum.x = x;
  spectrum.lower = 0;
  spectrum.upper = 100;
  spectrum.expected.assign(64, 100);
  MatchedFilter const filter(spectrum, 1e-3, 20);
  auto const found = filter.excesses(5);
  ASSERT_FALSE(found.empty());
  EXPECT_NEAR(found[0].place, 42, 0.3);
  EXPECT_GT(found[0].width, 0.3);
  EXPECT_LT(found[0].width, 0.9);
  EXPECT_NEAR(found[0].events, 150, 30);
  EXPECT_NEAR(filter.at(found[0].place, found[0].width).q, found[0].q, 0.05 * found[0].q);
  for (std::size_t i = 1; i < found.size(); ++i) {
    EXPECT_TRUE(found[i].q < 0.3 * found[0].q || std::abs(found[i].place - 42) < found[i].width + 2)
        << found[i].place << ' ' << found[i].width << ' ' << found[i].q;
  }
}

}  // namespace
}  // namespace toyfarm::study
