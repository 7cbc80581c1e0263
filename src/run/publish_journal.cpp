#include "toyfarm/run/publish_journal.hpp"

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/parallel/topology.hpp"
#include "toyfarm/run/open_run.hpp"

#include "run/progress.hpp"
#include "run/publish_run.hpp"

namespace toyfarm::run {
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
  entry.status = entry.n_done == run.range.count ? io::RankState::ok : io::RankState::failed;
  entry.start_utc = times.started_utc;
  entry.end_utc = times.updated_utc;
  entry.elapsed_s = times.elapsed_s;
  return {entry};
}

RunStatus status_of(OpenRun const& run, parallel::RankReport const& report) {
  RunStatus status;
  status.state = io::RunState::publishing;
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

int publish_journal(PublishOrder const& order) {
  auto run = open_journal(
      order.directory, order.take_over ? io::JournalAccess::take_over : io::JournalAccess::append);
  run.order.conduct.allow_partial = order.allow_partial;
  run.order.command_line = order.command_line;
  run.order.to.output = std::nullopt;
  run.order.to.json_metrics = std::nullopt;
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

}  // namespace toyfarm::run
