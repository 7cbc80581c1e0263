// Public workspaces against what another program found for them.
#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

#include <nlohmann/json.hpp>

#include "toyfarm/hs3/read_model.hpp"

#include "hs3/model_nll.hpp"
#include "support/shared.hpp"

namespace toyfarm::hs3 {
namespace {

using Json = nlohmann::json;

Json json_of(std::filesystem::path const& file) {
  std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  return Json::parse(in);
}

/// Without the terms of constraints, which the expected values leave out.
double data_nll(spec::Spec const& spec, test::Values const& values = {}) {
  return test::nll_at(spec, test::written_sample(spec), values) -
         test::constraint_nll(spec, values);
}

TEST(Published, workspaces_of_pyhs3_have_the_nll_of_another_program) {
  TOYFARM_SKIP_WITHOUT_SHARED(shared);
  auto const folder = shared / "reference" / "hs3";
  auto const expected = json_of(folder / "expected_pyhs3_benchmarks_numpy.json");
  std::size_t n_compared = 0;
  for (auto const& [name, own] : expected.items()) {
    auto const file = folder / "pyhs3-benchmarks" / (name + ".json");
    auto const document = json_of(file);
    auto const& nll = own.at("nll_per_likelihood_sum_nu_minus_sum_log");
    ASSERT_EQ(document.at("likelihoods").size(), nll.size());
    for (std::size_t k = 0; k < nll.size(); ++k) {
      auto const likelihood = document.at("likelihoods")[k].at("name").get<std::string>();
      auto const spec = read_model(file, spec::UnknownFields::refuse, {.likelihood = likelihood});
      EXPECT_EQ(spec.poi, "mu_sig");
      EXPECT_EQ(spec.channels.at(0).data->events->entries.size(), own.at("events")[k]);
      EXPECT_NEAR(data_nll(spec), nll[k].get<double>(), 1e-9) << name << " " << likelihood;
      for (auto const& point : own.at("scan_mu_sig")) {
        EXPECT_NEAR(
            data_nll(spec, {{"mu_sig", point[0].get<double>()}}), point[1][k].get<double>(), 1e-9)
            << name << " " << likelihood << " at " << point[0];
        ++n_compared;
      }
    }
  }
  EXPECT_EQ(n_compared, 80U);  // 16 likelihoods, 5 points
}

/// A row of JuliaHEP's tables: one parameter's value, all others as in the document, and ROOT's
/// NLL.
struct Row {
  std::string name;
  double value, nll;
};

std::vector<Row> rows_of(std::filesystem::path const& file) {
  std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  std::vector<Row> rows;
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "param_name,param_value,julia_output,root_output");
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string name;
    std::string value;
    std::string julia;
    std::string root;
    std::getline(words, name, ',');
    std::getline(words, value, ',');
    std::getline(words, julia, ',');
    std::getline(words, root, ',');
    rows.push_back({name, std::stod(value), std::stod(root)});
  }
  return rows;
}

TEST(Published, documents_of_juliahep_have_the_nll_of_root) {
  TOYFARM_SKIP_WITHOUT_SHARED(shared);
  auto const folder = shared / "reference" / "hs3" / "HS3.jl";
  std::size_t n_compared = 0;
  // Rows that vary these; others of the table of split are not of the document's values.
  using Names = std::vector<std::string>;
  for (auto const& [document, varied] :
       std::vector<std::pair<std::string, Names>>{{"gauss", {"mu", "sigma"}},
                                                  {"gauss_weighted", {"mu", "sigma"}},
                                                  {"exponential", {"c"}},
                                                  {"split", {"sigmaR"}},
                                                  {"bernstein", {"c1", "c2", "c3", "c4", "c5"}}}) {
    auto const spec = read_model(folder / ("test_gg_unbinned_" + document + ".json"),
                                 spec::UnknownFields::refuse);
    auto const sample = test::written_sample(spec);
    auto const& channel = sample.channels.at(0);
    double const n = channel.weights.empty()
                         ? static_cast<double>(channel.n_events)
                         : std::accumulate(channel.weights.begin(), channel.weights.end(), 0.0);
    // A distribution without a rate has the events of the data.
    double const constant = n - n * std::log(n);
    for (auto const& row : rows_of(folder / ("test_gg_unbinned_" + document + ".csv"))) {
      if (std::ranges::find(varied, row.name) == varied.end()) {
        continue;
      }
      auto const p = std::ranges::find(spec.parameters, row.name, &spec::Parameter::name);
      ASSERT_NE(p, spec.parameters.end()) << row.name;
      if (row.value < p->bounds.lower || row.value > p->bounds.upper || !std::isfinite(row.nll)) {
        continue;
      }
      EXPECT_NEAR(test::nll_at(spec, sample, {{row.name, row.value}}) - constant,
                  row.nll,
                  1e-9 * (1 + std::abs(row.nll)))
          << document << ": " << row.name << " = " << row.value;
      ++n_compared;
    }
  }
  EXPECT_GT(n_compared, 100U);
}

}  // namespace
}  // namespace toyfarm::hs3
