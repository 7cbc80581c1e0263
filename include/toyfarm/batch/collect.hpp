#pragma once
#include <vector>

#include "toyfarm/batch/command.hpp"
#include "toyfarm/batch/rendered_run.hpp"
#include "toyfarm/core/error.hpp"

namespace toyfarm::batch {

/// How every shard of a run stands, by the files in its directory: opened, compared with the study
/// and with the range that was planned, and with the hash that the shard's own manifest has of its
/// table. Throws nothing for a bad shard: that is a state.
///   ok       every row of its range is there
///   partial  some are, in a table or in the journal of a shard that was stopped or killed
///   running  likewise, or none yet, while a process writes its journal or publishes it
///   starting nothing yet, but its script or its job is there
///   missing  nothing; the error says whether it ever began
///   corrupt  a file that cannot be read, or is not what its manifest says
///   foreign  rows of another study or of other toys
/// Whether someone is at work on a shard is told by the locks on its files, by how old they are,
/// and last, with `command`, by the queue.
[[nodiscard]] std::vector<ShardResult> collect(RenderedRun const& run,
                                               RunCommand const& command = usual_runner());

/// 0 when all shards are ok; 65 when any is corrupt or foreign, or else 76.
[[nodiscard]] core::ExitCode verdict_of(std::vector<ShardResult> const& results);

/// How every shard stands, for people, and how many stand so.
[[nodiscard]] std::string collect_table(std::vector<ShardResult> const& results);

}  // namespace toyfarm::batch
