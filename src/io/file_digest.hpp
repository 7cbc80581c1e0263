#pragma once
#include <filesystem>

#include "toyfarm/io/publish.hpp"

#include "io/descriptor.hpp"

namespace toyfarm::io {

/// An open regular file. Throws core::RuntimeFailure(no_input).
[[nodiscard]] Descriptor open_regular_file(std::filesystem::path const& file);

/// SHA-256 and size of an open file from its first byte on; messages name `file`. Throws
/// core::RuntimeFailure(io_error).
[[nodiscard]] FileDigest digest_of(Descriptor const& descriptor, std::filesystem::path const& file);

}  // namespace toyfarm::io
