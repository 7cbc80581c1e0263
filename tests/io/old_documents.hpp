#pragma once
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "toyfarm/io/reports.hpp"

#include "support/rows.hpp"

// What tests of the old documents share.
namespace toyfarm::test {

/// A study with everything a document needs, alive as long as the document.
struct DocumentFixture {
  explicit DocumentFixture(std::uint64_t n_rows = 24, core::ToyRange range = {{0}, 26})
      : study(small_study(52)), rows(made_up_rows(study.layout(), {range.first, n_rows})) {
    limits.max_abs_poi_pull_mean = 0.1;
    limits.poi_pull_std_range = {0.5, 1.5};
    update(range);
  }
  void update(core::ToyRange range) {
    summary = ensemble::summarise(study, rows, range);
    verdict = ensemble::judge(summary, study, limits);
    document = {&study, &rows, &summary, &verdict, range, std::nullopt, {}, "", ""};
  }
  record::StudyInfo study;
  record::RowTable rows;
  ensemble::GuardrailLimits limits;
  ensemble::Summary summary;
  ensemble::GuardrailVerdict verdict;
  io::ResultDocument document;
};

/// The keys that are not there, each with a blank behind it.
inline std::string missing_keys(nlohmann::json const& object, std::set<std::string> const& keys) {
  std::string missing;
  for (auto const& key : keys) {
    missing += object.contains(key) ? "" : key + " ";
  }
  return missing;
}

}  // namespace toyfarm::test
