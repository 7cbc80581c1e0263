#pragma once
#include "app/options.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/parallel/job.hpp"

namespace toyfarm::app {

/// Fits the observed data, prints a table, writes JSON.
core::ExitCode run_fit(FitOptions const& options);

/// Prints the NLL at a point with 17 digits.
core::ExitCode run_nll(NllOptions const& options);

/// Generates and fits toys over the ranks of `job` and publishes at rank 0. @collective
core::ExitCode run_toys(ToysOptions const& options, parallel::Job const& job);

/// Prints the plan of a run with these ranks.
core::ExitCode run_dry(ToysOptions const& options);

/// Generates and fits one toy, prints its row, writes its events on request.
core::ExitCode run_only_toy(ToysOptions const& options);

/// Puts shard pieces together.
core::ExitCode run_merge(MergeOptions const& options);

}  // namespace toyfarm::app
