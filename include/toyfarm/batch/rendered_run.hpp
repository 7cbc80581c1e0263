#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/core/words.hpp"
#include "toyfarm/io/reports.hpp"
#include "toyfarm/io/vouched_file.hpp"
#include "toyfarm/record/study_info.hpp"

// The manifest of a run that `render` made for a batch system, and the names in its directory.
namespace toyfarm::batch {

enum class Scheduler { slurm, htcondor };
constexpr core::WordTable<Scheduler, 2> words_of(Scheduler /*any*/) {
  return {{{Scheduler::slurm, "slurm"}, {Scheduler::htcondor, "htcondor"}}};
}

/// How the toys of a rendered run are shared out.
enum class Mode {
  shards,  ///< fixed pieces, a job each, no MPI
  mpi,     ///< one MPI job that shares them out itself
};
constexpr core::WordTable<Mode, 2> words_of(Mode /*any*/) {
  return {{{Mode::shards, "shards"}, {Mode::mpi, "mpi"}}};
}

/// How a shard stands. Words of manifest.collected.json: append only.
enum class ShardState { ok, missing, starting, running, partial, corrupt, foreign };
constexpr core::WordTable<ShardState, 7> words_of(ShardState /*any*/) {
  return {{{ShardState::ok, "ok"},
           {ShardState::missing, "missing"},
           {ShardState::starting, "starting"},
           {ShardState::running, "running"},
           {ShardState::partial, "partial"},
           {ShardState::corrupt, "corrupt"},
           {ShardState::foreign, "foreign"}}};
}

/// One line of `results`.
struct ShardResult {
  std::uint64_t index = 0;
  ShardState state = ShardState::missing;
  std::string error;        ///< why it is not ok; empty otherwise
  std::string host;         ///< empty = unknown
  std::optional<int> rc;    ///< the program's own exit code
  double elapsed_s = 0;     ///< of the program, 0 = unknown
  double start_unix_s = 0;  ///< of its last start, 0 = unknown
  double end_unix_s = 0;
  core::ToyRange range;      ///< planned
  std::uint64_t n_done = 0;  ///< rows found
  std::string output;        ///< file that merge reads; relative to the run directory, empty = none
};

/// The program that goes along to execute nodes.
struct StagedProgram {
  std::string name;    ///< in the run directory; empty = none goes along
  std::string source;  ///< absolute path of what it is a copy of
  bool links_mpi = false;
};

/// manifest.json of a rendered run: the old launcher's keys and more. Paths
/// are absolute there, but readers take the manifest's own folder for the run directory.
struct RenderedRun {
  std::string created_at_utc;
  std::string run_id;
  std::string uuid;  ///< identifies this rendering wherever it is submitted
  Scheduler scheduler = Scheduler::slurm;
  Mode mode = Mode::shards;
  std::string config;  ///< absolute path of the spec
  record::StudyInfo study;
  std::string threads;       ///< as asked for; empty = the cores that a job has
  std::uint64_t shards = 1;  ///< 1 for Mode::mpi
  std::string program;       ///< absolute path of the binary that jobs run
  StagedProgram staged;
  std::filesystem::path directory;       ///< where it is
  std::string rendered_in;               ///< where it was rendered: its scripts name that folder
  ensemble::GuardrailLimits guardrails;  ///< for all toys together, so for merge
  std::vector<io::DataFileEntry> data;
  std::vector<io::FileEntry> files;                           ///< of the directory, with hashes
  std::vector<std::pair<std::string, std::string>> settings;  ///< options for the batch system
  std::vector<ShardResult> results;                           ///< after collect
  std::string collected_at_utc;                               ///< likewise
};

/// Name of the frozen study in a rendered run's directory, which jobs run with `toys --study`.
inline constexpr char const* study_name = "study.toyfarm";
/// Name of the run directory that the MPI job makes within the rendered run's directory.
inline constexpr char const* mpi_run_name = "run";

/// Largest number of shards.
inline constexpr std::uint64_t most_shards = 1'000'000;

/// Toys of a shard.
[[nodiscard]] core::ToyRange range_of(RenderedRun const& run, std::uint64_t shard);

/// "shard_I", with which the names of a shard's files begin.
[[nodiscard]] std::string shard_stem(std::uint64_t shard);

[[nodiscard]] std::string manifest_text(RenderedRun const& run);

/// Whether a file is the manifest of a run that `render` made, rather than of a run of `toys`.
/// Throws core::DataError for what is no JSON, core::RuntimeFailure(no_input).
[[nodiscard]] bool is_rendered_run(std::filesystem::path const& manifest);

/// Reads manifest.json (or manifest.collected.json) and the study beside it. Throws core::DataError
/// for another document, a damaged one and a study that is not the manifest's,
/// core::RuntimeFailure(no_input).
[[nodiscard]] RenderedRun read_rendered_run(std::filesystem::path const& manifest);

/// Throws core::DataError if shards of `run` cannot be run: its study was frozen by another version
/// of the program, or study, spec or a copy of the program are not what the manifest names. Warns
/// of scripts that were changed. What such a run has made can still be read.
void require_runnable(RenderedRun const& run);

}  // namespace toyfarm::batch
