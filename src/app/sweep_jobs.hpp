#pragma once
#include "toyfarm/batch/sweep.hpp"
#include "toyfarm/core/error.hpp"

#include "app/options.hpp"

namespace toyfarm::app {

/// Submits a run unless that was done and waits until its queue has it no more; a queue that does
/// not answer is asked again. Code `stopped` when all that is left of it is held.
[[nodiscard]] core::ExitCode run_in_queue(batch::RenderedRun const& run,
                                          SweepOptions const& options);

/// Runs it on this machine, one shard after another, or by mpirun.
[[nodiscard]] core::ExitCode run_here(batch::RenderedRun const& run,
                                      batch::SweepEntry const& entry);

}  // namespace toyfarm::app
