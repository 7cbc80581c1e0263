#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace toyfarm::os {

/// Calls `write` with a temporary name in the target's folder, then fsyncs the file, renames it
/// onto `target` and fsyncs the folder; removes the temporary file if anything throws. Throws
/// core::RuntimeFailure 73 if the file cannot be made, 74 if writing fails.
void publish(std::filesystem::path const& target,
             std::function<void(std::filesystem::path const& temporary)> const& write);

/// Files that appear together: all are written and fsynced under temporary names before the first
/// of them takes its place, so that whatever the disk refuses leaves the old ones as they are.
class Publication {
 public:
  Publication();
  Publication(Publication const&) = delete;
  Publication& operator=(Publication const&) = delete;
  /// Removes what was not committed.
  ~Publication();
  /// As publish, but for the rename; returns the temporary name.
  std::filesystem::path add(
      std::filesystem::path const& target,
      std::function<void(std::filesystem::path const& temporary)> const& write);
  /// Renames in the order of adding.
  void commit();

 private:
  struct Staged;
  std::vector<std::unique_ptr<Staged>> staged_;
};

/// Takes a text piece by piece.
using TextSink = std::function<void(std::string_view piece)>;

/// Publishes the text that `write` hands over.
void publish_text(std::filesystem::path const& target,
                  std::function<void(TextSink const&)> const& write);
/// Publishes text.
void publish_text(std::filesystem::path const& target, std::string_view text);

/// Adds a text to a publication.
std::filesystem::path add_text(Publication& publication,
                               std::filesystem::path const& target,
                               std::function<void(TextSink const&)> const& write);

/// Replaces `target` by `text` in one step, without waiting for the disk: for what only says how
/// things stand.
void replace_text(std::filesystem::path const& target, std::string_view text);

/// Makes renames within a folder durable. Throws core::RuntimeFailure(io_error).
void sync_folder(std::filesystem::path const& folder);
/// Of the folder that a file is in.
void sync_folder_of(std::filesystem::path const& file);

}  // namespace toyfarm::os
