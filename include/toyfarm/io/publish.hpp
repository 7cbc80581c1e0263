#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace toyfarm::io {

/// Calls `write` with a temporary name in the target's folder, then fsyncs the file, renames it
/// onto `target` and fsyncs the folder; removes the temporary file if anything throws. Throws
/// core::RuntimeFailure 73 if the file cannot be made, 74 if writing fails.
void publish(std::filesystem::path const& target,
             std::function<void(std::filesystem::path const& temporary)> const& write);

/// Takes a text piece by piece.
using TextSink = std::function<void(std::string_view piece)>;

/// Publishes the text that `write` hands over.
void publish_text(std::filesystem::path const& target,
                  std::function<void(TextSink const&)> const& write);
/// Publishes text.
void publish_text(std::filesystem::path const& target, std::string_view text);

/// SHA-256 and size of a file.
struct FileDigest {
  std::string sha256;
  std::uintmax_t bytes;
};
[[nodiscard]] FileDigest digest(std::filesystem::path const& file);

}  // namespace toyfarm::io
