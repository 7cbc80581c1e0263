#pragma once
#include <filesystem>
#include <vector>

#include "toyfarm/batch/merge.hpp"

namespace toyfarm::batch {

/// Puts together results of the old program (nextstat's out.json): pieces with a `shard` block, or
/// those of its SSH launcher, whose seeds tell where they begin. Nothing in them says which spec
/// and data they are of; what they do say is compared. Estimates and errors but for the POI's,
/// numbers of events and the like are NaN or 0; a toy that was in error has the status failed.
/// Throws core::DataError naming the file.
[[nodiscard]] MergedStudy merge_old_results(std::vector<std::filesystem::path> const& inputs);

/// The pieces that a manifest of the old SSH launcher or of its scheduler scripts names as ok.
/// Throws core::DataError naming those that are not there.
[[nodiscard]] std::vector<std::filesystem::path> old_pieces(std::filesystem::path const& manifest);

}  // namespace toyfarm::batch
