#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/run/open_run.hpp"

#include "run/progress.hpp"

namespace toyfarm::run {

/// A run at its end, at rank 0.
struct RunResult {
  OpenRun const& run;
  std::vector<io::RankRun> ranks;
  std::string start_utc;
  double wall_s = 0;
  std::string mpi_library;
  std::optional<io::VerificationEntry> verification;
  io::FarmEntry farm;
  std::string stop_reason;  ///< why it ended before all toys were run; empty if it did not
};

struct PublishedRun {
  int exit_code;         ///< that the run deserves
  FinalFigures figures;  ///< of the result
};
/// Summarises, judges, writes every file asked for, prints the summary.
[[nodiscard]] PublishedRun publish_run(RunResult const& result);

/// state of status.json for a run that ended with `exit_code`.
[[nodiscard]] io::RunState state_of(RunResult const& result);

}  // namespace toyfarm::run
