// T4: layouts and toys of Chebyshev densities that touch zero at the generation point.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "toyfarm/spec/spec.hpp"
#include "toyfarm/study/layout.hpp"
#include "toyfarm/study/toy_runner.hpp"

#include "model/chebyshev_zeros.hpp"

namespace toyfarm::study {
namespace {

constexpr double n_events = 20'000;

/// A peak on a polynomial, or the polynomial alone.
model::Model model_of(std::vector<double> const& c, bool peak) {
  std::string parameters = fmt::format(R"({{"name":"n","init":{},"bounds":[0,1e6]}})", n_events);
  std::string names;
  for (std::size_t k = 0; k < c.size(); ++k) {
    parameters += fmt::format(R"(,{{"name":"c{}","init":{},"bounds":[-10,10]}})", k, c[k]);
    names += fmt::format(R"({}"c{}")", k == 0 ? "" : ",", k);
  }
  std::string processes =
      fmt::format(R"({{"name":"bkg","pdf":{{"type":"chebyshev","observable":"x","params":[{}]}},)"
                  R"("yield":{{"type":"parameter","name":"n"}}}})",
                  names);
  if (peak) {
    parameters +=
        R"(,{"name":"m","init":4,"bounds":[2,6]},{"name":"s","init":0.5,"bounds":[0.1,2]})";
    processes += R"(,{"name":"sig","pdf":{"type":"gaussian","observable":"x","params":["m","s"]},)"
                 R"("yield":{"type":"fixed","value":3000}})";
  }
  return model::build_model(spec::parse_spec(
      fmt::format(R"({{"schema_version":"nextstat_unbinned_spec_v0","model":{{"parameters":[{}]}},)"
                  R"("channels":[{{"name":"c","observables":[{{"name":"x","bounds":[0,10]}}],)"
                  R"("processes":[{}]}}]}})",
                  parameters,
                  processes),
      "test.json",
      spec::UnknownFields::refuse));
}

TEST(ChebyshevEdge, layouts_are_made_where_a_density_touches_zero) {
  for (auto const& [name, c] : test::touching()) {
    for (bool const peak : {false, true}) {
      auto const model = model_of(c, peak);
      auto const cells = build_layout(model, model.init()).channels[0].cells;
      EXPECT_LT(cells.size(), 1000U) << name << peak;
      double const sum = std::accumulate(cells.events.begin(), cells.events.end(), 0.0);
      EXPECT_NEAR(sum / (n_events + (peak ? 3000 : 0)), 1, 1e-12) << name << peak;
      // Away from the zeros events become nodes.
      double by_nodes = 0;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        by_nodes += cells.kinds[i] == toys::CellKind::nodes ? cells.events[i] : 0;
      }
      EXPECT_GT(by_nodes, 0.5 * sum) << name << peak;
    }
  }
}

// Whatever a fit next to the edge comes to, its row is finite where it says so.
TEST(ChebyshevEdge, toys_are_fitted_where_a_density_touches_zero) {
  for (auto const& [name, c] : test::touching()) {
    StudySetup setup;
    setup.model = model_of(c, true);
    setup.truth = setup.model.init();
    setup.tables = build_layout(setup.model, setup.truth);
    ToyRunner runner(setup);
    for (std::uint64_t id = 0; id < 3; ++id) {
      auto const record = runner.run(core::ToyId{id});
      EXPECT_TRUE(!core::is_converged(record.fit().status) || std::isfinite(record.fit().nll))
          << name;
    }
  }
}

}  // namespace
}  // namespace toyfarm::study
