#pragma once
#include <filesystem>
#include <string>

namespace toyfarm::io {

/// The whole of a regular file. Throws core::RuntimeFailure: no_input, or io_error halfway.
[[nodiscard]] std::string read_text_file(std::filesystem::path const& file);

}  // namespace toyfarm::io
