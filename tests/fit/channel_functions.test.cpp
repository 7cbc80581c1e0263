#include "toyfarm/fit/channel_functions.hpp"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "toyfarm/spec/spec.hpp"

// Scores of a channel, and the fewer functions of which they are sums.
namespace toyfarm::fit {
namespace {

// The mean is a parameter of two shapes, mu a modified yield of two processes; one shape is fixed.
constexpr char spec_text[] = R"({
  "schema_version": "nextstat_unbinned_spec_v0",
  "model": {
    "parameters": [
      {"name": "mu", "init": 1.0, "bounds": [0, 5]},
      {"name": "m", "init": 91.0, "bounds": [85, 97]},
      {"name": "s", "init": 2.5, "bounds": [0.5, 6]},
      {"name": "wide", "init": 6.0, "bounds": [6, 6]},
      {"name": "l", "init": -0.03, "bounds": [-0.3, 0.1]},
      {"name": "fixed", "init": -0.05, "bounds": [-0.05, -0.05]},
      {"name": "n", "init": 800, "bounds": [0, 9000]},
      {"name": "a", "init": 0.1, "bounds": [-5, 5]},
      {"name": "b", "init": -0.2, "bounds": [-5, 5]}
    ]
  },
  "channels": [{
    "name": "c",
    "observables": [{"name": "x", "bounds": [60, 120]}],
    "processes": [
      {"name": "narrow", "pdf": {"type": "gaussian", "observable": "x", "params": ["m", "s"]},
       "yield": {"type": "scaled", "base_yield": 200, "scale": "mu", "modifiers": [
         {"type": "normsys", "param": "a", "lo": 0.9, "hi": 1.2},
         {"type": "normsys", "param": "b", "lo": 0.8, "hi": 1.1}]}},
      {"name": "broad", "pdf": {"type": "gaussian", "observable": "x", "params": ["m", "wide"]},
       "yield": {"type": "scaled", "base_yield": 100, "scale": "mu", "modifiers": [
         {"type": "normsys", "param": "b", "lo": 0.9, "hi": 1.1}]}},
      {"name": "slope", "pdf": {"type": "exponential", "observable": "x", "params": ["l"]},
       "yield": {"type": "parameter", "name": "n"}},
      {"name": "known", "pdf": {"type": "exponential", "observable": "x", "params": ["fixed"]},
       "yield": {"type": "scaled", "base_yield": 300, "scale": "mu"}}]
  }]
})";

struct Fixture : testing::Test {
  model::Model model =
      model::build_model(spec::parse_spec(spec_text, "test.json", spec::UnknownFields::refuse));
  std::vector<double> theta{1.3, 90, 2.2, 6, -0.02, -0.05, 700, 0.4, -0.7};
  std::array<double, 5> nodes{61, 80, 90.5, 92, 119};
  std::array<double, 3> checks{70, 91, 110};
  double const* node_column[1] = {nodes.data()};
  double const* check_column[1] = {checks.data()};

  ChannelFunctions make(ScoreBasis basis) const {
    return {model.channels[0], model.parameters, model.init(), basis};
  }
  void expect_sums_to_be_scores(ScoreBasis basis, bool off) {
    auto functions = make(basis);
    functions.set_off(0, off);
    functions.set_points({node_column, nodes.size()}, {check_column, checks.size()});
    auto const place = functions.place(theta);
    ASSERT_TRUE(place);
    auto const sums = functions.scores_of(*place);
    ExtendedNll nll(model);
    nll.set_off(0, 0, off);
    ASSERT_TRUE(nll.prepare_channel(0, theta));
    ASSERT_EQ(functions.params(), nll.channel_params(0));
    for (bool const at_nodes : {true, false}) {
      auto const n = at_nodes ? nodes.size() : checks.size();
      auto const values = at_nodes ? functions.nodes(*place) : functions.checks(*place);
      auto const scores = nll.scores(0, {at_nodes ? node_column : check_column, n});
      ASSERT_TRUE(values && scores);
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_EQ(values->log_f[i], scores->log_f[i]);
        for (std::size_t j = 0; j < functions.params().size(); ++j) {
          if (basis == ScoreBasis::processes && model.parameters[functions.params()[j]].fixed) {
            continue;
          }
          double sum = 0;
          for (std::size_t f = 0; f < functions.n_functions(); ++f) {
            sum += sums(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(f)) *
                   values->first[f][i];
          }
          EXPECT_NEAR(sum, scores->first[j][i], 1e-13 * (1 + std::abs(sum))) << j;
        }
      }
    }
  }
};

TEST_F(Fixture, scores_are_sums_of_the_functions_of_either_basis) {
  for (auto const basis : {ScoreBasis::parameters, ScoreBasis::processes}) {
    for (bool const off : {false, true}) {
      expect_sums_to_be_scores(basis, off);
    }
  }
}

TEST_F(Fixture, there_are_no_more_functions_than_free_shapes_and_processes) {
  EXPECT_EQ(make(ScoreBasis::parameters).n_functions(), 9U);
  auto const functions = make(ScoreBasis::processes);
  EXPECT_EQ(functions.n_functions(), 3U + 4U);
  EXPECT_EQ(functions.shape_params(), (std::vector<std::size_t>{1, 2, 4}));
}

TEST_F(Fixture, outside_a_domain_there_is_no_place) {
  auto functions = make(ScoreBasis::processes);
  theta[2] = -1;  // a width
  EXPECT_FALSE(functions.place(theta));
  theta[2] = 1;
  theta[6] = -1;  // events
  EXPECT_FALSE(functions.place(theta));
}

}  // namespace
}  // namespace toyfarm::fit
