#pragma once
#include "toyfarm/batch/submit.hpp"
#include "toyfarm/batch/sweep.hpp"
#include "toyfarm/core/error.hpp"

namespace toyfarm::batch {

/// How a run goes through a queue.
struct QueueOrder {
  Files files = Files::transferred;
  double poll_s = 10;  ///< between questions to the queue
  bool force = false;  ///< submits again what was submitted and is not complete
};

/// Submits a run unless that was done and waits until its queue has it no more; a queue that does
/// not answer is asked again. Code `stopped` when all that is left of it is held.
[[nodiscard]] core::ExitCode run_in_queue(RenderedRun const& run, QueueOrder const& order);

/// Runs it on this machine, one shard after another, or by mpirun.
[[nodiscard]] core::ExitCode run_here(RenderedRun const& run, SweepEntry const& entry);

}  // namespace toyfarm::batch
