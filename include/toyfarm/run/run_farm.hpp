#pragma once
#include "toyfarm/parallel/job.hpp"
#include "toyfarm/run/open_run.hpp"

namespace toyfarm::run {

/// Rank 0: shares out the run's toys, journals their rows, publishes. Returns the exit code of the
/// job, or leaves the process with it where waiting for other ranks or threads would hang.
/// @collective with join_farm
int lead_farm(parallel::Job const& job, OpenRun& run);

/// Any other rank: runs what rank 0 hands out. Returns, or leaves, likewise. @collective
int join_farm(parallel::Job const& job, Order const& order);

}  // namespace toyfarm::run
