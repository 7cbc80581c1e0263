#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace toyfarm::batch {

/// What the script of a shard notes beside its rows.
struct SideFiles {
  std::string host;       ///< shard_I.host; empty = unknown
  std::optional<int> rc;  ///< shard_I.rc: the program's exit code, 255 for what is no number
  double elapsed_s = 0;   ///< shard_I.elapsed_s: of all starts; 0 = unknown
};

/// Reads what is there and compares it with shard_I.sums, which the script writes when it ends and
/// which older scripts did not write. `stem` is "shard_I". Throws core::DataError naming a file
/// that is not what the sums say.
[[nodiscard]] SideFiles read_side_files(std::filesystem::path const& folder,
                                        std::string const& stem);

}  // namespace toyfarm::batch
