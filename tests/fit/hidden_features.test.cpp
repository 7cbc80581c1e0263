// A density finer than the cells that stand for it is not certified, whatever their check points
// say: one such fit for every density that can be so.
#include <gtest/gtest.h>

#include "toyfarm/fit/certificate.hpp"

#include "fit/models.hpp"

namespace toyfarm::fit {
namespace {

struct Feature {
  std::string name;
  std::string pdf;  ///< type and params or fields
  std::string parameters;
  std::vector<double> hidden, plain;  ///< parameters of the shape
};

std::vector<Feature> features() {
  auto const p = [](char const* name, double init, double lower, double upper) {
    return ",{\"name\": \"" + std::string(name) + "\", \"init\": " + std::to_string(init) +
           ", \"bounds\": [" + std::to_string(lower) + ", " + std::to_string(upper) + "]}";
  };
  auto const m = p("m", 4, 0, 10);
  auto const s = p("s", 1, 1e-6, 10);
  auto const g = p("g", 1, 1e-6, 10);
  auto const tail = p("a", 1, 0.1, 5) + p("k", 3, 1.1, 20);
  auto const other = p("b", 1, 0.1, 5) + p("h", 3, 1.1, 20);
  double const between = 3.9871;
  return {
      {"gaussian", R"("gaussian", "params": ["m", "s"])", m + s, {between, 1e-4}, {4, 3}},
      {"voigtian",
       R"("voigtian", "params": ["m", "s", "g"])",
       m + s + g,
       {between, 1e-4, 1e-5},
       {4, 3, 1}},
      {"pseudo_voigt",
       R"("voigtian", "params": ["m", "s", "g"], "variant": "nextstat")",
       m + s + g,
       {between, 1e-4, 2},
       {4, 3, 3}},
      {"crystal_ball",
       R"("crystal_ball", "params": ["m", "s", "a", "k"])",
       m + s + tail,
       {between, 1e-4, 5, 3},
       {9.999, 3, 5, 3}},
      {"double_crystal_ball",
       R"("double_crystal_ball", "params": ["m", "s", "a", "k", "b", "h"])",
       m + s + tail + other,
       {between, 1e-4, 5, 3, 5, 3},
       {5, 3, 5, 3, 5, 3}},
      {"exponential", R"("exponential", "params": ["f"])", p("f", 0, -1e6, 1e6), {-1e5}, {-0.5}},
      {"formula",
       R"("formula", "params": ["m", "s"], "expression": "1+exp(-0.5*((x-m)/s)^2)/s")",
       m + s,
       {between, 1e-4},
       {4, 3}},
      {"narrow_kde", R"("kde", "centers": [3.9871], "bandwidth": 1e-4)", "", {}, {}},
      {"wide_kde", R"("kde", "centers": [4], "bandwidth": 3)", "", {}, {}},
  };
}

bool is_certified(Feature const& feature, std::vector<double> const& shape) {
  auto const model = test::make_model(
      test::slope_parameters + R"(,{"name": "nsig", "init": 5, "bounds": [0, 1e6]})" +
          feature.parameters,
      test::slope_process + R"(,{"name": "sig", "pdf": {"observable": "x", "type": )" +
          feature.pdf + R"(}, "yield": {"type": "parameter", "name": "nsig"}})");
  std::vector<model::NodeCells> cells(1);
  auto& axis = cells[0].axes.emplace_back();
  model::Sample sample = test::sample_of({});
  constexpr int n_cells = 4;
  for (int c = 0; c < n_cells; ++c) {
    double const width = 10.0 / n_cells;
    axis.lower.push_back(width * c);
    axis.upper.push_back(width * (c + 1));
    cells[0].counts.push_back(25);
    for (std::size_t j = 0; j < model::node_order; ++j) {
      double const t = std::cos(M_PI * (static_cast<double>(j) + 0.5) / model::node_order);
      axis.nodes.push_back(width * (c + 0.5 + 0.5 * t));
      sample.channels[0].weights.push_back(25.0 / model::node_order);
    }
    for (std::size_t i = 0; i < model::check_order; ++i) {
      double const t = -std::cos(M_PI * (static_cast<double>(i) + 0.6) / model::check_order);
      axis.checks.push_back(width * (c + 0.5 + 0.5 * t));
    }
  }
  sample.channels[0].columns[0].assign(axis.nodes.begin(), axis.nodes.end());
  ExtendedNll nll(model, cells);
  nll.bind(sample, {});
  FitResult result;
  result.status = core::FitStatus::converged;
  result.values = {95, -0.1, 5};
  result.values.insert(result.values.end(), shape.begin(), shape.end());
  result.errors.assign(result.values.size(), NAN);
  auto const n = static_cast<Eigen::Index>(result.values.size());
  result.covariance.setZero(n, n);
  return Certificate(model).bound(nll, result, sample).nll < HUGE_VAL;
}

TEST(HiddenFeatures, are_never_certified) {
  for (auto const& feature : features()) {
    if (feature.name == "narrow_kde" || feature.name == "wide_kde") {
      EXPECT_EQ(is_certified(feature, {}), feature.name == "wide_kde") << feature.name;
      continue;
    }
    EXPECT_FALSE(is_certified(feature, feature.hidden)) << feature.name;
    EXPECT_TRUE(is_certified(feature, feature.plain)) << feature.name;
  }
}

}  // namespace
}  // namespace toyfarm::fit
