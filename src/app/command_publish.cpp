#include <chrono>

#include "toyfarm/core/log.hpp"
#include "toyfarm/parallel/topology.hpp"

#include "app/commands.hpp"
#include "app/open_run.hpp"
#include "app/progress.hpp"
#include "app/publish_run.hpp"
#include "app/report.hpp"

namespace toyfarm::app {
namespace {

/// One entry for all toys: which rank ran which is known to the process that is no more.
std::vector<io::RankRun> the_journal(OpenRun const& run, std::string const& host) {
  io::RankRun entry;
  entry.host = host;
  entry.range = run.range;
  entry.n_done = run.journal->size();
  entry.status = entry.n_done == run.range.count ? "ok" : "failed";
  entry.start_utc = entry.end_utc = utc_now();
  return {entry};
}

RunStatus status_of(OpenRun const& run, parallel::RankReport const& report) {
  RunStatus status;
  status.state = "publishing";
  status.run_id = run.run_id;
  status.host = report.host;
  status.pid = report.pid;
  status.epoch = run.journal->epoch();
  status.started_utc = status.updated_utc = utc_now();
  status.n_toys = run.range.count;
  status.n_done = status.n_acknowledged = run.journal->size();
  return status;
}

}  // namespace

int run_publish(PublishOptions const& options) {
  auto const start = std::chrono::steady_clock::now();
  auto const start_utc = utc_now();
  auto run =
      open_journal(options.directory,
                   options.take_over ? io::JournalAccess::take_over : io::JournalAccess::append);
  run.options.control.allow_partial = options.allow_partial;
  run.options.command_line = options.command_line;
  run.options.output = std::nullopt;
  run.options.json_metrics = std::nullopt;
  auto const report = parallel::local_report();
  Progress progress(run.study, run.directory, status_of(run, report));
  RunResult result{run, the_journal(run, report.host), start_utc, 0, "none", {}, {}, {}};
  result.farm.epoch = run.journal->epoch();
  result.farm.n_bad_regions = run.journal->damage().n_bad_regions;
  result.farm.n_fenced_frames = run.journal->damage().n_fenced_frames;
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  auto const published = publish_run(result);
  progress.take(published.figures);
  progress.end(state_of(result), published.exit_code, "");
  return published.exit_code;
}

}  // namespace toyfarm::app
