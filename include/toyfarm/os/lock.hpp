#pragma once
#include <filesystem>

#include "toyfarm/os/descriptor.hpp"

// Write locks on whole files, of an open file rather than of a process (F_OFD_SETLK): a POSIX lock
// is gone as soon as anything in the process closes the file.
namespace toyfarm::os {

enum class LockAnswer { locked, held, unsupported };
/// Asks for the write lock on the whole file without waiting for it.
[[nodiscard]] LockAnswer try_lock(int fd) noexcept;
void unlock(int fd) noexcept;

/// Whether another open file, of any process, holds the write lock; asked without taking it.
[[nodiscard]] bool is_locked(std::filesystem::path const& file) noexcept;

/// Whether a process holds the file as flock(1) does, which scripts use.
[[nodiscard]] bool is_held_by_script(std::filesystem::path const& file) noexcept;

/// Whether `name` leads to the open file.
[[nodiscard]] bool is_same_file(int fd, std::filesystem::path const& name) noexcept;

/// A file, made if need be, that one process on any host holds at a time; it is let go when the
/// process ends. Where the file system knows no locks, everyone holds it.
class LockFile {
 public:
  /// Throws core::RuntimeFailure(cannot_create).
  explicit LockFile(std::filesystem::path const& file);
  [[nodiscard]] bool is_held() const noexcept { return is_held_; }

 private:
  Descriptor descriptor_;
  bool is_held_;
};

}  // namespace toyfarm::os
