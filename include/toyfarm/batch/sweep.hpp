#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/batch/rendered_run.hpp"
#include "toyfarm/batch/submit.hpp"

// One study rendered several times, in different numbers of pieces, to see how long each takes.
namespace toyfarm::batch {

struct SweepEntry {
  std::uint64_t shards = 1;
  std::uint64_t ranks = 0;    ///< of an MPI job; 0 = shards
  std::uint64_t threads = 0;  ///< of each rank; 0 = not said
  std::string run_id;
  std::filesystem::path directory;  ///< absolute
};

/// FILE.sweep.json: `nextstat.pf32_shard_sweep.v1`, the old tool's keys as a superset.
struct Sweep {
  std::string created_at_utc;
  std::string sweep_id;
  Scheduler scheduler = Scheduler::slurm;
  std::string config;  ///< absolute path of the spec
  std::uint64_t n_toys = 0;
  std::uint64_t seed = 0;
  std::string threads;  ///< as asked for; empty = not said
  std::string program;
  std::filesystem::path out_root;  ///< absolute
  std::vector<SweepEntry> runs;
};
[[nodiscard]] std::string sweep_text(Sweep const& sweep);
/// Reads one, of the old tool too. Run directories are looked for beside the file first, so that
/// both may be moved together. Throws core::DataError, core::RuntimeFailure(no_input).
[[nodiscard]] Sweep read_sweep(std::filesystem::path const& file);

/// What merged.out.json beside a manifest counts, if it is whole and of as many toys.
struct MergedCounts {
  std::uint64_t n_converged = 0, n_error = 0;
};
[[nodiscard]] std::optional<MergedCounts> merged_counts(RenderedRun const& run);

/// Everything is there: every shard was found ok by collect, and merged.
[[nodiscard]] bool is_complete(RenderedRun const& run);

/// How one run of a sweep went. What is unknown has no value; times are seconds.
struct SweepRow {
  SweepEntry entry;
  std::uint64_t n_ok = 0, n_shards = 0;
  std::uint64_t n_toys = 0;               ///< asked for
  std::uint64_t n_done = 0;               ///< with a row
  std::uint64_t n_timed = 0;              ///< toys of the shards whose times are known
  std::optional<double> wall;             ///< first start to last end of the shards that ended
  std::optional<double> wait;             ///< from the submission to the first start
  std::optional<double> busy;             ///< sum over shards
  std::uint64_t at_once = 0;              ///< most shards that ran at a time
  std::optional<double> median, longest;  ///< of a shard
  std::optional<MergedCounts> merged;
  [[nodiscard]] bool is_whole() const { return n_done == n_toys && n_ok == n_shards; }
  [[nodiscard]] std::optional<double> throughput() const;  ///< toys per second of wall
  [[nodiscard]] std::optional<double> efficiency() const;  ///< busy / (wall * at_once)
};
/// Of the results of a collected run; `submissions` and `merged` may be empty.
[[nodiscard]] SweepRow sweep_row(SweepEntry const& entry,
                                 RenderedRun const& run,
                                 std::vector<Submission> const& submissions,
                                 std::optional<MergedCounts> const& merged);

/// The old table's seven columns and more. Rows are sorted by shards, ranks and threads.
[[nodiscard]] std::string sweep_markdown(Sweep const& sweep, std::vector<SweepRow> rows);
[[nodiscard]] std::string sweep_csv(std::vector<SweepRow> rows);
/// A picture of wall time and throughput against the number of shards or ranks.
[[nodiscard]] std::string sweep_svg(Sweep const& sweep, std::vector<SweepRow> rows);

}  // namespace toyfarm::batch
