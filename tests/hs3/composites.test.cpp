// Mixtures, products and constraints have the NLL that their formulas give.
#include <cmath>

#include "hs3/same_nll.hpp"

namespace toyfarm::hs3 {
namespace {

using test::DocumentText;
using test::expect_same_nll;
using test::model_of;
using test::Point;
using test::spec_of;

TEST(Mixtures, of_fractions_have_the_events_of_the_data) {
  std::vector<Point> const parameters{{"f", 0.3, 0, 1}};
  DocumentText const document{
      R"({"name": "model", "type": "mixture_dist", "summands": ["a", "b"], "coefficients": ["f"], "extended": false},
         {"name": "a", "type": "gaussian_dist", "x": "x", "mean": 2, "sigma": 0.7},
         {"name": "b", "type": "uniform_dist", "x": "x"})",
      parameters};
  auto const spec = model_of(document);
  auto const sample = test::written_sample(spec);
  double const half = std::sqrt(0.5) / 0.7;
  double const norm = 0.7 * std::sqrt(M_PI / 2) * (std::erf(3 * half) + std::erf(2 * half));
  for (double const f : {0.0, 0.3, 0.8, 1.0}) {
    double expected = 6 - 6 * std::log(6.0);
    for (double const x : sample.channels[0].columns[0]) {
      double const z = (x - 2) / 0.7;
      expected -= std::log(f * std::exp(-0.5 * z * z) / norm + (1 - f) / 5);
    }
    EXPECT_NEAR(test::nll_at(spec, sample, {{"f", f}}), expected, 1e-11) << f;
  }
}

TEST(Mixtures, within_mixtures_and_rates_multiply) {
  std::vector<Point> const parameters{{"n", 9, 0, 100}, {"f", 0.3, 0, 1}, {"mu", 1, 0, 5}};
  DocumentText const document{
      R"({"name": "model", "type": "mixture_dist", "summands": ["peaks", "c"], "coefficients": ["n", "mu"]},
         {"name": "peaks", "type": "mixture_dist", "summands": ["a", "b"], "coefficients": ["f"]},
         {"name": "a", "type": "gaussian_dist", "x": "x", "mean": 2, "sigma": 0.7},
         {"name": "b", "type": "gaussian_dist", "x": "x", "mean": 3, "sigma": 0.7},
         {"name": "c", "type": "uniform_dist", "x": "x"})",
      parameters};
  auto const gaussian =
      [](std::string const& name, std::string const& mean, std::string const& yield) {
        return R"({"name": ")" + name +
               R"(", "pdf": {"type": "gaussian", "observable": "x", "params": [)" + mean +
               R"(, 0.7]}, "yield": )" + yield + "}, ";
      };
  auto const other = spec_of(
      parameters,
      gaussian("a", "2", R"({"type": "parameter", "name": "=n*f"})") +
          gaussian(
              "b",
              "3",
              R"({"type": "parameter", "name": "n", "modifiers": [{"type": "weightsys", "param": "f", "lo": 2, "hi": 0}]})") +
          R"({"name": "c", "pdf": {"type": "uniform", "observable": "x"}, "yield": {"type": "parameter", "name": "mu"}})");
  expect_same_nll(model_of(document), other, parameters);
  auto rate = document;
  rate.distributions.replace(
      rate.distributions.find(R"(["n", "mu"])"), 11, R"([0.9, 0.1], "extended": false)");
  rate.distributions.replace(rate.distributions.find("\"model\""), 7, "\"inner\"");
  rate.distributions +=
      R"(, {"name": "model", "type": "rate_extended_dist", "rate": "n", "dist": "inner"})";
  auto const own = model_of(rate);
  ASSERT_EQ(own.channels[0].processes.size(), 3U);
  EXPECT_EQ(own.channels[0].processes[2].yield.value, 0.1);
  EXPECT_EQ(own.channels[0].processes[2].yield.parameter, "n");
}

TEST(Products, of_observables_and_with_constraints_are_told_apart) {
  std::vector<Point> const parameters{{"n", 9, 0, 100}, {"s", 0.7, 0.1, 2}, {"tau", 1.5, 0.5, 3}};
  DocumentText document{
      R"({"name": "model", "type": "product_dist", "factors": ["sum", "told"]},
         {"name": "told", "type": "gaussian_dist", "x": "s0", "mean": "s", "sigma": 0.1},
         {"name": "sum", "type": "mixture_dist", "summands": ["both"], "coefficients": ["n"]},
         {"name": "both", "type": "product_dist", "factors": ["peak", "fall"]},
         {"name": "peak", "type": "gaussian_dist", "x": "x", "mean": 2, "sigma": "s"},
         {"name": "fall", "type": "exponential_dist", "x": "t", "c": "rate"})",
      parameters};
  document.functions = R"({"name": "rate", "type": "generic_function", "expression": "1/tau"})";
  document.axes += R"(, {"name": "t", "min": 0, "max": 9})";
  document.entries = "[0.31, 1.5], [1.27, 0.2], [1.9, 4.4]";
  document.constants = R"({"name": "s0", "value": 0.8, "const": true})";
  auto const spec = model_of(document);
  ASSERT_TRUE(spec.parameters.at(1).constraint);
  EXPECT_EQ(spec.parameters.size(), 3U);  // s0 is no parameter
  auto const sample = test::written_sample(spec);
  double const half = std::sqrt(0.5) / 0.7;
  double const norm = 0.7 * std::sqrt(M_PI / 2) * (std::erf(3 * half) + std::erf(2 * half)) * 1.5 *
                      (1 - std::exp(-6.0));
  double expected = 9 + 0.5 * std::log(2 * M_PI) + std::log(0.1) + 0.5;  // s is one sigma off
  for (std::size_t i = 0; i < 3; ++i) {
    double const z = (sample.channels[0].columns[0][i] - 2) / 0.7;
    expected -= std::log(9 / norm) - 0.5 * z * z - sample.channels[0].columns[1][i] / 1.5;
  }
  EXPECT_NEAR(test::nll_at(spec, sample), expected, 1e-11);
}

/// NLL of the constraint of a model of n events of uniform density.
double constraint_of(std::string const& distribution,
                     std::string const& likelihood,
                     test::Values const& values,
                     std::string const& functions = "") {
  DocumentText document{
      test::one_shape(R"("type": "gaussian_dist", "x": "x", "mean": 2, "sigma": "s")") +
          R"(, {"name": "told", )" + distribution + "}",
      {{"n", 9, 0, 100}, {"s", 0.7, 0.1, 2}},
      functions};
  document.constants =
      R"({"name": "s0", "value": 0.8}, {"name": "five", "value": 5, "const": true})";
  document.likelihood += ", " + likelihood;
  return test::constraint_nll(model_of(document), values);
}

TEST(Constraints, are_what_their_distributions_say) {
  std::string const aux = R"("aux_distributions": ["told"])";
  double const gaussian = 0.5 + std::log(0.1) + 0.5 * std::log(2 * M_PI);
  for (auto const* fields : {R"("x": "s0", "mean": "s")", R"("x": "s", "mean": "s0")"}) {
    EXPECT_NEAR(
        constraint_of(R"("type": "gaussian_dist", "sigma": 0.1, )" + std::string(fields), aux, {}),
        gaussian,
        1e-13);
  }
  double const poisson = 5 * 0.6 - 0.8 * std::log(5 * 0.6) + std::lgamma(1.8);
  EXPECT_NEAR(constraint_of(R"("type": "poisson_dist", "x": "s0", "mean": "scaled")",
                            aux,
                            {{"s", 0.6}},
                            R"({"name": "scaled", "type": "product", "factors": ["five", "s"]})"),
              poisson,
              1e-13);
  double const z = std::log(0.8 / 0.6) / 0.2;
  EXPECT_NEAR(
      constraint_of(R"("type": "lognormal_dist", "x": "s0", "mu": "log_s", "sigma": 0.2)",
                    aux,
                    {{"s", 0.6}},
                    R"x({"name": "log_s", "type": "generic_function", "expression": "log(s)"})x"),
      0.5 * z * z + std::log(0.8 * 0.2) + 0.5 * std::log(2 * M_PI),
      1e-13);
}

TEST(Constraints, have_their_global_observables_from_the_data_where_these_say_them) {
  DocumentText document{
      test::one_shape(R"("type": "gaussian_dist", "x": "x", "mean": 2, "sigma": "s")") +
          R"(, {"name": "told", "type": "gaussian_dist", "x": "s0", "mean": "s", "sigma": 0.1})",
      {{"n", 9, 0, 100}, {"s", 0.7, 0.1, 2}}};
  document.constants = R"({"name": "s0", "value": 0.8})";
  document.likelihood = R"("distributions": ["model", "told"], "data": ["events", 0.75])";
  EXPECT_EQ(model_of(document).parameters.at(1).constraint->fields.at("mean"), 0.75);
}

}  // namespace
}  // namespace toyfarm::hs3
