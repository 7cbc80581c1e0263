#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "toyfarm/os/descriptor.hpp"

// Regular files as they are read.
namespace toyfarm::os {

/// Refuses what cannot be read as a file, before anything opens it: a FIFO would hang. Throws
/// core::RuntimeFailure(no_input).
void require_regular_file(std::filesystem::path const& file);

/// An open regular file. Throws core::RuntimeFailure(no_input).
[[nodiscard]] Descriptor open_regular_file(std::filesystem::path const& file);

/// The whole file. Throws core::RuntimeFailure: no_input, or io_error halfway.
[[nodiscard]] std::string read_file(std::filesystem::path const& file);
/// All from the first byte on of a file that is open; messages name `file`. Throws
/// core::RuntimeFailure(io_error).
[[nodiscard]] std::string read_file(Descriptor const& descriptor,
                                    std::filesystem::path const& file);
/// Its first bytes, at most `max_bytes`; nothing unless it is a regular file that can be read.
[[nodiscard]] std::optional<std::string> read_if_there(std::filesystem::path const& file,
                                                       std::size_t max_bytes = SIZE_MAX);

/// SHA-256 and size of a file.
struct FileDigest {
  std::string sha256;
  std::uintmax_t bytes;
};
/// Throws core::RuntimeFailure: no_input, or io_error halfway.
[[nodiscard]] FileDigest digest(std::filesystem::path const& file);
/// Of an open file from its first byte on; messages name `file`. Throws
/// core::RuntimeFailure(io_error).
[[nodiscard]] FileDigest digest(Descriptor const& descriptor, std::filesystem::path const& file);

}  // namespace toyfarm::os
