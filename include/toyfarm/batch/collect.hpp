#pragma once
#include <vector>

#include "toyfarm/batch/rendered_run.hpp"

namespace toyfarm::batch {

/// How every shard of a run stands, by the files in its directory alone: opened, compared with the
/// study and with the range that was planned, and with the hash that the shard's own manifest has
/// of its table. Throws nothing for a bad shard: that is a state.
///   ok       every row of its range is there
///   partial  some are, in a table or in the journal of a shard that was stopped or killed
///   running  likewise, or none yet, while a process writes its journal
///   missing  nothing; the error says whether it ever began
///   corrupt  a file that cannot be read, or is not what its manifest says
///   foreign  rows of another study or of other toys
[[nodiscard]] std::vector<ShardResult> collect(RenderedRun const& run);

}  // namespace toyfarm::batch
