#include "run/publish_run.hpp"

#include <chrono>
#include <cmath>
#include <filesystem>

#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/sha256.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/os/program.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/report/tables.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/versions.hpp"

namespace toyfarm::run {
namespace fs = std::filesystem;
namespace {

using core::ExitCode;

double slowest(std::vector<io::RankRun> const& ranks) {
  double seconds = 0;
  for (auto const& rank : ranks) {
    seconds = std::max(seconds, rank.elapsed_s);
  }
  return seconds;
}

bool is_complete(RunResult const& result) {
  return result.run.journal->size() == result.run.range.count;
}

/// Rows of a run that is not complete are kept whatever was asked: it may go on.
bool keeps_rows(RunResult const& result) {
  return result.run.order.conduct.keep == Keep::rows || !is_complete(result);
}

io::Manifest describe_run(RunResult const& result, int exit_code) {
  auto const& run = result.run;
  auto const& order = run.order;
  io::Manifest manifest;
  manifest.created_at_utc = result.start_utc;
  manifest.start_utc = result.start_utc;
  manifest.end_utc = os::utc_now();
  manifest.wall_s = result.wall_s;
  manifest.run_id = run.run_id;
  manifest.run_dir = fs::absolute(run.directory).string();
  manifest.config = order.request.input.config;
  manifest.hosts_file = order.farm.hosts_file;
  manifest.threads_policy = order.conduct.threads;
  manifest.weight_mode = std::string(core::word_of(order.conduct.weight_mode));
  manifest.schedule = std::string(core::word_of(order.conduct.schedule));
  manifest.complete = is_complete(result);
  manifest.exit_code = exit_code;
  std::error_code error;
  manifest.program = os::own_program().string();
  manifest.command_line = order.command_line;
  manifest.working_directory = fs::current_path(error).string();
  manifest.study = &run.study;
  manifest.range = run.range;
  manifest.shard = order.shard;
  manifest.spec_sha256 = core::sha256_hex(run.study.spec_text);
  manifest.data = run.data;
  manifest.ranks = result.ranks;
  manifest.versions = versions(result.mpi_library);
  manifest.verification = result.verification;
  manifest.n_toys_from_journal = run.journal->n_at_open();
  manifest.n_toys_computed = run.journal->size() - run.journal->n_at_open();
  manifest.missing = run.journal->toys().missing_of(run.range);
  manifest.keep = keeps_rows(result) ? io::Keep::rows : io::Keep::summary;
  manifest.farm = result.farm;
  manifest.stop_reason = result.stop_reason;
  return manifest;
}

/// The files of -o and --json-metrics, which are written by now.
std::vector<io::FileEntry> outputs_of(Order const& order) {
  std::vector<io::FileEntry> entries;
  for (auto const& output : {order.to.output, order.to.json_metrics}) {
    if (output && *output != "-") {
      entries.push_back(io::file_entry(*output, fs::path(*output).filename().string()));
    }
  }
  return entries;
}

std::uint64_t unix_ms() {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

std::string metrics_text(RunResult const& result, io::ResultDocument const& document) {
  return io::toy_metrics_json({&document,
                               TOYFARM_VERSION,
                               unix_ms(),
                               result.ranks.empty() ? 0 : result.ranks.front().threads,
                               result.wall_s,
                               0,
                               slowest(result.ranks)});
}

// toys.h5, then merged.out.json, then the manifest that vouches for them: readers trust only what
// it names. None takes its place before all are on disk.
void publish_directory(RunResult const& result,
                       io::ResultDocument document,
                       std::string const& report,
                       int exit_code) {
  auto const& directory = result.run.directory;
  auto manifest = describe_run(result, exit_code);
  os::Publication files;
  if (keeps_rows(result)) {
    auto const table = files.add(directory / "toys.h5", [&](fs::path const& file) {
      io::write_toy_table(file, result.run.study, *result.run.journal);
    });
    manifest.files.push_back(io::file_entry(table, "toys.h5"));
    document.table = manifest.files.back();
  }
  auto const merged =
      os::add_text(files, directory / "merged.out.json", [&](os::TextSink const& sink) {
        io::write_result_json(document, sink);
      });
  manifest.files.push_back(io::file_entry(merged, "merged.out.json"));
  manifest.outputs = outputs_of(result.run.order);
  for (auto const& [name, text] : {std::pair(io::metrics_name, metrics_text(result, document)),
                                   std::pair(io::stdout_name, report),
                                   std::pair(io::stderr_name, core::logged_so_far())}) {
    auto const file = os::add_text(
        files, directory / name, [&text = text](os::TextSink const& sink) { sink(text); });
    manifest.files.push_back(io::file_entry(file, name));
  }
  os::add_text(files, directory / "manifest.json", [&](os::TextSink const& sink) {
    sink(io::manifest_json(manifest));
  });
  files.commit();
}

int exit_code_of(RunResult const& result, bool passed) {
  auto const& control = result.run.order.conduct;
  if (!is_complete(result)) {
    return !result.stop_reason.empty() ? control.checkpoint_exit_code
           : control.allow_partial     ? static_cast<int>(ExitCode::success)
                                       : static_cast<int>(ExitCode::incomplete);
  }
  return static_cast<int>(passed ? ExitCode::success : ExitCode::check_failed);
}

std::string verification_text(io::VerificationEntry const& v) {
  return fmt::format(
      "verified {} toys event by event: largest differences {:.1e} in NLL, {:.1e} errors in an "
      "estimate{}\n",
      v.n_toys,
      v.nll,
      v.shift,
      v.passed ? "" : ": MORE THAN PROMISED");
}

std::uint64_t n_computed(RunResult const& result) {
  return result.run.journal->size() - result.run.journal->n_at_open();
}

/// Nothing where this process has run no toys.
std::optional<double> toys_per_second(RunResult const& result) {
  auto const n = n_computed(result);
  auto const seconds = slowest(result.ranks) > 0 ? slowest(result.ranks) : result.wall_s;
  return n > 0 && seconds > 0 ? std::optional(static_cast<double>(n) / seconds) : std::nullopt;
}

std::string speed_text(RunResult const& result) {
  auto const& run = result.run;
  auto const n = n_computed(result);
  auto const seconds = slowest(result.ranks);
  auto const speed = toys_per_second(result);
  std::string text =
      !speed ? ""
             : fmt::format("{:.1f} toys/s ({} toys in {:.2f} s on {} rank{}; {:.2f} s in all)\n",
                           *speed,
                           n,
                           seconds,
                           result.ranks.size(),
                           result.ranks.size() == 1 ? "" : "s",
                           result.wall_s);
  if (run.journal->n_at_open() > 0) {
    text +=
        fmt::format("{} toys were in the journal and not run again\n", run.journal->n_at_open());
  }
  for (auto const& rank : result.ranks) {
    if (rank.status == io::RankState::lost) {
      text += fmt::format(
          "rank {} on host {} was lost; other ranks ran its toys\n", rank.index, rank.host);
    }
  }
  return text;
}

std::string closing_text(RunResult const& result) {
  auto const& directory = result.run.directory;
  std::string text = result.verification ? verification_text(*result.verification) : "";
  if (!directory.empty()) {
    text += "files in " + directory.string() + ": manifest.json merged.out.json" +
            (keeps_rows(result) ? " toys.h5\n" : "\n");
  }
  if (!result.stop_reason.empty() && !is_complete(result)) {
    text += "stopped by " + result.stop_reason +
            (directory.empty() ? "" : "; go on with: toyfarm toys --resume " + directory.string()) +
            "\n";
  }
  return text;
}

FinalFigures figures_of(RunResult const& result, ensemble::Summary const& summary) {
  FinalFigures figures;
  figures.n_done = summary.n_rows;
  figures.n_not_converged = summary.n_failed;
  figures.toys_per_second = toys_per_second(result);
  figures.elapsed_s = result.wall_s;
  if (auto const& poi = result.run.study.poi) {
    auto const& parameter = summary.parameters[*poi];
    figures.poi_mean = parameter.estimates.mean;
    figures.pull_mean = parameter.pulls.values.mean;
    figures.pull_width = parameter.pulls.values.std_ddof1;
  }
  return figures;
}

}  // namespace

PublishedRun publish_run(RunResult const& result) {
  auto const& run = result.run;
  auto const& order = run.order;
  auto const summary = ensemble::summarise(run.study, *run.journal, run.range);
  auto const guardrails = ensemble::judge(summary, run.study, order.conduct.guardrails);
  auto const exit_code = exit_code_of(
      result, guardrails.passed && (!result.verification || result.verification->passed));
  io::ResultDocument document{&run.study,
                              run.journal.get(),
                              &summary,
                              &guardrails,
                              run.range,
                              order.shard,
                              {},
                              os::utc_now(),
                              run.run_id,
                              run.journal->toys().missing_of(run.range),
                              !keeps_rows(result)};
  if (order.to.output) {
    write_output(*order.to.output,
                 [&](os::TextSink const& sink) { io::write_result_json(document, sink); });
  }
  if (order.to.json_metrics) {
    write_output(*order.to.json_metrics, metrics_text(result, document));
  }
  auto const report = report::summary_table(run.study, summary, guardrails) + speed_text(result) +
                      closing_text(result);
  if (!run.directory.empty()) {
    document.manifest = {
        run.run_id, (run.directory / "manifest.json").string(), order.farm.hosts_file};
    for (auto const& rank : result.ranks) {
      document.sources.push_back({rank.index, rank.host, rank.range, "merged.out.json"});
    }
    publish_directory(result, document, report, exit_code);
    if (!keeps_rows(result)) {
      fs::remove(run.directory / "toys.h5");  // of a part of the run, if there is one
      fs::remove(run.directory / journal_name);
    }
  }
  if (order.to.output != "-") {
    os::print_report(report::summary_table(run.study, summary, guardrails) + speed_text(result) +
                     closing_text(result));
  }
  return {exit_code, figures_of(result, summary)};
}

io::RunState state_of(RunResult const& result) {
  return is_complete(result)          ? io::RunState::complete
         : result.stop_reason.empty() ? io::RunState::partial
                                      : io::RunState::stopped;
}

}  // namespace toyfarm::run
