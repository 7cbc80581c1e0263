#pragma once
#include <filesystem>

namespace toyfarm::batch {

/// A file that one process on any host holds at a time; it is let go when the process ends. Where
/// the file system knows no locks, everyone holds it.
class LockFile {
 public:
  explicit LockFile(std::filesystem::path const& file);
  LockFile(LockFile const&) = delete;
  LockFile& operator=(LockFile const&) = delete;
  ~LockFile();
  [[nodiscard]] bool is_held() const noexcept { return is_held_; }

 private:
  int descriptor_;
  bool is_held_;
};

}  // namespace toyfarm::batch
