#include "toyfarm/core/error.hpp"
#include "toyfarm/ensemble/summary.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/report/toy_figures.hpp"

#include "app/pages/pages.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_shown = 8;  ///< parameters whose figures are not folded away

/// Toys that the table should hold: those of the manifest beside it, or all of the study.
core::ToyRange range_of(record::StudyInfo const& study, Document const& manifest) {
  auto const count = count_at(manifest, "toy_count");
  return count > 0 ? core::ToyRange{{count_at(manifest, "toy_start")}, count}
                   : core::ToyRange{{0}, study.n_toys};
}

void add_guardrails(report::Section& section, fs::path const& result) {
  if (!is_there(result)) {
    return;
  }
  auto const document = read_without_lists(result, {"failures", "warnings"});
  for (auto const* kind : {"failures", "warnings"}) {
    for (auto const& words : at(at(document, "guardrails"), kind)) {
      if (words.is_string()) {
        section.warnings.push_back((*kind == 'f' ? "guardrail failed: " : "warning: ") +
                                   words.get<std::string>());
      }
    }
  }
}

std::string text_of(std::map<std::string, double> const& values) {
  std::string text;
  for (auto const& [name, value] : values) {
    text += (text.empty() ? "" : ", ") + name + " = " + Document(value).dump();
  }
  return text;
}

report::Section study_section(record::StudyInfo const& study, bool is_vouched) {
  report::Section section{"The study"};
  section.facts = {
      {"toys", std::to_string(study.n_toys)},
      {"seed", std::to_string(study.seed)},
      {"generation point",
       study.gen_point + (study.overrides.empty() ? "" : " with " + text_of(study.overrides))},
      {"events per toy", study.events},
      {"global observables",
       study.constrained.empty() ? "none" : std::string(core::word_of(study.constraint_mode))},
      {"engine", study.engine + ", arithmetic " + study.arithmetic},
      {"model", "SHA-256 " + study.model_hash},
      {"data", study.data_hash.empty() ? "none" : "SHA-256 " + study.data_hash},
      {"layout of cells", "SHA-256 " + study.layout_hash}};
  if (!is_vouched) {
    section.warnings.emplace_back(
        "No manifest beside toys.h5 says what it should hold: its bytes may be any.");
  }
  section.folded.push_back({"the spec", study.spec_text});
  return section;
}

std::vector<report::Section> sections_of(io::ToyTableFile const& table,
                                         core::ToyRange range,
                                         fs::path const& result) {
  auto const summary = ensemble::summarise(table.study, table.rows, range);
  auto const numbers = report::toy_numbers(table.study, table.rows, summary);
  report::Section parameters{"Parameters"};
  add_guardrails(parameters, result);
  parameters.paragraphs.push_back(std::to_string(summary.n_rows) + " toys of " +
                                  std::to_string(summary.n_requested) + " asked for, " +
                                  std::to_string(summary.n_converged) +
                                  " converged. Means and widths are over the converged ones.");
  parameters.tables.push_back(report::parameter_table(table.study, summary));
  for (std::size_t j = 0; j < numbers.parameters.size(); ++j) {
    auto const parameter = numbers.parameters[j].parameter;
    if (auto const note = ensemble::pull_note(summary, table.study, parameter);
        note && parameter == table.study.poi) {
      parameters.warnings.push_back(*note);
    }
    auto& figures = j < most_shown ? parameters.figures : parameters.more;
    figures.push_back(report::estimate_figure(numbers.parameters[j]));
    figures.push_back(report::pull_figure(numbers.parameters[j]));
    if (j == 0 && numbers.parameters.size() > 1) {
      figures.push_back(report::pulls_figure(numbers.parameters));
      figures.push_back(report::correlation_figure(
          numbers.correlation, "Correlations of estimates", numbers.parameters.size()));
    }
  }
  return {std::move(parameters), report::failure_section(table.study, summary)};
}

}  // namespace

std::vector<report::Section> toy_sections(fs::path const& file) {
  auto const folder = file.parent_path();
  auto const opened = io::open_vouched(file);
  auto const table = io::read_toy_table(opened);
  auto const manifest = is_there(folder / "manifest.json") && file.filename() == "toys.h5"
                            ? read_document(folder / "manifest.json")
                            : Document();
  auto sections = sections_of(table, range_of(table.study, manifest), folder / "merged.out.json");
  sections.push_back(study_section(table.study, opened.is_vouched()));
  return sections;
}

}  // namespace toyfarm::app
