#pragma once
#include <memory>

#include "toyfarm/core/error.hpp"
#include "toyfarm/parallel/job.hpp"

#include "app/options.hpp"

namespace toyfarm::app {

/// Fits the observed data, prints a table, writes JSON.
core::ExitCode run_fit(FitOptions const& options);

/// Prints the NLL at a point with 17 digits.
core::ExitCode run_nll(NllOptions const& options);

/// Rank 0's work before the first toy, and the exit code if it went wrong.
struct Opening;
struct OpeningDeleter {
  void operator()(Opening* opening) const;
};
struct Opened {
  core::ExitCode code = core::ExitCode::success;
  std::unique_ptr<Opening, OpeningDeleter> opening;  ///< rank 0 only, and only on success
};

/// Reads, validates, makes the run directory: whatever can be wrong with what the user gave is
/// found and logged here. Call at rank 0, before MPI starts (reading event files forks).
Opened open_toys(ToysOptions const& options);

/// Generates and fits toys over the ranks of `job` and publishes at rank 0. @collective
core::ExitCode run_toys(ToysOptions const& options, parallel::Job const& job, Opened const& opened);

/// Prints the plan of a run with these ranks.
core::ExitCode run_dry(ToysOptions const& options);

/// Generates and fits one toy, prints its row, writes its events on request.
core::ExitCode run_only_toy(ToysOptions const& options);

/// Measures toys per second and core, and what they are made of.
core::ExitCode run_bench(BenchOptions const& options);

/// Puts shard pieces together.
core::ExitCode run_merge(MergeOptions const& options);

}  // namespace toyfarm::app
