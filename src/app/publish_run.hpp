#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"

#include "app/commands.hpp"
#include "app/open_run.hpp"
#include "app/progress.hpp"

namespace toyfarm::app {

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
[[nodiscard]] std::string state_of(RunResult const& result);

/// One toy's record as a table.
[[nodiscard]] std::string toy_table(record::StudyInfo const& study,
                                    record::ToyRecord const& record);

/// Writes the events of the toy that `runner` last ran.
void publish_toy_events(std::string const& file,
                        record::StudyInfo const& study,
                        model::Model const& model,
                        core::ToyId toy,
                        study::ToyRunner const& runner);

}  // namespace toyfarm::app
