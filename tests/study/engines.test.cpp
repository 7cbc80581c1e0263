// Fits by nodes against fits of the same events. The long form, engines_long.test.cpp, runs 500
// toys of each mix.
#include "study/engines.hpp"

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

// What a toy goes through whose first cells are too coarse.
TEST(ToyRunner, refines_cells_then_goes_event_by_event_as_far_as_memory_allows) {
  auto setup = under_resolved("gauss_exp", 30);
  setup.max_refinements = 2;
  ToyRunner refining(setup);
  auto const refined = refining.run(core::ToyId{0});
  EXPECT_EQ(refined.engine, core::Engine::refined);
  EXPECT_TRUE(core::is_converged(refined.status));
  EXPECT_LE(refined.bound, test::promised);

  setup.max_refinements = 0;
  ToyRunner refusing(setup);
  auto const refused = refusing.run(core::ToyId{0});
  EXPECT_EQ(refused.engine, core::Engine::compressed);
  EXPECT_EQ(refused.status, core::FitStatus::uncertified);
  EXPECT_GT(refused.bound, test::promised);

  setup.engine = EngineChoice::automatic;
  ToyRunner falling_back(setup);
  auto const by_events = falling_back.run(core::ToyId{0});
  EXPECT_EQ(by_events.engine, core::Engine::eventwise);
  EXPECT_TRUE(core::is_converged(by_events.status));
  EXPECT_EQ(by_events.bound, 0);
  EXPECT_EQ(by_events.n_events, refined.n_events);
  auto const apart = difference(refined, by_events);
  EXPECT_LE(apart.nll, test::promised);
  EXPECT_LE(apart.shift, test::promised);

  setup.max_event_memory = 8.0 * 300'000 - 1;  // of 3 10^5 events expected
  EXPECT_EQ(ToyRunner(setup).run(core::ToyId{0}).status, core::FitStatus::uncertified);
  setup.max_event_memory += 2;
  EXPECT_EQ(ToyRunner(setup).run(core::ToyId{0}).engine, core::Engine::eventwise);
}

}  // namespace
}  // namespace toyfarm::study
