// Every type of distribution and form of yield has the NLL of the spec that says the same.
#include <ostream>

#include "hs3/same_nll.hpp"

namespace toyfarm::hs3 {
namespace {

using test::DocumentText;
using test::expect_same_nll;
using test::model_of;
using test::Point;
using test::process;
using test::spec_of;

struct ShapeCase {
  std::string name, hs3, pdf;
  std::vector<Point> parameters;
  std::string functions{};
  std::string window = "[0, 5]";
  std::string more{};  ///< of the document
};
std::ostream& operator<<(std::ostream& out, ShapeCase const& c) {
  return out << c.name;
}

std::vector<ShapeCase> shape_cases() {
  Point const mean{"m", 2.2, 1, 4};
  Point const width{"s", 0.7, 0.1, 2};
  std::string const x = R"("observable": "x", )";
  return {
      {"gaussian",
       R"("type": "gaussian_dist", "x": "x", "mean": "m", "sigma": "s")",
       R"("type": "gaussian", )" + x + R"("params": ["m", "s"])",
       {mean, width}},
      {"normal",
       R"("type": "normal_dist", "x": "x", "mean": 2.5, "sigma": "s")",
       R"("type": "gaussian", )" + x + R"("params": [2.5, "s"])",
       {width}},
      {"exponential",
       R"("type": "exponential_dist", "x": "x", "c": "c")",
       R"("type": "exponential", )" + x + R"("params": ["=-c"])",
       {{"c", 0.4, 0, 2}}},
      {"exponential_of_root",
       R"("type": "exponential_dist", "x": "x", "c": "slope_exponential_inverted")",
       R"("type": "exponential", )" + x + R"("params": ["slope"])",
       {{"slope", -0.4, -2, 0}},
       R"({"name": "slope_exponential_inverted", "type": "generic_function", "expression": "-slope"})"},
      {"uniform",
       R"("type": "uniform_dist", "x": ["x"])",
       R"("type": "uniform", "observable": "x")",
       {}},
      {"polynomial",
       R"("type": "polynomial_dist", "x": "x", "coefficients": ["1.0", "a", "b"])",
       R"("type": "polynomial", )" + x + R"("params": ["a", "b"])",
       {{"a", 0.1, 0, 1}, {"b", 0.05, 0, 1}}},
      {"polynomial_with_a_constant_term",
       R"("type": "polynomial_dist", "x": "x", "coefficients": ["a0", "a", 0.3])",
       R"("type": "formula", )" + x +
           R"("expression": "a0 + a*x + 0.3*x^2", "params": ["a0", "a"])",
       {{"a0", 2, 1, 4}, {"a", 0.4, 0, 1}}},
      {"bernstein",
       R"("type": "bernstein_poly_dist", "x": "x", "coefficients": ["a", "b", "c"])",
       R"("type": "bernstein", )" + x + R"("params": ["a", "b", "c"])",
       {{"a", 0.3, 0.1, 1}, {"b", 0.7, 0.1, 1}, {"c", 0.2, 0.1, 1}}},
      {"chebychev",
       R"("type": "chebychev_dist", "x": "x", "coefficients": ["a", "b"])",
       R"("type": "chebyshev", )" + x + R"("params": ["a", "b"])",
       {{"a", 0.1, -0.4, 0.4}, {"b", 0.05, -0.4, 0.4}}},
      {"exp_polynomial",
       R"("type": "legacy_exp_poly_dist", "x": "x", "coefficients": ["1.0", "a", "b"])",
       R"("type": "exp_polynomial", )" + x + R"("params": ["a", "b"])",
       {{"a", -0.2, -1, 1}, {"b", -0.05, -1, 0}}},
      {"power_sum",
       R"("type": "power_sum_dist", "x": "x", "coefficients": ["a", 0.5], "exponents": [-1, "e"])",
       R"("type": "powers", )" + x + R"("params": ["a", -1, 0.5, "e"])",
       {{"a", 1, 0.1, 3}, {"e", -2, -4, 0}},
       "",
       "[0.25, 5]"},
      {"bifurcated_gaussian",
       R"("type": "bifurkated_gaussian_dist", "x": "x", "mean": "m", "sigmaL": "s", "sigmaR": "r")",
       R"("type": "bifurcated_gaussian", )" + x + R"("params": ["m", "s", "r"])",
       {mean, width, {"r", 1.4, 0.1, 3}}},
      {"lognormal",
       R"("type": "lognormal_dist", "x": "x", "mu": "mu", "sigma": "k_log")",
       R"("type": "lognormal", )" + x + R"x("params": ["mu", "=log(k)"])x",
       {{"mu", 0.6, 0, 2}, {"k", 1.8, 1.1, 4}},
       R"x({"name": "k_log", "type": "generic_function", "expression": "log(k)"})x",
       "[0.25, 5]"},
      {"gamma",
       R"("type": "gamma_dist", "x": "x", "gamma": "g", "beta": "b", "mu": 0)",
       R"("type": "gamma", )" + x + R"("params": ["g", "b", 0])",
       {{"g", 1.6, 1, 4}, {"b", 1.3, 0.2, 4}},
       "",
       "[0.25, 5]"},
      {"argus_that_ends_with_the_window",
       R"("type": "argus_dist", "mass": "x", "resonance": 5, "slope": "c", "power": "p")",
       R"("type": "argus", )" + x + R"("params": ["c", "p"])",
       {{"c", -2, -9, 0}, {"p", 0.5, 0.1, 2}}},
      {"argus_of_root_cut_before_its_end",
       R"("type": "ARGUS_dist", "mass": "x", "resonance": 6, "slope": "c", "power": "p")",
       R"("type": "formula", )" + x +
           R"x("expression": "x*(1-(x/6)^2)^p*exp(c*(1-(x/6)^2))", "params": ["c", "p"])x",
       {{"c", -2, -9, 0}, {"p", 0.5, 0.1, 2}}},
      {"crystal_ball_with_both_tails",
       R"("type": "crystalball_dist", "m": "x", "m0": "m", "sigma": "s", "alpha": "a", "n": 3)",
       R"("type": "generalized_crystal_ball", )" + x +
           R"("params": ["m", "s", "a", 3, "s", "a", 3])",
       {mean, width, {"a", 1.2, 0.5, 3}}},
      {"crystal_ball_of_root",
       R"("type": "crystalball_dist", "m": "x", "m0": "m", "sigma": "s", "alpha": "a", "n": 3)",
       R"("type": "crystal_ball", )" + x + R"("params": ["m", "s", "a", 3])",
       {mean, width, {"a", 1.2, 0.5, 3}},
       "",
       "[0, 5]",
       R"(, "misc": {"ROOT_internal": {}})"},
      {"crystal_ball_of_two_sides",
       R"("type": "crystalball_doublesided_dist", "m": "x", "m0": "m", "sigma_L": "s", "sigma_R": 0.9, "alpha_L": "a", "n_L": 3, "alpha_R": 1.5, "n_R": 4)",
       R"("type": "generalized_crystal_ball", )" + x +
           R"("params": ["m", "s", "a", 3, 0.9, 1.5, 4])",
       {mean, width, {"a", 1.2, 0.5, 3}}},
      {"generic",
       R"x("type": "generic_dist", "expression": "exp(-c*x)*pow(x, 2) + spread*(x > 1 ? 1 : 0.5)")x",
       R"("type": "formula", )" + x +
           R"x("expression": "exp(-c*x)*x^2 + (c+2*d)*(x > 1 ? 1 : 0.5)", "params": ["c", "d"])x",
       {{"c", 0.5, 0.1, 2}, {"d", 0.3, 0.1, 1}},
       R"({"name": "spread", "type": "sum", "summands": ["c", "twice"]},
          {"name": "twice", "type": "product", "factors": [2, "d"]})"},
      {"functions_of_parameters",
       R"("type": "gaussian_dist", "x": "x", "mean": "line", "sigma": "s")",
       R"("type": "gaussian", )" + x + R"("params": ["=1+0.5*c+0.25*c^2", "s"])",
       {{"c", 1.1, 0, 2}, width},
       R"({"name": "line", "type": "polynomial", "x": "c", "coefficients": [1, 0.5, 0.25]})"},
      {"histogram",
       R"("type": "histogram_dist", "data": {"axes": [{"name": "x", "min": 0, "max": 5, "nbins": 5}], "contents": [1, 2, 3, 4, 5]})",
       R"("type": "histogram", "observable": "x", "bin_edges": [0, 1, 2, 3, 4, 5], "bin_content": [1, 2, 3, 4, 5])",
       {}},
      {"decay",
       R"("type": "decay_dist", "t": "x", "tau": "tau", "resolutionModel": "g", "decayType": 0}, {"name": "g", "type": "gauss_model_function", "x": "x", "mean": 0, "sigma": "s")",
       R"("type": "decay", )" + x + R"("side": "single", "params": ["tau", 0, "s"])",
       {{"tau", 1.5, 0.5, 3}, {"s", 0.3, 0.1, 1}}}};
}

class Shapes : public testing::TestWithParam<ShapeCase> {};

TEST_P(Shapes, have_the_nll_of_the_spec_that_says_the_same) {
  auto c = GetParam();
  auto const lower = c.window.substr(1, c.window.find(',') - 1);
  c.parameters.insert(c.parameters.begin(), Point{"n", 9, 0, 100});
  DocumentText document{test::one_shape(c.hs3), c.parameters, c.functions};
  document.axes = R"({"name": "x", "min": )" + lower + R"(, "max": 5})";
  document.more = c.more;
  auto const spec = model_of(document);
  expect_same_nll(spec, spec_of(c.parameters, process(c.pdf), c.window), c.parameters);
}

INSTANTIATE_TEST_SUITE_P(Types, Shapes, testing::ValuesIn(shape_cases()), [](auto const& info) {
  return info.param.name;
});

struct YieldCase {
  std::string name, coefficient, yield;
  std::string functions{};
};
std::ostream& operator<<(std::ostream& out, YieldCase const& c) {
  return out << c.name;
}

class Yields : public testing::TestWithParam<YieldCase> {};

TEST_P(Yields, have_the_nll_of_the_spec_that_says_the_same) {
  auto const& c = GetParam();
  std::vector<Point> const parameters{{"n", 9, 0, 100}, {"mu", 1.2, 0, 5}, {"alpha", 0.3, -5, 5}};
  DocumentText document{
      R"({"name": "model", "type": "mixture_dist", "summands": ["shape", "other"], "coefficients": [)" +
          c.coefficient +
          R"(, "mu"]}, {"name": "shape", "type": "exponential_dist", "x": "x", "c": 0.5},
         {"name": "other", "type": "gaussian_dist", "x": "x", "mean": 2, "sigma": "width"})",
      parameters,
      c.functions};
  document.functions += (c.functions.empty() ? "" : ", ") +
                        std::string(R"({"name": "width", "type": "generic_function",
                                        "expression": "1 + 0.05*alpha"})");
  auto const other = R"({"name": "other", "pdf": {"type": "gaussian", "observable": "x",
      "params": [2, "=1+0.05*alpha"]}, "yield": {"type": "parameter", "name": "mu"}})";
  auto const own =
      process(R"("type": "exponential", "observable": "x", "params": [-0.5])", c.yield) + ", " +
      other;
  auto used = parameters;
  if (c.yield.find("\"n\"") == std::string::npos && c.yield.find("n*") == std::string::npos) {
    used.erase(used.begin());
  }
  expect_same_nll(model_of(document), spec_of(parameters, own), used);
}

std::string generic(std::string const& expression) {
  return R"({"name": "events", "type": "generic_function", "expression": ")" + expression + "\"}";
}

INSTANTIATE_TEST_SUITE_P(
    Forms,
    Yields,
    testing::Values(
        YieldCase{"number", "12.5", R"({"type": "fixed", "value": 12.5})"},
        YieldCase{"parameter", R"("n")", R"({"type": "parameter", "name": "n"})"},
        YieldCase{"product",
                  R"("events")",
                  R"({"type": "scaled", "base_yield": 3, "scale": "=n*mu"})",
                  R"({"name": "events", "type": "product", "factors": ["n", 3, "mu"]})"},
        YieldCase{
            "linear_in_a_nuisance",
            R"("events")",
            R"({"type": "scaled", "base_yield": 4, "scale": "n", "modifiers": [{"type": "weightsys", "param": "alpha", "lo": 0.9, "hi": 1.1}]})",
            generic("n*4*(1+0.1*alpha)")},
        YieldCase{
            "exponential_in_a_nuisance",
            R"("events")",
            R"({"type": "parameter", "name": "n", "modifiers": [{"type": "normsys", "param": "alpha", "lo": 0.625, "hi": 1.6}]})",
            generic("n*pow(1.6, alpha)")},
        YieldCase{
            "exp_of_a_nuisance",
            R"("events")",
            R"({"type": "scaled", "base_yield": 2, "scale": "=n*n", "modifiers": [{"type": "normsys", "param": "alpha", "lo": 0.90483741803595952, "hi": 1.1051709180756477}]})",
            generic("exp(alpha/10)*n^2*8/4")}),
    [](auto const& info) { return info.param.name; });

}  // namespace
}  // namespace toyfarm::hs3
