// Several fits of one toy: each is what a fit of the same events alone would be.
#include <cmath>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/study/layout.hpp"
#include "toyfarm/study/setup_codec.hpp"

#include "support/scratch.hpp"
#include "support/shared.hpp"

namespace toyfarm::study {
namespace {

spec::Spec two_channels() {
  return spec::read_spec(test::source_folder() / "tests/data/two_channels.json",
                         spec::UnknownFields::refuse);
}

StudySetup setup_of(spec::Spec const& spec, EngineChoice engine = EngineChoice::automatic) {
  StudySetup setup;
  setup.model = model::build_model(spec);
  setup.truth = setup.model.init();
  setup.tables = build_layout(setup.model, setup.truth);
  setup.engine = engine;
  return setup;
}

constexpr std::uint64_t n_toys = 40;

class HeldPoi : public testing::TestWithParam<EngineChoice> {};
INSTANTIATE_TEST_SUITE_P(Engines,
                         HeldPoi,
                         testing::Values(EngineChoice::automatic, EngineChoice::eventwise));

TEST_P(HeldPoi, is_fitted_as_a_model_in_which_it_is_fixed) {
  auto const spec = two_channels();
  auto several = setup_of(spec, GetParam());
  auto const poi = several.model.poi.value();
  auto const& p = several.model.parameters[poi];
  double const value = several.truth[poi] + 0.1 * (p.upper - several.truth[poi]);
  several.hypotheses = {{}, {{{poi, value}}}, {{{poi, several.truth[poi]}}}};
  auto plain = setup_of(spec, GetParam());
  auto fixed = setup_of(spec, GetParam());
  fixed.model.parameters[poi].fixed = true;
  fixed.truth[poi] = value;  // where fits start; the toys are those of the tables
  fixed.constraints = record::ConstraintMode::randomize;
  ToyRunner runner(several);
  ToyRunner alone(plain);
  ToyRunner conditional(fixed);
  for (std::uint64_t i = 0; i < n_toys; ++i) {
    auto const toy = runner.run({i});
    ASSERT_EQ(toy.fits.size(), 3U);
    auto const& free = alone.run({i}).fit();
    EXPECT_EQ(toy.fits[0].nll, free.nll) << "the first fit does not know of the others";
    EXPECT_EQ(toy.fits[0].values, free.values);
    auto const& other = conditional.run({i});
    ASSERT_EQ(other.n_events, toy.n_events);
    auto const& held = toy.fits[1];
    ASSERT_TRUE(core::is_converged(held.status)) << i;
    EXPECT_EQ(held.values[poi], value);
    EXPECT_TRUE(std::isnan(held.errors[poi]));
    if (other.global_observables == toy.global_observables) {
      EXPECT_NEAR(held.nll, other.fit().nll, 2e-6) << i;
      for (std::size_t j = 0; j < held.values.size(); ++j) {
        if (held.errors[j] > 0) {
          EXPECT_NEAR(held.values[j], other.fit().values[j], 1e-5 * held.errors[j]) << i;
          EXPECT_NEAR(held.errors[j], other.fit().errors[j], 1e-4 * held.errors[j]) << i;
        }
      }
    }
    for (auto const& fit : toy.fits) {
      EXPECT_GE(fit.nll, toy.fits[0].nll - 2e-6) << "none lies below the free fit";
      if (GetParam() == EngineChoice::automatic) {
        EXPECT_NE(fit.engine, core::Engine::eventwise) << i;
        EXPECT_GT(fit.bound, 0);
      }
    }
  }
}

TEST(Hypotheses, that_no_parameters_can_give_have_an_infinite_nll) {
  auto const spec = spec::parse_spec(R"({"schema_version": "nextstat_unbinned_spec_v0",
    "model": {"poi": "s", "parameters": [{"name": "s", "init": 5, "bounds": [0, 100]}]},
    "channels": [{"name": "c", "observables": [{"name": "x", "bounds": [0, 1]}], "processes": [
      {"name": "p", "pdf": {"type": "uniform", "observable": "x", "params": []},
       "yield": {"type": "parameter", "name": "s"}}]}]})",
                                     "counts.json",
                                     spec::UnknownFields::refuse);
  auto setup = setup_of(spec);
  setup.hypotheses = {{}, {{{0, 0}}}};
  ToyRunner runner(setup);
  std::size_t n_without = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    auto const& toy = runner.run({i});
    bool const has_events = toy.n_events[0] > 0;
    n_without += has_events ? 0 : 1;
    EXPECT_EQ(toy.fits[1].status == core::FitStatus::infinite_nll, has_events) << i;
    EXPECT_EQ(std::isinf(toy.fits[1].nll), has_events) << i;
    EXPECT_NEAR(toy.fits[0].values[0], static_cast<double>(toy.n_events[0]), 1e-6);
  }
  EXPECT_GT(n_without, 0U) << "exp(-5) of 400";
}

/// Fits of a search: no signal in the toys, several values of it in the hypotheses.
StudySetup search_without_signal() {
  auto const path = test::source_folder() / "jobscripts/examples/search.json";
  auto setup = setup_of(spec::read_spec(path, spec::UnknownFields::refuse));
  auto const poi = setup.model.poi.value();
  setup.truth[poi] = 0;
  setup.tables = build_layout(setup.model, setup.truth);
  setup.hypotheses = {{}, {{{poi, 1}}}, {{{poi, 2}}}, {{{poi, 4}}}};
  return setup;
}

TEST(Hypotheses, give_a_toy_the_same_fits_in_any_order) {
  auto const setup = search_without_signal();
  ToyRunner forward(setup);
  ToyRunner backward(setup);
  constexpr std::uint64_t n = 400;
  std::vector<record::ToyRecord> records;
  for (std::uint64_t i = 0; i < n; ++i) {
    records.push_back(forward.run({i}));
  }
  for (std::uint64_t i = n; i-- > 0;) {
    auto const& again = backward.run({i});
    for (std::size_t h = 0; h < setup.hypotheses.size(); ++h) {
      EXPECT_EQ(again.fits[h].nll, records[i].fits[h].nll) << i << " " << h;
      EXPECT_EQ(again.fits[h].values, records[i].fits[h].values) << i << " " << h;
      EXPECT_EQ(again.fits[h].bound, records[i].fits[h].bound) << i << " " << h;
      EXPECT_EQ(again.fits[h].iterations, records[i].fits[h].iterations) << i << " " << h;
    }
  }
}

TEST(Points, have_toys_of_their_own_whatever_other_points_there_are) {
  auto setup = setup_of(two_channels());
  auto const first = ToyRunner(setup).run({3});
  setup.point_key = 7;
  auto const other = ToyRunner(setup).run({3});
  EXPECT_NE(first.n_events, other.n_events);
  EXPECT_EQ(ToyRunner(setup).run({3}).fit().nll, other.fit().nll);
  EXPECT_EQ(setup.seed, 42U);
  EXPECT_NE(setup.stream_seed(), 42U);
}

EnsembleNote ensemble() {
  auto const path = test::source_folder() / "tests/data/two_channels.json";
  auto const setup = setup_of(two_channels());
  EnsembleNote note;
  note.common.spec_path = path.string();
  note.common.spec_text = test::slurp(path);
  note.common.seed = 11;
  PointNote point{setup.truth, toys::serialise(setup.tables), 5, 100, 3, {{}, {{{0, 1.5}}}}};
  note.points = {point, point, point};
  note.points[1].key = 6;
  note.points[1].first = 7;
  note.points[1].n_toys = 2;
  note.points[2].key = 8;
  return note;
}

TEST(Ensembles, number_their_toys_one_point_after_the_other) {
  auto const found = decode_ensemble(encode_ensemble(ensemble()));
  ASSERT_EQ(found.points.size(), 3U);
  EXPECT_EQ(found.n_fits(), 2U);
  EXPECT_EQ(found.points[1].setup.point_key, 6U);
  EXPECT_EQ(found.points[1].setup.seed, 11U);
  EXPECT_EQ(found.points[2].setup.hypotheses[1].held, (std::vector<Hold>{{0, 1.5}}));
  auto const expect_place = [&](std::uint64_t toy, std::size_t point, std::uint64_t of_it) {
    auto const place = found.place_of({toy});
    EXPECT_EQ(place.point, point) << toy;
    EXPECT_EQ(place.toy.value, of_it) << toy;
  };
  expect_place(0, 0, 100);
  expect_place(2, 0, 102);
  expect_place(3, 1, 7);
  expect_place(4, 1, 8);
  expect_place(5, 2, 100);
  expect_place(9, 2, 104);
}

TEST(Ensembles, of_one_setup_are_that_setup) {
  auto const note = ensemble();
  auto setup = note.common;
  setup.truth = note.points[0].truth;
  setup.tables = note.points[0].tables;
  auto const found = decode_ensemble(encode_setup(setup));
  ASSERT_EQ(found.points.size(), 1U);
  EXPECT_EQ(found.place_of({12345}).toy.value, 12345U);
  EXPECT_EQ(found.points[0].setup.point_key, 0U);
  EXPECT_EQ(found.n_fits(), 1U);
}

TEST(Ensembles, that_are_damaged_are_refused) {
  auto const bytes = encode_ensemble(ensemble());
  auto const is_refused = [](std::string const& wrong) {
    return test::thrown_by([&] { static_cast<void>(decode_ensemble(wrong)); }).code ==
           core::ExitCode::internal;
  };
  for (std::size_t n = 0; n < bytes.size(); n += 1 + n / 15) {
    EXPECT_TRUE(is_refused(bytes.substr(0, n))) << n;
  }
  EXPECT_TRUE(is_refused(bytes + "x"));
  auto none = ensemble();
  none.points.clear();
  EXPECT_TRUE(is_refused(encode_ensemble(none)));
  auto uneven = ensemble();
  uneven.points[1].hypotheses.pop_back();
  EXPECT_TRUE(is_refused(encode_ensemble(uneven)));
  auto beyond = ensemble();
  beyond.points[0].hypotheses[1].held[0].parameter = 1000;
  EXPECT_TRUE(is_refused(encode_ensemble(beyond)));
}

}  // namespace
}  // namespace toyfarm::study
