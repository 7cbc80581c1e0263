#include "toyfarm/batch/merge.hpp"

#include <fmt/core.h>

#include "toyfarm/batch/collect.hpp"
#include "toyfarm/batch/old_results.hpp"
#include "toyfarm/batch/run_manifest.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/io/vouched_file.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/report/tables.hpp"
#include "toyfarm/run/output.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
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
  std::vector<fs::path> inputs;
  ensemble::GuardrailLimits guardrails;
  ExitCode code = ExitCode::success;  ///< if not, they cannot be merged
};

/// The shards of a rendered run that hold rows. All must be ok, unless missing ones are accepted;
/// what is corrupt or foreign is then left out.
Pieces shards_of(batch::RenderedRun const& run, MergeOptions const& options) {
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

/// Where the rows are that a manifest of a run or of a shard names.
fs::path rows_of(fs::path const& manifest) {
  constexpr std::string_view end = ".manifest.json";
  auto const name = manifest.filename().string();
  auto const folder = fs::absolute(manifest).parent_path();
  return name.ends_with(end) ? folder / (name.substr(0, name.size() - end.size()) + ".toys.h5")
                             : folder;
}

Pieces pieces_of(MergeOptions const& options) {
  if (options.manifest.empty()) {
    return {{options.inputs.begin(), options.inputs.end()}, options.guardrails};
  }
  if (options.accept_unverified) {
    return {batch::old_pieces(options.manifest), options.guardrails};
  }
  if (batch::is_rendered_run(options.manifest)) {
    return shards_of(batch::read_rendered_run(options.manifest), options);
  }
  // Of a run under mpirun or srun, whose rows are in one table already.
  return {{rows_of(options.manifest)}, options.guardrails};
}

/// Whether the output is where the manifest's own run keeps its merged result.
bool is_own_result(MergeOptions const& options) {
  if (options.manifest.empty()) {
    return false;
  }
  std::error_code error;
  auto const own = fs::absolute(options.manifest).parent_path() / "merged.out.json";
  return fs::equivalent(own, options.output, error);
}

/// Old command lines merge after a run. Under MPI that is done when it ends.
ExitCode tell_that_it_is_merged(MergeOptions const& options, batch::MergedStudy const& merged) {
  static_cast<void>(io::open_vouched(options.output));
  core::ToyRange const range{{0}, merged.study.n_toys};
  auto const summary = ensemble::summarise(merged.study, merged.rows, range);
  auto const guardrails = ensemble::judge(summary, merged.study, options.guardrails);
  os::print_report(report::summary_table(merged.study, summary, guardrails) + options.output +
                   " is this run's merged result already; left as it is\n");
  return guardrails.passed ? ExitCode::success : ExitCode::check_failed;
}

std::vector<os::OutputClaim> claim_outputs(MergeOptions const& options, Pieces const& pieces) {
  std::vector<os::OutputClaim> claims;
  if (options.output != "-") {
    bool const force = options.force || is_own_result(options);
    auto const table = batch::toy_table_beside(options.output).string();
    claims.push_back(run::claim_output(options.output, force, pieces.inputs));
    // First, so that it goes before the one that may have made the folder.
    claims.insert(claims.begin(), run::claim_output(table, force, pieces.inputs));
  }
  return claims;
}

/// A piece that was moved away from its manifest is taken, but not called verified.
void tell_unvouched(batch::MergedStudy const& merged) {
  for (auto const& file : merged.unvouched) {
    core::log_warn(file +
                   ": no manifest beside it names it, so nothing tells whether it is damaged; "
                   "merge.verified of the result is false");
  }
}

/// Table and document, which appear together. Returns their names.
std::string publish_merged(MergeOptions const& options, io::ResultDocument document) {
  if (options.output == "-") {
    run::write_output("-",
                      [&](os::TextSink const& sink) { io::write_result_json(document, sink); });
    return "";
  }
  auto const table = batch::toy_table_beside(options.output);
  os::Publication files;
  auto const staged = files.add(table, [&](fs::path const& file) {
    io::write_toy_table(file, *document.study, *document.rows);
  });
  document.table = io::file_entry(staged, table.filename().string());
  os::add_text(files, options.output, [&](os::TextSink const& sink) {
    io::write_result_json(document, sink);
  });
  files.commit();
  return options.output + " " + table.string();
}

}  // namespace

ExitCode run_merge(MergeOptions const& options) {
  auto const pieces = pieces_of(options);
  if (pieces.code != ExitCode::success) {
    return pieces.code;
  }
  auto const claims = claim_outputs(options, pieces);
  auto const merged = options.accept_unverified ? batch::merge_old_results(pieces.inputs)
                                                : batch::merge_pieces(pieces.inputs);
  if (!options.accept_unverified) {
    tell_unvouched(merged);
  }
  if (!merged.missing.empty()) {
    auto const text = "toys missing: " + missing_ranges(merged.missing) +
                      fmt::format(" (of {})", merged.study.n_toys);
    if (!options.allow_partial) {
      core::log_error(text + "; add their pieces, or accept it with --allow-partial");
      return ExitCode::incomplete;
    }
    core::log_warn(text);
  }
  if (is_own_result(options) && !options.accept_unverified &&
      !batch::is_rendered_run(options.manifest)) {
    return tell_that_it_is_merged(options, merged);
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
                              os::utc_now(),
                              {},
                              merged.missing};
  document.is_verified = !options.accept_unverified && merged.unvouched.empty();
  if (!options.manifest.empty()) {
    document.manifest = batch::described_in(options.manifest);
  }
  auto const files = publish_merged(options, document);
  if (options.output != "-") {
    os::print_report(report::summary_table(merged.study, summary, guardrails) + "wrote " + files +
                     "\n");
  }
  return guardrails.passed ? ExitCode::success : ExitCode::check_failed;
}

}  // namespace toyfarm::app
