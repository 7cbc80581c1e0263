#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"

#include "app/commands.hpp"
#include "app/prepare.hpp"

namespace toyfarm::app {

/// A finished run at rank 0.
struct RunResult {
  Prepared const& prepared;
  record::RowSource const& rows;
  std::vector<io::RankRun> ranks;
  std::string start_utc;
  double wall_s = 0;
  std::string mpi_library;
  std::string run_id;
  std::filesystem::path directory;  ///< empty: no run directory
  std::optional<io::VerificationEntry> verification;
};

/// Summarises, judges, writes every file asked for, prints the summary. Returns the verdict on the
/// run.
core::ExitCode publish_run(ToysOptions const& options, RunResult const& result);

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
