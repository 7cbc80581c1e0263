#pragma once
#include <filesystem>
#include <vector>

#include "toyfarm/io/reports.hpp"

// What the manifest of any run, of ours or the old launcher's, tells about where its rows came
// from. It is for people: nothing is decided by it, and a manifest that cannot be read tells
// nothing.
namespace toyfarm::batch {

[[nodiscard]] io::MergeManifest described_in(std::filesystem::path const& manifest);

/// The ranks or shards that made the rows of `table`, by the manifest beside it; none if it names
/// none or `table` has not the name of a run's own.
[[nodiscard]] std::vector<io::MergeSource> ranks_beside(std::filesystem::path const& table);

}  // namespace toyfarm::batch
