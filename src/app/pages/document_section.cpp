#include <array>
#include <cmath>

#include "toyfarm/core/error.hpp"
#include "toyfarm/report/correlation.hpp"
#include "toyfarm/report/markup.hpp"

#include "app/pages/answers.hpp"
#include "app/pages/pages.hpp"

namespace toyfarm::app {
namespace {

using report::Section;

/// Of the parameters that have errors.
report::Correlation correlation_of(std::vector<std::string> const& names,
                                   std::vector<double> const& covariance) {
  auto const n = names.size();
  report::Correlation out;
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < n && covariance.size() == n * n; ++i) {
    if (covariance[i * n + i] > 0) {
      free.push_back(i);
      out.names.push_back(names[i]);
    }
  }
  for (auto const i : free) {
    for (auto const k : free) {
      out.values.push_back(covariance[i * n + k] /
                           std::sqrt(covariance[i * n + i] * covariance[k * n + k]));
    }
  }
  return out;
}

void add_fit(Section& section, Document const& json) {
  section.title = "Fit of the data";
  auto const values = numbers_at(json, "bestfit");
  auto const errors = numbers_at(json, "errors");
  report::Table table{{"parameter", "value", "error"}, {}};
  std::vector<std::string> names;
  for (auto const& name : at(json, "parameter_names")) {
    auto const i = names.size();
    names.push_back(name.is_string() ? name.get<std::string>() : "");
    auto const value = i < values.size() ? values[i] : report::no_number;
    auto const error = i < errors.size() ? errors[i] : report::no_number;
    table.rows.push_back({names.back(),
                          report::number_text(value, 8),
                          error > 0 ? report::number_text(error) : "–"});
  }
  section.tables.push_back(std::move(table));
  auto const correlation = correlation_of(names, numbers_at(json, "covariance"));
  if (correlation.names.size() > 1) {
    section.figures.push_back(report::correlation_figure(
        correlation, "Correlations of the fit", correlation.names.size()));
  }
  for (auto const* key : {"status",
                          "nll",
                          "edm",
                          "n_iter",
                          "termination_reason",
                          "model_hash",
                          "data_hash",
                          "spec_sha256"}) {
    if (auto const text = text_at(json, key); !text.empty()) {
      section.facts.emplace_back(key, text);
    }
  }
}

void add_head(Section& section, Document const& json) {
  section.facts.emplace_back("parameter of interest", text_at(json, "poi"));
  auto const& best = at(json, "best_fit");
  if (best.is_object() && best.contains("value")) {
    section.facts.emplace_back("best fit", told(json, "best_fit"));
  }
  if (auto const method = text_at(json, "method"); !method.empty()) {
    section.facts.emplace_back("method", method);
  }
  if (count_at(json, "n_toys") > 0) {
    section.facts.emplace_back(
        "toys", text_at(json, "n_toys") + ", of which failed: " + text_at(json, "n_failed"));
  }
  if (text_at(json, "complete") == "no") {
    section.warnings.emplace_back("Not complete: the answer is what is known so far.");
  }
}

/// What a command's document adds to the section that tells of it.
struct Answer {
  std::string_view command;
  std::string_view title;
  void (*add)(Section&, Document const&);
};
constexpr std::array answers{Answer{"scan", "Profile likelihood", add_scan},
                             Answer{"limit", "Upper limit", add_limit},
                             Answer{"significance", "Significance", add_significance},
                             Answer{"impacts", "Impacts", add_impacts},
                             Answer{"interval", "Interval (Feldman–Cousins)", add_interval},
                             Answer{"coverage", "Coverage", add_coverage},
                             Answer{"bias", "Bias", add_tables},
                             Answer{"gof", "Goodness of fit", add_tables}};

}  // namespace

Section document_section(std::filesystem::path const& file) {
  auto const json = read_document(file);
  Section section;
  auto const command = text_at(json, "command");
  for (auto const& answer : answers) {
    if (answer.command == command) {
      section.title = answer.title;
      add_head(section, json);
      answer.add(section, json);
      for (auto const& [name, words] : at(json, "definitions").items()) {
        section.facts.emplace_back(name,
                                   words.is_string() ? words.get<std::string>() : words.dump());
      }
      return section;
    }
  }
  if (!at(json, "bestfit").is_array()) {
    throw core::DataError(file.string(),
                          "is no answer that a page can show; give a run directory, toys.h5, or "
                          "what scan, limit, significance, impacts, interval, coverage, bias, gof "
                          "or fit wrote");
  }
  add_fit(section, json);
  return section;
}

}  // namespace toyfarm::app
