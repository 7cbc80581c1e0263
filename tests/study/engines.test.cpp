// Fits by nodes against fits of the same events. The long form, engines_long.test.cpp, runs 500
// toys of each mix.
#include "study/engines.hpp"

#include <cmath>

namespace toyfarm::study {
namespace {

class Mixes : public testing::TestWithParam<std::string> {};

TEST_P(Mixes, give_the_same_by_nodes_and_by_events) {
  auto const setup = test::setup_of(test::read_mix(GetParam()));
  auto const c = test::compare_engines(setup, 16);
  EXPECT_EQ(c.n_certified, 16U);
  EXPECT_EQ(c.n_other_status, 0U);
  EXPECT_LE(c.nll, test::promised);
  EXPECT_LE(c.shift, test::promised);
}

INSTANTIATE_TEST_SUITE_P(Engines, Mixes, testing::ValuesIn(test::mixes()), [](auto const& named) {
  return named.param;
});

/// Cells that are fine enough to draw events from, but that nobody asked whether ln f and its
/// scores are smooth in them.
StudySetup under_resolved(std::string const& mix, double factor) {
  auto spec = test::read_mix(mix);
  test::scale_yields(spec, factor);
  StudySetup setup;
  setup.model = model::build_model(spec);
  setup.truth = setup.model.init();
  setup.tables =
      toys::build_tables(setup.model, setup.truth, "spec", [](toys::CellCandidate const& cell) {
        return cell.events < 8 ? toys::CellVerdict::events : toys::CellVerdict::nodes;
      });
  setup.engine = EngineChoice::compressed;
  setup.max_refinements = 0;
  return setup;
}

// Every toy that coarse cells spoil must be refused, and some must be spoilt for this to mean
// anything.
class UnderResolved : public testing::TestWithParam<std::string> {};

TEST_P(UnderResolved, layouts_deceive_no_toy) {
  auto const c = test::compare_engines(under_resolved(GetParam(), 30), 24);
  EXPECT_GT(c.n_harmed, 4U);
  EXPECT_EQ(c.n_deceived, 0U);
}

INSTANTIATE_TEST_SUITE_P(Engines,
                         UnderResolved,
                         testing::Values("gauss_exp", "voigt_exp", "cb_exp", "three_process"),
                         [](auto const& named) { return named.param; });

TEST(Difference, is_as_promised_within_the_limits_of_the_certificate) {
  record::FitRecord a;
  a.status = core::FitStatus::converged;
  a.nll = -1000;
  a.values = {1.0, 5.0};
  a.errors = {0.5, std::nan("")};
  auto const same = difference(a, a);
  EXPECT_EQ(same.nll, 0);
  EXPECT_EQ(same.shift, 0);
  EXPECT_TRUE(same.as_promised);

  auto b = a;
  b.nll += 0.9e-6;
  b.values[0] += 0.4e-6;
  b.values[1] = 6;  // without an error in both: does not count
  EXPECT_NEAR(difference(a, b).shift, 0.8e-6, 1e-15);
  EXPECT_TRUE(difference(a, b).as_promised);
  b.nll += 0.2e-6;
  EXPECT_FALSE(difference(a, b).as_promised);

  auto c = a;
  c.values[0] += 0.6e-6;
  EXPECT_FALSE(difference(a, c).as_promised);
  auto d = a;
  d.status = core::FitStatus::at_bound;
  EXPECT_FALSE(difference(a, d).as_promised);
  auto e = a;
  e.errors[0] = std::nan("");
  EXPECT_FALSE(difference(a, e).as_promised);
  auto large = a;  // 8 ulp of 10^10 are 1.5e-5
  large.nll = -1e10;
  auto other = large;
  other.nll += 1e-5;
  EXPECT_TRUE(difference(large, other).as_promised);
}

// What a toy goes through whose first cells are too coarse.
TEST(ToyRunner, refines_cells_then_goes_event_by_event_as_far_as_memory_allows) {
  auto setup = under_resolved("gauss_exp", 30);
  setup.max_refinements = 2;
  ToyRunner refining(setup);
  auto const refined = refining.run(core::ToyId{0});
  EXPECT_EQ(refined.fit().engine, core::Engine::refined);
  EXPECT_TRUE(core::is_converged(refined.fit().status));
  EXPECT_LE(refined.fit().bound, test::promised);

  setup.max_refinements = 0;
  ToyRunner refusing(setup);
  auto const refused = refusing.run(core::ToyId{0});
  EXPECT_EQ(refused.fit().engine, core::Engine::compressed);
  EXPECT_EQ(refused.fit().status, core::FitStatus::uncertified);
  EXPECT_GT(refused.fit().bound, test::promised);

  setup.engine = EngineChoice::automatic;
  ToyRunner falling_back(setup);
  auto const by_events = falling_back.run(core::ToyId{0});
  EXPECT_EQ(by_events.fit().engine, core::Engine::eventwise);
  EXPECT_TRUE(core::is_converged(by_events.fit().status));
  EXPECT_EQ(by_events.fit().bound, 0);
  EXPECT_EQ(by_events.n_events, refined.n_events);
  auto const apart = difference(refined.fit(), by_events.fit());
  EXPECT_LE(apart.nll, test::promised);
  EXPECT_LE(apart.shift, test::promised);

  setup.max_event_memory = 8.0 * 300'000 - 1;  // of 3 10^5 events expected
  EXPECT_EQ(ToyRunner(setup).run(core::ToyId{0}).fit().status, core::FitStatus::uncertified);
  setup.max_event_memory += 2;
  EXPECT_EQ(ToyRunner(setup).run(core::ToyId{0}).fit().engine, core::Engine::eventwise);
}

}  // namespace
}  // namespace toyfarm::study
