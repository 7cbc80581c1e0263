#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/core/words.hpp"

namespace toyfarm::io {

/// Words of status.json: append only.
enum class RunState {
  running,
  publishing,
  complete,
  partial,  ///< over, and toys are missing
  stopped,  ///< by a signal or a limit of time
  failed,
  killed  ///< says it is at work, and no process is: found by who asks, in no file
};
constexpr core::WordTable<RunState, 7> words_of(RunState /*any*/) {
  return {{{RunState::running, "running"},
           {RunState::publishing, "publishing"},
           {RunState::complete, "complete"},
           {RunState::partial, "partial"},
           {RunState::stopped, "stopped"},
           {RunState::failed, "failed"},
           {RunState::killed, "killed"}}};
}
/// Whether a process should be at work on the run.
constexpr bool is_at_work(RunState state) noexcept {
  return state == RunState::running || state == RunState::publishing;
}

/// How a run stands: what status.json holds.
struct RunStatus {
  RunState state = RunState::running;
  std::optional<int> exit_code;  ///< once it is over
  std::string reason;            ///< why it stopped or failed
  std::string run_id;
  std::string host;  ///< of rank 0
  long pid = 0;      ///< of rank 0
  int epoch = 0;     ///< processes that have written the journal so far
  std::string started_utc;
  std::string updated_utc;
  std::uint64_t n_toys = 0;          ///< of the run
  std::uint64_t n_done = 0;          ///< whose rows rank 0 has
  std::uint64_t n_acknowledged = 0;  ///< whose rows are safe on disk
  std::uint64_t n_not_converged = 0;
  std::optional<double> toys_per_second;  ///< nothing before the first toy
  std::optional<double> seconds_left;
  double elapsed_s = 0;
  int n_ranks = 1;
  std::vector<std::string> lost_ranks;
  std::string poi;  ///< name; empty = none
  std::optional<double> poi_mean, pull_mean, pull_width;
};

[[nodiscard]] std::string run_status_json(RunStatus const& status);
/// Throws core::DataError for a file that is none, or a damaged one.
[[nodiscard]] RunStatus read_run_status(std::filesystem::path const& file);

}  // namespace toyfarm::io
