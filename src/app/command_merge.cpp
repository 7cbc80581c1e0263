#include <fmt/core.h>

#include "toyfarm/batch/collect.hpp"
#include "toyfarm/batch/merge.hpp"
#include "toyfarm/batch/old_results.hpp"
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

/// What is to be merged, and by what it is judged.
struct Pieces {
  std::vector<std::filesystem::path> inputs;
  ensemble::GuardrailLimits guardrails;
  ExitCode code = ExitCode::success;  ///< if not, they cannot be merged
};

/// The shards of a rendered run that hold rows. All must be ok, unless missing ones are accepted;
/// what is corrupt or foreign is then left out.
Pieces pieces_of(MergeOptions const& options) {
  if (options.accept_unverified && !options.manifest.empty()) {
    return {batch::old_pieces(options.manifest), options.guardrails};
  }
  if (options.manifest.empty()) {
    return {{options.inputs.begin(), options.inputs.end()}, options.guardrails};
  }
  auto const run = batch::read_rendered_run(options.manifest);
  Pieces pieces{{}, options.limits_given ? options.guardrails : run.guardrails};
  auto const results = batch::collect(run);
  for (auto const& result : results) {
    if (result.state != "ok") {
      auto const text = fmt::format("shard {} is {}: {}", result.index, result.state, result.error);
      options.allow_partial ? core::log_warn(text) : core::log_error(text);
    }
    if (!result.output.empty()) {
      pieces.inputs.push_back(run.directory / result.output);
    }
  }
  pieces.code = options.allow_partial ? ExitCode::success : verdict_of(results);
  if (pieces.code != ExitCode::success) {
    core::log_error(
        "nothing was merged; run these shards again (run_one_shard.sh I), or leave them out with "
        "--allow-partial");
  } else if (pieces.inputs.empty()) {
    core::log_error("no shard has any rows");
    pieces.code = ExitCode::incomplete;
  }
  return pieces;
}

}  // namespace

ExitCode run_merge(MergeOptions const& options) {
  auto const pieces = pieces_of(options);
  if (pieces.code != ExitCode::success) {
    return pieces.code;
  }
  check_output(options.output, options.force, pieces.inputs);
  auto const merged = options.accept_unverified ? batch::merge_old_results(pieces.inputs)
                                                : batch::merge_pieces(pieces.inputs);
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
  auto const guardrails = ensemble::judge(summary, merged.study, pieces.guardrails);
  io::ResultDocument document{&merged.study,
                              &merged.rows,
                              &summary,
                              &guardrails,
                              range,
                              {},
                              merged.sources,
                              utc_now(),
                              {},
                              merged.missing};
  document.is_verified = !options.accept_unverified;
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
