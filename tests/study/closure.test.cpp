// Closure of pulls over 2,000 toys (contract 4): |mean| < 0.15 and 0.93 < std < 1.07 for every
// parameter. With 2,000 toys the mean is known to 0.022 and the width to 0.016: the bounds are 6.7
// and 4.4 standard deviations away, false alarm about 1e-5 per parameter and seed; seeds are fixed.
// Toys run as they do for a user: compressed, on the layout of the study; once event by event.
// Threads of the field: root#15405 and zfit PR#179 (constraints not randomised make pulls too
// narrow), hepstats#178 (toys at the wrong point).
#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>
#include <omp.h>

#include "toyfarm/core/thread_team.hpp"
#include "toyfarm/run/input.hpp"
#include "toyfarm/study/layout.hpp"
#include "toyfarm/study/toy_runner.hpp"

#include "support/shared.hpp"

namespace toyfarm::study {
namespace {

struct PullMoments {
  std::vector<double> mean;
  std::vector<double> width;
  std::uint64_t n_not_converged = 0;
  std::uint64_t n_eventwise = 0;
};

PullMoments pulls(StudySetup const& setup, std::uint64_t n_toys) {
  int const threads = omp_get_num_procs();
  std::vector<record::ToyRecord> records(n_toys);
  std::vector<std::unique_ptr<ToyRunner>> runners(static_cast<std::size_t>(threads));
  core::parallel_for(n_toys, threads, [&](std::size_t i, int thread) {
    auto& runner = runners[static_cast<std::size_t>(thread)];
    if (!runner) {
      runner = std::make_unique<ToyRunner>(setup);
    }
    records[i] = runner->run(core::ToyId{i});
  });
  PullMoments out;
  for (auto const& r : records) {
    out.n_not_converged += core::is_converged(r.fit().status) ? 0U : 1U;
    out.n_eventwise += r.fit().engine == core::Engine::eventwise ? 1U : 0U;
  }
  for (std::size_t j = 0; j < setup.truth.size(); ++j) {
    std::vector<double> values;
    for (auto const& r : records) {
      if (core::is_converged(r.fit().status) && r.fit().errors[j] > 0) {
        values.push_back((r.fit().values[j] - setup.truth[j]) / r.fit().errors[j]);
      }
    }
    double const n = static_cast<double>(values.size());
    double const mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double const squares = std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
    out.mean.push_back(values.empty() ? 0 : mean);
    out.width.push_back(values.empty() ? 1 : std::sqrt(squares / n - mean * mean));
  }
  return out;
}

// Fewer toys have wider bounds, as many standard deviations away.
void expect_closure(StudySetup const& setup, std::uint64_t n_toys) {
  auto const moments = pulls(setup, n_toys);
  double const wider = std::max(1.0, std::sqrt(2000.0 / static_cast<double>(n_toys)));
  EXPECT_EQ(moments.n_not_converged, 0U);
  if (setup.engine == EngineChoice::eventwise) {
    EXPECT_EQ(moments.n_eventwise, n_toys);
  } else {
    EXPECT_LT(moments.n_eventwise, n_toys / 100) << "this is no test of compressed samples";
  }
  for (std::size_t j = 0; j < setup.truth.size(); ++j) {
    auto const& name = setup.model.parameters[j].name;
    EXPECT_LT(std::abs(moments.mean[j]), 0.15 * wider) << name;
    EXPECT_GT(moments.width[j], 1 - 0.07 * wider) << name;
    EXPECT_LT(moments.width[j], 1 + 0.07 * wider) << name;
  }
}

StudySetup setup_at(model::Model model, std::vector<double> truth, std::uint64_t seed) {
  StudySetup setup;
  setup.model = std::move(model);
  setup.truth = std::move(truth);
  setup.tables = build_layout(setup.model, setup.truth);
  setup.seed = seed;
  return setup;
}

StudySetup shared_setup(std::filesystem::path const& spec, std::uint64_t seed) {
  run::InputRequest options;
  options.config = spec.string();
  auto input = run::read_input(options);
  auto truth = input.model.init();
  return setup_at(std::move(input.model), std::move(truth), seed);
}

StudySetup own_setup(std::uint64_t seed) {
  auto model = model::build_model(spec::read_spec(
      test::source_folder() / "tests/data/two_channels.json", spec::UnknownFields::refuse));
  auto truth = model.init();
  return setup_at(std::move(model), std::move(truth), seed);
}

TEST(Closure, two_channels) {
  expect_closure(own_setup(42), 2000);
}

TEST(Closure, two_channels_event_by_event) {
  auto setup = own_setup(43);
  setup.engine = EngineChoice::eventwise;
  expect_closure(setup, 500);
}

// root#15405: a constraint whose global observable stays put makes the pulls of its parameter too
// narrow. 60,000 toys know the width to 0.003.
TEST(Closure, pull_width_of_a_constrained_nuisance_parameter_is_one) {
  auto const setup = own_setup(7);
  auto const moments = pulls(setup, 60000);
  auto const j = setup.model.constraints.at(0)->parameter();
  EXPECT_NEAR(moments.width[j], 1.0, 0.01);
  EXPECT_NEAR(moments.mean[j], 0.0, 0.02);
}

class OracleClosure : public testing::TestWithParam<char const*> {};
TEST_P(OracleClosure, pulls_are_unit_gaussian) {
  TOYFARM_SKIP_WITHOUT_SHARED(shared);
  expect_closure(
      shared_setup(shared / "reference/oracle/specs" / (std::string(GetParam()) + ".json"), 42),
      2000);
}
INSTANTIATE_TEST_SUITE_P(
    Specs,
    OracleClosure,
    testing::Values("s01_gauss_exp", "s11_constraints_modifiers", "s12_weighted", "s15_cheb5"),
    [](auto const& named) { return std::string(named.param); });

// 8,000 toys rather than 2,000: the slope's pulls have a true width of 1.03 and long tails
// (kurtosis 3.4), so that 2,000 toys stray over 1.07 for one seed in a hundred.
TEST(RealEventsClosure, pulls_at_the_mle_are_unit_gaussian) {
  TOYFARM_SKIP_WITHOUT_SHARED(shared);
  run::InputRequest options;
  options.config = (shared / "data/zmumu.json").string();
  auto input = run::read_input(options);
  auto truth = run::fit_data(input, input.model.init()).result.values;
  expect_closure(setup_at(std::move(input.model), std::move(truth), 42), 8000);
}

/// A runner that makes the old tools' mistake: global observables around the spec's mean instead of
/// the generation point. Closure must notice.
TEST(ClosureMutant, centres_on_the_specs_mean_are_caught) {
  auto setup = own_setup(42);
  auto const& constraint = *setup.model.constraints.at(0);
  auto const j = constraint.parameter();
  auto wrong_centre = setup.truth;
  wrong_centre[j] = constraint.observed();
  fit::ExtendedNll nll(setup.model);
  model::Sample sample;
  std::vector<double> centres(1);
  double sum = 0;
  int n_pulls = 0;  // a fit that ends in a kink has no error
  constexpr int n_toys = 500;
  for (std::uint64_t i = 0; i < n_toys; ++i) {
    toys::generate(setup.tables, setup.seed, core::ToyId{i}, sample);
    toys::global_observables(setup.model, wrong_centre, setup.seed, core::ToyId{i}, centres);
    nll.bind(sample, centres);
    auto const fit = fit::minimise(nll, setup.truth);
    if (fit.errors[j] > 0) {
      sum += (fit.values[j] - setup.truth[j]) / fit.errors[j];
      ++n_pulls;
    }
  }
  EXPECT_GT(n_pulls, n_toys / 2);
  EXPECT_GT(std::abs(sum / n_pulls), 0.2) << "the mutant passes the closure bound of 0.15";
}

// s11 has init 91.0 and mean 91.19 +- 0.05: the wrong centre shifts the pull of m by more than 3.
TEST(ClosureMutant, s11_catches_it) {
  TOYFARM_SKIP_WITHOUT_SHARED(shared);
  auto setup = shared_setup(shared / "reference/oracle/specs/s11_constraints_modifiers.json", 42);
  auto const m = *setup.model.index_of("m");
  setup.constraints = record::ConstraintMode::fixed;
  auto const kept = pulls(setup, 200);
  EXPECT_GT(kept.mean[m], 3);
  auto wrong = setup.truth;
  wrong[m] = 91.19;
  fit::ExtendedNll nll(setup.model);
  model::Sample sample;
  std::vector<double> centres(setup.model.constraints.size());
  double sum = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    toys::generate(setup.tables, 42, core::ToyId{i}, sample);
    toys::global_observables(setup.model, wrong, 42, core::ToyId{i}, centres);
    nll.bind(sample, centres);
    auto const fit = fit::minimise(nll, setup.truth);
    sum += (fit.values[m] - setup.truth[m]) / fit.errors[m];
  }
  EXPECT_GT(sum / 200, 3);
}

}  // namespace
}  // namespace toyfarm::study
