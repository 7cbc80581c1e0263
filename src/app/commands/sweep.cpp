#include "toyfarm/batch/sweep.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "toyfarm/batch/collect.hpp"
#include "toyfarm/batch/sweep_jobs.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/run/output.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

using core::ExitCode;

/// The code that counts of two, by the order of the README's table.
ExitCode worse(ExitCode a, ExitCode b) {
  constexpr std::array order{ExitCode::internal,
                             ExitCode::io_error,
                             ExitCode::cannot_create,
                             ExitCode::no_input,
                             ExitCode::bad_data,
                             ExitCode::usage,
                             ExitCode::stopped,
                             ExitCode::incomplete,
                             ExitCode::check_failed,
                             ExitCode::success};
  return std::ranges::find(order, a) < std::ranges::find(order, b) ? a : b;
}

fs::path manifest_of(batch::SweepEntry const& entry) {
  return entry.directory / "manifest.json";
}

ExitCode collect_one(batch::SweepEntry const& entry) {
  CollectOptions options;
  options.manifest = manifest_of(entry).string();
  options.in_place = true;
  return run_collect(options);
}

ExitCode merge_one(batch::SweepEntry const& entry) {
  batch::MergeOrder options;
  options.manifest = manifest_of(entry).string();
  options.output = (entry.directory / "merged.out.json").string();
  options.force = true;
  return run_merge(options);
}

/// What follows a job: what its shards left decides, not how the job ended.
ExitCode collect_and_merge(batch::SweepEntry const& entry, SweepOptions const& options) {
  if (!options.collects) {
    return ExitCode::success;
  }
  auto const code = collect_one(entry);
  return code == ExitCode::success && options.merges ? merge_one(entry) : code;
}

ExitCode carry_through(batch::SweepEntry const& entry, SweepOptions const& options) {
  auto const run = batch::read_rendered_run(manifest_of(entry));
  if (batch::is_complete(run)) {
    core::log_info(run.run_id + ": complete and merged before");
    return ExitCode::success;
  }
  batch::require_runnable(run);
  auto const code = options.action == SweepAction::run
                        ? batch::run_here(run, entry)
                        : batch::run_in_queue(run, {options.files, options.poll_s, options.force});
  if (code == ExitCode::stopped) {
    return code;
  }
  auto const after = collect_and_merge(entry, options);
  return options.collects ? after : code;
}

ExitCode do_one(batch::SweepEntry const& entry, SweepOptions const& options) {
  switch (options.action) {
    case SweepAction::collect:
      return collect_one(entry);
    case SweepAction::merge:
      return merge_one(entry);
    default:
      return carry_through(entry, options);
  }
}

/// A run that fails does not keep the others from being done.
ExitCode do_all(batch::Sweep const& sweep, SweepOptions const& options) {
  auto code = ExitCode::success;
  std::size_t n_good = 0;
  for (auto const& entry : sweep.runs) {
    os::print_report(fmt::format("--- {}\n", entry.run_id));
    auto one = ExitCode::success;
    try {
      one = do_one(entry, options);
    } catch (core::Error const& error) {
      core::log_error(entry.run_id + ": " + error.what());
      one = error.code();
    }
    n_good += one == ExitCode::success ? 1 : 0;
    code = worse(code, one);
    if (one == ExitCode::stopped && options.action == SweepAction::run) {
      break;  // whoever stopped it wants all of it stopped
    }
  }
  os::print_report(fmt::format("runs={}/{}\n", n_good, sweep.runs.size()));
  return code;
}

ExitCode summarize(batch::Sweep const& sweep, SweepOptions const& options) {
  std::vector<batch::SweepRow> rows;
  for (auto const& entry : sweep.runs) {
    auto run = batch::read_rendered_run(manifest_of(entry));
    if (run.results.empty()) {
      run.results = batch::collect(run);
    }
    rows.push_back(
        batch::sweep_row(entry, run, batch::read_submissions(run), batch::merged_counts(run)));
    if (!rows.back().is_whole()) {
      core::log_warn(fmt::format("{}: {} of {} toys, {} of {} shards ok; not comparable",
                                 entry.run_id,
                                 rows.back().n_done,
                                 rows.back().n_toys,
                                 rows.back().n_ok,
                                 rows.back().n_shards));
    }
  }
  auto const table = batch::sweep_markdown(sweep, rows);
  if (options.out_md.empty()) {
    os::print(table);
  }
  for (auto const& [file, text] : {std::pair(options.out_md, table),
                                   std::pair(options.out_csv, batch::sweep_csv(rows)),
                                   std::pair(options.out_svg, batch::sweep_svg(sweep, rows))}) {
    if (!file.empty()) {
      auto const claim = run::claim_output(file, true, {options.sweep_json});
      run::write_output(file, text);
      os::print_report(file == "-" ? "" : "wrote " + file + "\n");
    }
  }
  return ExitCode::success;
}

}  // namespace

ExitCode run_sweep(SweepOptions const& options) {
  auto const sweep = batch::read_sweep(options.sweep_json);
  return options.action == SweepAction::summarize ? summarize(sweep, options)
                                                  : do_all(sweep, options);
}

}  // namespace toyfarm::app
