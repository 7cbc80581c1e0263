#include <fmt/core.h>

#include "toyfarm/batch/merge.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/io/publish.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/report.hpp"

namespace toyfarm::app {
namespace {

using core::ExitCode;

std::string missing_ranges(std::vector<core::ToyRange> const& missing) {
  std::string text;
  for (auto const& range : missing) {
    text += fmt::format("{}{}..{}",
                        text.empty() ? "" : ", ",
                        range.first.value,
                        range.first.value + range.count - 1);
  }
  return text;
}

}  // namespace

ExitCode run_merge(MergeOptions const& options) {
  std::vector<std::filesystem::path> const inputs(options.inputs.begin(), options.inputs.end());
  check_output(options.output, options.force, inputs);
  auto const merged = batch::merge_pieces(inputs);
  if (!merged.missing.empty()) {
    auto const text = "toys missing: " + missing_ranges(merged.missing) +
                      fmt::format(" (of {})", merged.study.n_toys);
    if (!options.allow_partial) {
      core::log_error(text + "; add their pieces, or accept it with --allow-partial");
      return ExitCode::incomplete;
    }
    core::log_warn(text);
  }
  core::ToyRange const range{{0}, merged.study.n_toys};
  auto const summary = ensemble::summarise(merged.study, merged.rows, range);
  auto const guardrails = ensemble::judge(summary, merged.study, options.guardrails);
  io::ResultDocument const document{
      &merged.study, &merged.rows, &summary, &guardrails, range, {}, merged.sources, utc_now(), {}};
  std::string files = options.output;
  if (options.output != "-") {
    auto const table = batch::toy_table_beside(options.output);
    io::publish(table, [&](std::filesystem::path const& file) {
      io::write_toy_table(file, merged.study, merged.rows);
    });
    files.append(" ").append(table.string());
  }
  write_output(options.output,
               [&](io::TextSink const& sink) { io::write_result_json(document, sink); });
  if (options.output != "-") {
    print(summary_table(merged.study, summary, guardrails) + "wrote " + files + "\n");
  }
  return guardrails.passed ? ExitCode::success : ExitCode::check_failed;
}

}  // namespace toyfarm::app
