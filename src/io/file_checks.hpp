#pragma once
#include <filesystem>
#include <string>

namespace toyfarm::io {

/// Refuses what cannot be read as a file, before anything opens it: a FIFO would hang. Throws
/// core::RuntimeFailure(no_input).
void require_regular_file(std::filesystem::path const& file);

/// The whole file. Throws core::RuntimeFailure: no_input, or io_error halfway.
[[nodiscard]] std::string read_file(std::filesystem::path const& file);

}  // namespace toyfarm::io
