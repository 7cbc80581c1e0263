#include "toyfarm/os/lock.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::os {
namespace {

struct flock whole(short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

LockAnswer try_lock(int fd) noexcept {
  auto lock = whole(F_WRLCK);
  while (::fcntl(fd, F_OFD_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) {
      return LockAnswer::held;
    }
    if (errno != EINTR) {
      return LockAnswer::unsupported;
    }
  }
  return LockAnswer::locked;
}

void unlock(int fd) noexcept {
  auto lock = whole(F_UNLCK);
  ::fcntl(fd, F_OFD_SETLK, &lock);
}

bool is_locked(std::filesystem::path const& file) noexcept {
  Descriptor const opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  auto lock = whole(F_WRLCK);
  return opened.get() >= 0 && ::fcntl(opened.get(), F_OFD_GETLK, &lock) == 0 &&
         lock.l_type != F_UNLCK;
}

bool is_held_by_script(std::filesystem::path const& file) noexcept {
  Descriptor const opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return opened.get() >= 0 && ::flock(opened.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

bool is_same_file(int fd, std::filesystem::path const& name) noexcept {
  struct stat a {};
  struct stat b {};
  return ::fstat(fd, &a) == 0 && ::stat(name.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

LockFile::LockFile(std::filesystem::path const& file)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)), is_held_(false) {
  if (descriptor_.get() < 0) {
    throw core::RuntimeFailure(core::ExitCode::cannot_create,
                               "cannot create " + file.string() + ": " + std::strerror(errno));
  }
  is_held_ = try_lock(descriptor_.get()) != LockAnswer::held;
}

}  // namespace toyfarm::os
