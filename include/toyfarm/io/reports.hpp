#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/ensemble/summary.hpp"
#include "toyfarm/io/vouched_file.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/record/toy_record.hpp"

// JSON documents, as text: keys sorted, 2-space indent, shortest digits that read back to the same
// double, NaN and infinities as null.
namespace toyfarm::io {

class VouchedFile;

/// Where a piece of a merged result came from.
struct MergeSource {
  std::uint64_t shard_index;
  std::string host;
  core::ToyRange range;
  std::string path;
};

/// The run that a manifest describes, for the `merge` block.
struct MergeManifest {
  std::string run_id;
  std::string path;
  std::string hosts_file;  ///< empty = none
};

/// What toys and merge publish as merged.out.json or as the single file of -o.
struct ResultDocument {
  record::StudyInfo const* study;
  record::RowSource const* rows;
  ensemble::Summary const* summary;
  ensemble::GuardrailVerdict const* guardrails;
  core::ToyRange range;                ///< toys this document is about
  std::optional<record::Shard> shard;  ///< fills `shard`; such a document also holds every row
                                       ///< whole (`results.rows`), for merge
  std::vector<MergeSource> sources;    ///< fills the `merge` block; none leaves it out
  std::string created_at_utc;          ///< for the `merge` block
  std::string run_id;
  std::vector<core::ToyRange> missing{};  ///< toys of `range` that have no row
  bool summary_only = false;              ///< leaves all arrays out
  bool is_verified = true;                ///< that all sources are of one study and not damaged
  std::optional<FileEntry> table{};       ///< for the `merge` block: the toy table written with it
  std::optional<MergeManifest> manifest{};  ///< by which the sources were found
};
/// Hands the document's text to `sink` piece by piece, a block of rows at a time. Arrays are left
/// out above 10^6 toys.
void write_result_json(ResultDocument const& document, os::TextSink const& sink);

struct ResultFile {
  record::StudyInfo study;
  record::RowTable rows;
  std::optional<record::Shard> shard;
  ensemble::GuardrailLimits limits;
  bool is_sealed = false;  ///< its own seal vouches for it
};
/// Reads the whole rows back out of a shard's document, bit for bit; of format version 1 as
/// read_toy_table does. Throws DataError for a document without them or with a broken seal.
[[nodiscard]] ResultFile read_result_json(VouchedFile const& file);
/// Likewise, of what open_vouched opens.
[[nodiscard]] ResultFile read_result_json(std::filesystem::path const& file);

/// Names in a run directory of what the old launcher kept of every shard, here of the whole run.
inline constexpr char const* metrics_name = "metrics.json";
inline constexpr char const* stdout_name = "stdout.log";
inline constexpr char const* stderr_name = "stderr.log";

/// How a rank ended. Words of manifest.json: append only.
enum class RankState { planned, ok, failed, lost };
constexpr core::WordTable<RankState, 4> words_of(RankState /*any*/) {
  return {{{RankState::planned, "planned"},
           {RankState::ok, "ok"},
           {RankState::failed, "failed"},
           {RankState::lost, "lost"}}};
}

/// What of a finished run stays. Words of manifest.json and of the record of a run: append only.
enum class Keep { rows, summary };
constexpr core::WordTable<Keep, 2> words_of(Keep /*any*/) {
  return {{{Keep::rows, "rows"}, {Keep::summary, "summary"}}};
}

/// One rank (or shard) of a run, as planned and as it went.
struct RankRun {
  std::uint64_t index = 0;
  std::string host;
  std::string user{};         ///< of the hosts file; empty = none
  std::optional<int> port{};  ///< likewise
  std::string login{};        ///< user that the host was reached as; empty = none was named
  double weight = 1;
  int threads = 1;
  core::ToyRange range;
  std::uint64_t n_done = 0;
  RankState status = RankState::planned;
  int logical_cores = 0;  ///< allowed to this rank
  int physical_cores = 0;
  std::string cpuset;
  std::string binding;
  std::string cpu_model;
  std::string isa;
  long pid = 0;
  std::string start_utc;
  std::string end_utc;
  double elapsed_s = 0;
};

struct DataFileEntry {
  std::string channel;
  std::string path;
  std::string sha256;  ///< of the file
  std::uint64_t n_rows = 0;
  std::uint64_t n_dropped = 0;
};

/// Toys fitted event by event as well: the largest differences.
struct VerificationEntry {
  std::uint64_t n_toys = 0;
  double nll = 0;    ///< absolute
  double shift = 0;  ///< of an estimate, in its error
  std::uint64_t n_other_status = 0;
  bool passed = true;
};

/// How the farm went.
struct FarmEntry {
  std::uint64_t n_twice = 0;     ///< toys run a second time, by another rank
  std::uint64_t n_messages = 0;  ///< in and out, at rank 0
  double most_messages_per_second = 0;
  /// Upper ends in milliseconds and counts: how long messages waited at rank 0 at most.
  std::vector<std::pair<std::optional<double>, std::uint64_t>> latencies;
  double share_within_20_ms = 1;
  int epoch = 1;                    ///< processes that have written the journal
  std::uint64_t n_bad_regions = 0;  ///< of the journal, when it was opened
  std::uint64_t n_fenced_frames = 0;
};

/// manifest.json: `nextstat.cpu_farm_unbinned_fit_toys_run.v1`, old keys as a superset.
struct Manifest {
  std::string created_at_utc, start_utc, end_utc;
  double wall_s = 0;
  std::string run_id;
  std::string run_dir;  ///< fills `run_dir` and stands before the names of outputs; empty leaves
                        ///< both relative to the manifest
  std::string config;   ///< as typed
  std::string hosts_file;
  std::string threads_policy = "physical";
  std::string weight_mode = "physical";
  std::string schedule = "static";
  bool dry_run = false;
  bool complete = false;
  int exit_code = 0;
  std::string program;  ///< path of the binary
  std::string command_line;
  std::string working_directory;
  record::StudyInfo const* study = nullptr;
  core::ToyRange range;
  std::optional<record::Shard> shard;
  std::string spec_sha256;
  std::vector<DataFileEntry> data;
  std::vector<RankRun> ranks;
  std::vector<FileEntry> files;    ///< the other files of the run directory, with hashes; those of
                                   ///< `metrics_name` and so on are told under their old keys too
  std::vector<FileEntry> outputs;  ///< of -o and --json-metrics likewise, names without folders
  std::vector<std::pair<std::string, std::string>> versions;  ///< toyfarm, compiler, MPI, HDF5, …
  std::optional<VerificationEntry> verification;
  std::uint64_t n_toys_from_journal = 0;
  std::uint64_t n_toys_computed = 0;
  FarmEntry farm;
  std::vector<core::ToyRange> missing;  ///< toys of `range` that have no row
  Keep keep = Keep::rows;
  std::string stop_reason;  ///< why the run ended before all toys were run; empty if it did not
};
[[nodiscard]] std::string manifest_json(Manifest const& manifest);

/// A run that is only planned, before anything of the study need be known.
struct PlannedRun {
  std::string created_at_utc, run_id;
  std::string config;  ///< as typed; empty = none yet
  std::string hosts_file;
  std::string threads_policy, weight_mode;
  std::string program, working_directory;
  std::uint64_t n_toys = 0;
  std::uint64_t seed = 0;
  std::vector<RankRun> ranks;  ///< those that get toys, renumbered as the old launcher did
  std::vector<std::string> idle_hosts, missing_hosts;
};
/// The old launcher's manifest of a dry run.
[[nodiscard]] std::string planned_manifest_json(PlannedRun const& run);

/// A fit of observed data.
struct FitDocument {
  /// The profile interval of one standard error about a parameter (MINOS).
  struct Interval {
    std::size_t parameter;
    double low, high;
    std::string low_state, high_state;  ///< crossing, at_bound, unbounded, failed
  };

  std::string input_schema_version = "nextstat_unbinned_spec_v0";
  std::vector<std::string> parameter_names;
  std::vector<double> bestfit;
  std::vector<double> uncertainties;  ///< NaN where there is none: 0 in the old key
  std::vector<core::Held> held;
  std::vector<bool> unused;
  std::vector<double> covariance;    ///< n*n row-major; empty = null
  std::vector<Interval> minos;       ///< of those asked for
  std::vector<double> errors_sumw2;  ///< sandwich errors of weighted data; empty otherwise
  double nll = 0, initial_nll = 0, edm = 0, gradient_norm = 0;
  std::string status;
  bool converged = false;
  std::uint64_t n_iter = 0, n_evaluations = 0, n_active_bounds = 0;
  std::uint64_t n_starts = 1;
  std::uint64_t won = 0;  ///< which of the starts, from 0, led to this end
  double next_end = std::numeric_limits<double>::quiet_NaN();  ///< how much higher the NLL is there
  std::vector<std::string> start_names;  ///< [start tried]; empty: the starts have no names
  std::optional<std::size_t> poi;
  std::string termination_reason;
  std::string engine = "eventwise";
  double bound = 0;  ///< certified, of a fit by nodes
  std::string model_hash, data_hash, spec_sha256;
  std::vector<std::pair<std::string, std::string>> versions;
};
[[nodiscard]] std::string fit_json(FitDocument const& document);

/// The `nextstat_metrics_v0` document of --json-metrics for toys.
struct ToyMetrics {
  ResultDocument const* result;
  std::string tool_version;
  std::uint64_t created_unix_ms = 0;
  int threads = 0;
  double wall_time_s = 0, sample_s = 0, fit_s = 0;
};
[[nodiscard]] std::string toy_metrics_json(ToyMetrics const& metrics);

/// Parameter values by name from a JSON object {"name": number, …}. Throws DataError.
[[nodiscard]] std::vector<std::pair<std::string, double>> read_parameter_values(
    std::filesystem::path const& file);

}  // namespace toyfarm::io
