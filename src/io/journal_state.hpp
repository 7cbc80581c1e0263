#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "toyfarm/io/journal.hpp"
#include "toyfarm/os/descriptor.hpp"

#include "io/journal_content.hpp"

namespace toyfarm::io {

enum class JournalKind { named, unnamed };

/// A journal that is open.
struct JournalState {
  JournalState(std::filesystem::path file_name, os::Descriptor descriptor, JournalContent read);

  std::filesystem::path name;
  os::Descriptor file;
  JournalContent content;
  JournalDamage damage;
  JournalKind kind = JournalKind::named;
  JournalAccess access = JournalAccess::read;
  bool locked = false;
  std::uint64_t n_at_open = 0;
  /// Everything before it is understood: our own frames, and others' that do not fence us.
  std::uint64_t end = 0;
  std::string failure;  ///< why nothing is written any more
  std::atomic<std::uint64_t> acknowledged{0};

  /// Remembers why nothing can be written any more and throws io_error.
  [[noreturn]] void fail(std::string const& why);
  [[noreturn]] void fail_to_write(int error);
  /// Throws if nothing can be written (any more).
  void require_writable() const;
  /// Appends a frame of this journal, unless another one took over.
  void append(FrameHead head, std::span<std::byte const> payload);
  /// Writes a new epoch's frame, which fences whoever wrote before, and syncs it.
  void begin_epoch();
  void sync();

 private:
  /// Throws if what others wrote up to `limit` says that they took over.
  void look_for_others(std::uint64_t limit);
};

/// The state of a journal opened for writing. Throws as Journal::open.
[[nodiscard]] std::unique_ptr<JournalState> open_to_write(std::filesystem::path const& file,
                                                          JournalAccess access);

[[nodiscard]] std::unique_ptr<JournalState> open_to_read(std::filesystem::path const& file);

/// Puts a file of the good frames in place of the damaged one, which is kept under another name,
/// and returns it, locked. `damaged` must be locked.
[[nodiscard]] os::Descriptor replace_damaged(std::filesystem::path const& name,
                                             os::Descriptor const& damaged,
                                             JournalContent const& content);

}  // namespace toyfarm::io
