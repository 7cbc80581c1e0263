#include <gtest/gtest.h>

#include "toyfarm/spec/spec.hpp"
#include "toyfarm/study/layout.hpp"
#include "toyfarm/study/verify.hpp"

// Channels of products over two observables, fitted by nodes.
namespace toyfarm::study {
namespace {

constexpr char spec_text[] = R"({
  "schema_version": "nextstat_unbinned_spec_v0",
  "model": {
    "poi": "mu",
    "parameters": [
      {"name": "mu", "init": 1.0, "bounds": [0.0, 5.0]},
      {"name": "m", "init": 91.0, "bounds": [85.0, 95.0]},
      {"name": "s", "init": 2.5, "bounds": [0.5, 10.0]},
      {"name": "decay", "init": -0.6, "bounds": [-2.0, -0.05]},
      {"name": "lambda", "init": -0.03, "bounds": [-0.1, -0.001]},
      {"name": "c1", "init": -0.3, "bounds": [-0.9, 0.9]},
      {"name": "n_bkg", "init": 25000.0, "bounds": [0.0, 100000.0]},
      {"name": "n_side", "init": 3000.0, "bounds": [0.0, 10000.0]}
    ]
  },
  "channels": [
    {
      "name": "main",
      "observables": [{"name": "t", "bounds": [0, 10]}, {"name": "idle", "bounds": [0, 1]},
                      {"name": "mass", "bounds": [60, 120]}],
      "processes": [
        {"name": "signal",
         "pdf": {"type": "product", "components": [
           {"type": "gaussian", "observable": "mass", "params": ["m", "s"]},
           {"type": "exponential", "observable": "t", "params": ["decay"]}]},
         "yield": {"type": "scaled", "base_yield": 9000.0, "scale": "mu"}},
        {"name": "background",
         "pdf": {"type": "product", "components": [
           {"type": "chebyshev", "observable": "t", "params": ["c1"]},
           {"type": "exponential", "observable": "mass", "params": ["lambda"]}]},
         "yield": {"type": "parameter", "name": "n_bkg"}}]
    },
    {
      "name": "side",
      "observables": [{"name": "t", "bounds": [0, 10]}],
      "processes": [{"name": "background",
                     "pdf": {"type": "chebyshev", "observable": "t", "params": ["c1"]},
                     "yield": {"type": "parameter", "name": "n_side"}}]
    }
  ]
})";

StudySetup setup() {
  StudySetup out;
  auto const spec = spec::parse_spec(spec_text, "test.json", spec::UnknownFields::refuse);
  out.model = model::build_model(spec);
  out.truth = out.model.init();
  out.tables = build_layout(out.model, out.truth);
  return out;
}

// The law: the same toy event by event has the same NLL to 10^-6, and the same estimates to 10^-6
// of their errors.
TEST(ProductToys, are_fitted_by_nodes_as_they_are_event_by_event) {
  auto const study = setup();
  ASSERT_FALSE(study.tables.channels[0].products.empty());
  ToyRunner runner(study);
  for (std::uint64_t i = 0; i < 6; ++i) {
    auto const compressed = runner.run(core::ToyId{i});
    EXPECT_EQ(compressed.fit().engine, core::Engine::compressed);
    EXPECT_EQ(compressed.fit().status, core::FitStatus::converged);
    auto const& eventwise = runner.run_by_events(core::ToyId{i});
    EXPECT_EQ(compressed.n_events, eventwise.n_events);
    auto const apart = difference(compressed.fit(), eventwise.fit());
    EXPECT_TRUE(apart.same_status);
    EXPECT_LE(apart.nll, 1e-6);
    EXPECT_LE(apart.shift, 1e-6);
    EXPECT_GE(compressed.fit().bound, apart.shift);
    EXPECT_GE(compressed.fit().bound, apart.nll - 1e-7)
        << "beyond the rounding of the sum over events";
  }
}

// Cells that nobody judged are too coarse: the certificate finds out, and the toy is fitted by its
// events, without looking for finer cells first.
TEST(ProductToys, go_event_by_event_where_they_are_not_certified) {
  auto study = setup();
  study.tables =
      toys::build_tables(study.model, study.truth, "spec", [](toys::CellCandidate const& cell) {
        return cell.events < 64 ? toys::CellVerdict::events : toys::CellVerdict::nodes;
      });
  ToyRunner runner(study);
  auto const record = runner.run(core::ToyId{0});
  EXPECT_EQ(record.fit().engine, core::Engine::eventwise);
  EXPECT_EQ(record.fit().status, core::FitStatus::converged);
  EXPECT_EQ(record.fit().nll, runner.run_by_events(core::ToyId{0}).fit().nll);
  study.engine = EngineChoice::compressed;
  auto const refused = ToyRunner(study).run(core::ToyId{0});
  EXPECT_EQ(refused.fit().status, core::FitStatus::uncertified);
  EXPECT_EQ(refused.fit().engine, core::Engine::compressed) << "refined";
}

}  // namespace
}  // namespace toyfarm::study
