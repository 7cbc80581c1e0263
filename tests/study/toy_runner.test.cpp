#include "toyfarm/study/toy_runner.hpp"

#include <cmath>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "toyfarm/spec/spec.hpp"

#include "support/shared.hpp"

namespace toyfarm::study {
namespace {

StudySetup setup_of(spec::Spec const& spec, std::uint64_t seed = 42) {
  StudySetup setup;
  setup.model = model::build_model(spec);
  setup.truth = setup.model.init();
  setup.tables = toys::build_tables(setup.model, setup.truth);
  setup.seed = seed;
  return setup;
}

spec::Spec two_channels() {
  return spec::read_spec(test::source_folder() / "tests/data/two_channels.json",
                         spec::UnknownFields::refuse);
}

void expect_equal(record::ToyRecord const& a, record::ToyRecord const& b) {
  EXPECT_EQ(a.toy, b.toy);
  EXPECT_EQ(a.fit().status, b.fit().status);
  EXPECT_EQ(a.fit().nll, b.fit().nll);
  EXPECT_EQ(a.fit().edm, b.fit().edm);
  EXPECT_EQ(a.n_events, b.n_events);
  EXPECT_EQ(a.fit().values, b.fit().values);
  EXPECT_EQ(a.global_observables, b.global_observables);
  for (std::size_t j = 0; j < a.fit().errors.size(); ++j) {
    EXPECT_TRUE(a.fit().errors[j] == b.fit().errors[j] ||
                (std::isnan(a.fit().errors[j]) && std::isnan(b.fit().errors[j])));
  }
}

// combine#109: state must not leak from one toy to the next.
TEST(ToyRunner, gives_a_toy_the_same_record_in_any_order) {
  auto const setup = setup_of(two_channels());
  ToyRunner forward(setup);
  std::vector<record::ToyRecord> records;
  for (std::uint64_t i = 0; i < 12; ++i) {
    records.push_back(forward.run(core::ToyId{i}));
  }
  ToyRunner backward(setup);
  for (std::uint64_t i = 12; i-- > 0;) {
    expect_equal(backward.run(core::ToyId{i}), records[i]);
    ToyRunner alone(setup);
    expect_equal(alone.run(core::ToyId{i}), records[i]);
  }
}

// icecube/pisa#33, ldmx-sw#908 and others: in the old tools toy i of seed 42 was toy i-1 of
// seed 43.
TEST(ToyRunner, shares_no_toy_between_seeds) {
  auto const a = setup_of(two_channels(), 42);
  auto const b = setup_of(two_channels(), 43);
  ToyRunner run_a(a);
  ToyRunner run_b(b);
  std::vector<double> nlls;
  for (std::uint64_t i = 0; i < 30; ++i) {
    nlls.push_back(run_a.run(core::ToyId{i}).fit().nll);
    nlls.push_back(run_b.run(core::ToyId{i}).fit().nll);
  }
  std::sort(nlls.begin(), nlls.end());
  EXPECT_EQ(std::adjacent_find(nlls.begin(), nlls.end()), nlls.end());
}

// Contract 7: switching a channel out of the fit changes nothing in what the others are.
TEST(ToyRunner, a_channel_outside_the_fit_is_generated_and_counted_but_not_fitted) {
  auto spec = two_channels();
  auto const with = setup_of(spec);
  spec.channels[1].include_in_fit = false;
  auto const without = setup_of(spec);
  ToyRunner run_with(with);
  ToyRunner run_without(without);
  auto const a = run_with.run(core::ToyId{5});
  auto const b = run_without.run(core::ToyId{5});
  EXPECT_EQ(a.n_events, b.n_events);
  EXPECT_GT(a.n_events[2], 0U);
  EXPECT_NE(a.fit().nll, b.fit().nll);
  EXPECT_EQ(b.fit().values[4], 0.2) << "c1 is in no fitted channel now";
  EXPECT_TRUE(std::isnan(b.fit().errors[4]));
  EXPECT_EQ(b.fit().status, core::FitStatus::converged);
}

// combine#847, root#10634: what was randomised is in the row.
TEST(ToyRunner, global_observables_are_drawn_around_the_generation_point_or_kept) {
  auto setup = setup_of(two_channels());
  ToyRunner randomised(setup);
  double sum = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    sum += randomised.run(core::ToyId{i}).global_observables.at(0);
  }
  EXPECT_NEAR(sum / 400, 0.3, 4.0 / 20) << "4 sigma: false alarm 6e-5 for another seed";
  setup.constraints = record::ConstraintMode::fixed;
  ToyRunner kept(setup);
  EXPECT_EQ(kept.run(core::ToyId{0}).global_observables.at(0), 0.0);
}

// Constraints that say far more than ten events do. Means and widths of 400 pulls within 5 standard
// deviations: false alarm 5e-6.
TEST(ToyRunner, pulls_of_constrained_parameters_are_unit_normal) {
  for (std::string const constraint :
       {R"({"type":"gaussian","mean":1,"sigma":0.05})",
        R"({"type":"bifurcated_gaussian","mean":1,"sigma_l":0.048,"sigma_r":0.05})",
        R"({"type":"log_normal","mean":1,"kappa":1.05})",
        R"({"type":"gamma","mean":1,"sigma":0.05})",
        R"({"type":"poisson","observed":400,"scale":400})"}) {
    auto const setup = setup_of(spec::parse_spec(
        R"({"schema_version":"nextstat_unbinned_spec_v0","model":{"parameters":[)"
        R"({"name":"a","init":1,"bounds":[1e-3,9],"constraint":)" +
            constraint +
            R"(}]},"channels":[{"name":"c","observables":[{"name":"x","bounds":[0,10]}],)"
            R"("processes":[{"name":"p","pdf":{"type":"exponential","observable":"x",)"
            R"("params":["a"]},"yield":{"type":"fixed","value":10}}]}]})",
        "constraint",
        spec::UnknownFields::refuse));
    ToyRunner runner(setup);
    constexpr int n = 400;
    double sum = 0;
    double squares = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      auto const toy = runner.run(core::ToyId{i});
      ASSERT_TRUE(core::is_converged(toy.fit().status)) << constraint;
      double const pull = (toy.fit().values.at(0) - 1) / toy.fit().errors.at(0);
      sum += pull;
      squares += pull * pull;
    }
    EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n)) << constraint;
    EXPECT_NEAR(std::sqrt(squares / n), 1, 5 / std::sqrt(2.0 * n)) << constraint;
  }
}

TEST(OtherStarts, begin_with_init_stay_inside_and_leave_fixed_parameters_alone) {
  auto const model = model::build_model(two_channels());
  auto first = model.init();
  first[0] = 2.0;
  auto const starts = other_starts(model, first, 42, core::ToyId{3});
  ASSERT_GE(starts.size(), 4U);
  EXPECT_EQ(starts[0], model.init());
  for (auto const& start : starts) {
    for (std::size_t j = 0; j < start.size(); ++j) {
      EXPECT_GE(start[j], model.parameters[j].lower);
      EXPECT_LE(start[j], model.parameters[j].upper);
    }
    EXPECT_EQ(start[6], 2.0);
  }
  EXPECT_EQ(other_starts(model, first, 42, core::ToyId{3}), starts);
}

}  // namespace
}  // namespace toyfarm::study
