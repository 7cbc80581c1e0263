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

}  // namespace
}  // namespace toyfarm::study
