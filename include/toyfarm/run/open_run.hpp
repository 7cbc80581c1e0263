#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "toyfarm/io/journal.hpp"
#include "toyfarm/os/claim.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/run/prepare.hpp"

namespace toyfarm::run {

inline constexpr char const* journal_name = "journal.toyfarm";

/// When a run began: with the reading of its spec, before data are read and the layout is made.
struct RunBegin {
  std::chrono::steady_clock::time_point clock = std::chrono::steady_clock::now();
  std::string utc = os::utc_now();
};

/// A run that is ready to begin, or to go on, at rank 0.
struct OpenRun {
  Order order;  ///< of the first command, where this one resumes
  record::StudyInfo study;
  core::ToyRange range;
  std::vector<io::DataFileEntry> data;
  std::filesystem::path directory;  ///< empty when only -o was asked for
  std::string run_id;
  std::string setup;  ///< what encode_setup made of the study
  parallel::PlanOptions sharing{};
  std::unique_ptr<io::Journal> journal;       ///< null until `make_places` where the run is new
  std::vector<std::filesystem::path> inputs;  ///< which no output may be
  std::vector<os::OutputClaim> claims{};
  RunBegin begun{};
};

/// Reads and checks everything and, to resume a run, opens its journal. Nothing is made.
[[nodiscard]] OpenRun open_run(Order const& order);

/// Claims the outputs; makes a new run's directory with its journal, or just the journal where no
/// directory is wanted.
void make_places(OpenRun& run);

/// Writes what `toys --study` needs: the journal of a run that has no rows yet, with spec,
/// generation point and layout in it.
void freeze_study(Prepared const& prepared, Order const& order, std::filesystem::path const& file);

/// A run as its journal tells it, without the spec's data; for publishing.
[[nodiscard]] OpenRun open_journal(std::filesystem::path const& directory,
                                   io::JournalAccess access);

/// What `toys` and its kind read.
[[nodiscard]] std::vector<std::filesystem::path> input_files(Input const& input);

}  // namespace toyfarm::run
