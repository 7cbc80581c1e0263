#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/parallel/topology.hpp"

#include "app/commands.hpp"
#include "app/open_run.hpp"
#include "app/progress.hpp"
#include "app/publish_run.hpp"

namespace toyfarm::app {
namespace {

/// What the run's own process last said of itself; nothing if it came to say nothing.
std::optional<RunStatus> last_word(std::filesystem::path const& directory) {
  try {
    return io::read_run_status(directory / "status.json");
  } catch (core::Error const&) {
    return std::nullopt;
  }
}

/// One entry for all toys: which rank ran which is known to the process that is no more.
std::vector<io::RankRun> the_journal(OpenRun const& run,
                                     std::string const& host,
                                     RunStatus const& times) {
  io::RankRun entry;
  entry.host = host;
  entry.range = run.range;
  entry.n_done = run.journal->size();
  entry.status = entry.n_done == run.range.count ? "ok" : "failed";
  entry.start_utc = times.started_utc;
  entry.end_utc = times.updated_utc;
  entry.elapsed_s = times.elapsed_s;
  return {entry};
}

RunStatus status_of(OpenRun const& run, parallel::RankReport const& report) {
  RunStatus status;
  status.state = "publishing";
  status.run_id = run.run_id;
  status.host = report.host;
  status.pid = report.pid;
  status.epoch = run.journal->epoch();
  status.started_utc = status.updated_utc = os::utc_now();
  status.n_toys = run.range.count;
  status.n_done = status.n_acknowledged = run.journal->size();
  return status;
}

}  // namespace

int run_publish(PublishOptions const& options) {
  auto run =
      open_journal(options.directory,
                   options.take_over ? io::JournalAccess::take_over : io::JournalAccess::append);
  run.options.conduct.allow_partial = options.allow_partial;
  run.options.command_line = options.command_line;
  run.options.to.output = std::nullopt;
  run.options.to.json_metrics = std::nullopt;
  auto const report = parallel::local_report();
  auto status = status_of(run, report);
  auto const before = last_word(run.directory).value_or(status);
  status.started_utc = before.started_utc;
  status.elapsed_s = before.elapsed_s;
  Progress progress(run.study, run.directory, status);
  auto const host = before.host.empty() ? report.host : before.host;
  RunResult result{run,
                   the_journal(run, host, before),
                   before.started_utc,
                   before.elapsed_s,
                   "none",
                   {},
                   {},
                   {}};
  result.farm.epoch = run.journal->epoch();
  result.farm.n_bad_regions = run.journal->damage().n_bad_regions;
  result.farm.n_fenced_frames = run.journal->damage().n_fenced_frames;
  auto const published = publish_run(result);
  progress.take(published.figures);
  progress.end(state_of(result), published.exit_code, "");
  return published.exit_code;
}

}  // namespace toyfarm::app
