#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"

namespace toyfarm::io {

/// What readers take from a manifest. A missing or odd member is as if it were not there: old
/// launchers wrote other ones.
struct RunManifest {
  std::filesystem::path path;
  bool is_rendered = false;        ///< of a run that `render` made, rather than of a run of `toys`
  std::vector<FileEntry> files;    ///< names within the manifest's folder
  std::vector<FileEntry> outputs;  ///< of -o and --json-metrics: names without their folder
  std::string start_utc, end_utc;  ///< empty = unknown
  std::string host;                ///< of rank 0; empty = unknown
  std::optional<int> exit_code;
  double wall_s = 0;  ///< 0 = unknown
};

/// Throws core::DataError for what is no JSON object, for a seal that is not that of the text and
/// for files without name, size and SHA-256; core::RuntimeFailure(no_input).
[[nodiscard]] RunManifest read_run_manifest(std::filesystem::path const& file);

}  // namespace toyfarm::io
