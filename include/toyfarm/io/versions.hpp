#pragma once
#include <string>
#include <utility>
#include <vector>

namespace toyfarm::io {

/// Name and version of the file libraries in use: hdf5, arrow.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace toyfarm::io
