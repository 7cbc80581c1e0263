#include "toyfarm/batch/merge_run.hpp"

#include <fmt/core.h>

#include "toyfarm/batch/collect.hpp"
#include "toyfarm/batch/merge.hpp"
#include "toyfarm/batch/old_results.hpp"
#include "toyfarm/batch/run_manifest.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/io/vouched_file.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/report/tables.hpp"
#include "toyfarm/run/output.hpp"

namespace toyfarm::batch {
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
Pieces shards_of(RenderedRun const& run, MergeOrder const& order) {
  Pieces pieces{{}, order.limits_given ? order.guardrails : run.guardrails};
  auto const results = collect(run);
  for (auto const& result : results) {
    if (result.state != ShardState::ok) {
      auto const text = fmt::format(
          "shard {} is {}: {}", result.index, core::word_of(result.state), result.error);
      order.allow_partial ? core::log_warn(text) : core::log_error(text);
    }
    if (!result.output.empty()) {
      pieces.inputs.push_back(run.directory / result.output);
    }
  }
  pieces.code = order.allow_partial ? ExitCode::success : verdict_of(results);
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

Pieces pieces_of(MergeOrder const& order) {
  if (order.manifest.empty()) {
    return {{order.inputs.begin(), order.inputs.end()}, order.guardrails};
  }
  if (order.accept_unverified) {
    return {old_pieces(order.manifest), order.guardrails};
  }
  if (is_rendered_run(order.manifest)) {
    return shards_of(read_rendered_run(order.manifest), order);
  }
  // Of a run under mpirun or srun, whose rows are in one table already.
  return {{rows_of(order.manifest)}, order.guardrails};
}

/// Whether the output is where the manifest's own run keeps its merged result.
bool is_own_result(MergeOrder const& order) {
  if (order.manifest.empty()) {
    return false;
  }
  std::error_code error;
  auto const own = fs::absolute(order.manifest).parent_path() / "merged.out.json";
  return fs::equivalent(own, order.output, error);
}

/// Old command lines merge after a run. Under MPI that is done when it ends.
MergeOutcome as_it_is_merged(MergeOrder const& order, MergedStudy const& merged) {
  static_cast<void>(io::open_vouched(order.output));
  core::ToyRange const range{{0}, merged.study.n_toys};
  auto const summary = ensemble::summarise(merged.study, merged.rows, range);
  auto const guardrails = ensemble::judge(summary, merged.study, order.guardrails);
  return {guardrails.passed ? ExitCode::success : ExitCode::check_failed,
          report::summary_table(merged.study, summary, guardrails) + order.output +
              " is this run's merged result already; left as it is\n"};
}

std::vector<os::OutputClaim> claim_outputs(MergeOrder const& order, Pieces const& pieces) {
  std::vector<os::OutputClaim> claims;
  if (order.output != "-") {
    bool const force = order.force || is_own_result(order);
    auto const table = toy_table_beside(order.output).string();
    claims.push_back(run::claim_output(order.output, force, pieces.inputs));
    // First, so that it goes before the one that may have made the folder.
    claims.insert(claims.begin(), run::claim_output(table, force, pieces.inputs));
  }
  return claims;
}

/// A piece that was moved away from its manifest is taken, but not called verified.
void tell_unvouched(MergedStudy const& merged) {
  for (auto const& file : merged.unvouched) {
    core::log_warn(file +
                   ": no manifest beside it names it, so nothing tells whether it is damaged; "
                   "merge.verified of the result is false");
  }
}

/// Table and document, which appear together. Returns their names.
std::string publish_merged(MergeOrder const& order, io::ResultDocument document) {
  if (order.output == "-") {
    run::write_output("-",
                      [&](os::TextSink const& sink) { io::write_result_json(document, sink); });
    return "";
  }
  auto const table = toy_table_beside(order.output);
  os::Publication files;
  auto const staged = files.add(table, [&](fs::path const& file) {
    io::write_toy_table(file, *document.study, *document.rows);
  });
  document.table = io::file_entry(staged, table.filename().string());
  os::add_text(files, order.output, [&](os::TextSink const& sink) {
    io::write_result_json(document, sink);
  });
  files.commit();
  return order.output + " " + table.string();
}

}  // namespace

MergeOutcome merge_run(MergeOrder const& order) {
  auto const pieces = pieces_of(order);
  if (pieces.code != ExitCode::success) {
    return {pieces.code, ""};
  }
  auto const claims = claim_outputs(order, pieces);
  auto const merged =
      order.accept_unverified ? merge_old_results(pieces.inputs) : merge_pieces(pieces.inputs);
  if (!order.accept_unverified) {
    tell_unvouched(merged);
  }
  if (!merged.missing.empty()) {
    auto const text = "toys missing: " + missing_ranges(merged.missing) +
                      fmt::format(" (of {})", merged.study.n_toys);
    if (!order.allow_partial) {
      core::log_error(text + "; add their pieces, or accept it with --allow-partial");
      return {ExitCode::incomplete, ""};
    }
    core::log_warn(text);
  }
  if (is_own_result(order) && !order.accept_unverified && !is_rendered_run(order.manifest)) {
    return as_it_is_merged(order, merged);
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
  document.is_verified = !order.accept_unverified && merged.unvouched.empty();
  if (!order.manifest.empty()) {
    document.manifest = described_in(order.manifest);
  }
  auto const files = publish_merged(order, document);
  return {guardrails.passed ? ExitCode::success : ExitCode::check_failed,
          order.output == "-"
              ? ""
              : report::summary_table(merged.study, summary, guardrails) + "wrote " + files + "\n"};
}

}  // namespace toyfarm::batch
