#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace toyfarm::os {

/// An open file that is closed with the object; -1 is none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  /// Some file systems report a failed write only here.
  [[nodiscard]] bool close() noexcept { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

/// Both ends of a pipe, which no program that is started inherits.
struct Pipe {
  Descriptor reading{};
  Descriptor writing{};
};
/// Nothing, and errno, if the system has none left.
[[nodiscard]] std::optional<Pipe> make_pipe() noexcept;

/// Writes all of `text`, waiting where it has to; false, and errno, if that fails.
[[nodiscard]] bool write_all(int descriptor, std::string_view text) noexcept;

/// Why a call of the system failed, as a message says it; names a limit that a user can raise.
[[nodiscard]] std::string system_reason(int error);

}  // namespace toyfarm::os
