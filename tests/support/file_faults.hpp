#pragma once
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace toyfarm::test {

/// No file may be larger than this as long as the object lives; a disk that is full, to the
/// program.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit const limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(FileSizeLimit const&) = delete;
  FileSizeLimit& operator=(FileSizeLimit const&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

/// Puts another open file behind the descriptor by which this process has `file` open, as long as
/// the object lives: what the owner of the descriptor does then fails as it does on the other file.
class SwappedDescriptor {
 public:
  SwappedDescriptor(std::filesystem::path const& file, int other) {
    for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code error;
      auto const target = std::filesystem::read_symlink(entry.path(), error);
      auto const fd = std::stoi(entry.path().filename().string());
      if (!error && target == std::filesystem::canonical(file) && fd != other) {
        fd_ = fd;
      }
    }
    EXPECT_GE(fd_, 0) << file << " is not open";
    saved_ = ::dup(fd_);
    EXPECT_EQ(::dup2(other, fd_), fd_);
    ::close(other);
  }
  SwappedDescriptor(SwappedDescriptor const&) = delete;
  SwappedDescriptor& operator=(SwappedDescriptor const&) = delete;
  ~SwappedDescriptor() {
    ::dup2(saved_, fd_);
    ::close(saved_);
  }

 private:
  int fd_ = -1;
  int saved_ = -1;
};

}  // namespace toyfarm::test
