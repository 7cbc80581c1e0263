// Three small fits against 40-digit arithmetic (own_oracle.py beside this file, which shares no
// code or formula with the program): what the reference specs prove at length, for a clone without
// them.
#include <algorithm>
#include <cmath>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "toyfarm/run/input.hpp"

#include "support/scratch.hpp"

namespace toyfarm::app {
namespace {

using Json = nlohmann::json;

/// Multiples of 1/1024 in [0, 10), as own_oracle.py makes them: every third in a hump around 5.
std::vector<double> positions() {
  std::vector<double> out;
  for (int i = 0; i < 300; ++i) {
    auto const hashed = [i](int k) { return (i * 7919 + k * 104729 + (i * i) % 1237 * 31) % 1280; };
    int const falling = std::min(hashed(5), hashed(6));
    int const number = i % 3 == 0 ? 3 * 1280 + (hashed(0) + hashed(1) + hashed(2) + hashed(3)) / 2
                                  : 8 * (i % 3 == 1 ? falling : hashed(7));
    out.push_back(number / 1024.0);
  }
  return out;
}

Json parameter(char const* name, double init, double low, double high) {
  return {{"name", name}, {"init", init}, {"bounds", {low, high}}};
}

Json process(char const* name, Json pdf, Json yield) {
  pdf["observable"] = "x";
  return {{"name", name}, {"pdf", std::move(pdf)}, {"yield", std::move(yield)}};
}

struct Expected {
  double nll_at_start;
  double nll;
  std::vector<double> values;
  std::vector<double> errors;
};

class OwnOracle : public testing::Test {
 protected:
  /// Fits `processes` to the events and compares: NLL to 1e-12 relative, values to 1e-7 errors,
  /// errors to 1e-8 relative.
  void expect_fit(Json parameters, Json processes, bool weighted, Expected const& expected) {
    auto const folder = scratch_.path();
    std::ofstream csv(folder / "events.csv");
    csv << (weighted ? "x,_weight\n" : "x\n");
    csv.precision(17);
    int i = 0;
    for (double const x : positions()) {
      csv << x;
      if (weighted) {
        csv << ',' << 1 + i % 4 * 0.25;
      }
      csv << '\n';
      ++i;
    }
    csv.close();
    auto const poi = parameters[0]["name"];
    Json const document{
        {"schema_version", "nextstat_unbinned_spec_v0"},
        {"model", {{"poi", poi}, {"parameters", std::move(parameters)}}},
        {"channels",
         Json::array({{{"name", "main"},
                       {"data", {{"file", "events.csv"}}},
                       {"observables", Json::array({{{"name", "x"}, {"bounds", {0.0, 10.0}}}})},
                       {"processes", std::move(processes)}}})}};
    std::ofstream(folder / "spec.json") << document;
    run::InputRequest options;
    options.config = (folder / "spec.json").string();
    auto const input = run::read_input(options);

    auto const centres = input.model.observed_globals();
    fit::ExtendedNll nll(input.model);
    nll.bind(input.data, centres);
    auto const start = input.model.init();
    std::vector<model::KinkSide> const sides(start.size(), model::KinkSide::above);
    fit::NllPoint at;
    ASSERT_TRUE(nll.evaluate(start, sides, model::Derivatives::first, at));
    EXPECT_NEAR(at.value, expected.nll_at_start, 1e-12 * std::abs(expected.nll_at_start));

    auto const fit = run::fit_data(input, start).result;
    EXPECT_EQ(fit.status, core::FitStatus::converged);
    EXPECT_NEAR(fit.nll, expected.nll, 1e-12 * std::abs(expected.nll));
    for (std::size_t j = 0; j < expected.values.size(); ++j) {
      EXPECT_NEAR(fit.values[j], expected.values[j], 1e-7 * expected.errors[j]) << j;
      EXPECT_NEAR(fit.errors[j], expected.errors[j], 1e-8 * expected.errors[j]) << j;
    }
  }

 private:
  test::Scratch scratch_;
};

TEST_F(OwnOracle, gaussian_with_constrained_width_over_exponential) {
  auto width = parameter("s", 0.6, 0.05, 3);
  width["constraint"] = {{"type", "gaussian"}, {"mean", 0.5}, {"sigma", 0.05}};
  expect_fit(Json::array({parameter("S", 90, 0, 1000),
                          parameter("B", 200, 0, 1000),
                          parameter("m", 5, 2, 8),
                          width,
                          parameter("slope", -0.3, -3, 3)}),
             Json::array({process("sig",
                                  {{"type", "gaussian"}, {"params", {"m", "s"}}},
                                  {{"type", "parameter"}, {"name", "S"}}),
                          process("bkg",
                                  {{"type", "exponential"}, {"params", Json::array({"slope"})}},
                                  {{"type", "parameter"}, {"name", "B"}})}),
             false,
             {-763.78478607534007334,
              -822.46493709064165221,
              {111.99907019190463,
               188.00092980809537,
               4.9586300610096874,
               0.32979116395805523,
               -0.076989699170009952},
              {11.9408172504, 14.7846195833, 0.0366807344107, 0.0308729853103, 0.0257577422982}});
}

TEST_F(OwnOracle, weighted_events_modifier_and_chebyshev) {
  auto alpha = parameter("alpha", 0.2, -5, 5);
  alpha["constraint"] = {{"type", "gaussian"}, {"mean", 0.3}, {"sigma", 1.0}};
  expect_fit(
      Json::array({parameter("mu", 1, 0, 10),
                   parameter("B", 250, 0, 1000),
                   parameter("c1", -0.5, -3, 3),
                   parameter("c2", 0.1, -3, 3),
                   alpha,
                   parameter("m", 5, 5, 5),
                   parameter("s", 0.5, 0.5, 0.5)}),
      Json::array(
          {process("sig",
                   {{"type", "gaussian"}, {"params", {"m", "s"}}},
                   {{"type", "scaled"},
                    {"base_yield", 100.0},
                    {"scale", "mu"},
                    {"modifiers",
                     Json::array(
                         {{{"type", "normsys"}, {"param", "alpha"}, {"lo", 0.8}, {"hi", 1.25}}})}}),
           process("bkg",
                   {{"type", "chebyshev"}, {"params", {"c1", "c2"}}},
                   {{"type", "parameter"}, {"name", "B"}})}),
      true,
      {-1232.4092007492849508,
       -1243.1675005098357292,
       {1.5363906002617292, 248.22380110989287, -0.37931648248771722, 0.21655533874071505, 0.3},
       {0.371376644366, 17.8043248002, 0.103283328279, 0.121923943025, 1.0}});
}

TEST_F(OwnOracle, crystal_ball_over_a_flat_density) {
  expect_fit(Json::array({parameter("S", 90, 0, 1000),
                          parameter("B", 200, 0, 1000),
                          parameter("m", 5, 2, 8),
                          parameter("s", 0.4, 0.05, 3),
                          parameter("a", 1.1, 1.1, 1.1),
                          parameter("n", 3, 3, 3),
                          parameter("c", 0, 0, 0)}),
             Json::array({process("sig",
                                  {{"type", "crystal_ball"}, {"params", {"m", "s", "a", "n"}}},
                                  {{"type", "parameter"}, {"name", "S"}}),
                          process("flat",
                                  {{"type", "chebyshev"}, {"params", Json::array({"c"})}},
                                  {{"type", "parameter"}, {"name", "B"}})}),
             false,
             {-808.41762517222421039,
              -822.84376572844930892,
              {115.71295198397457, 184.28704801602543, 4.9875404047508333, 0.24179493305176577},
              {12.8243087063, 15.2655491164, 0.0324082670193, 0.0271210645427}});
}

}  // namespace
}  // namespace toyfarm::app
