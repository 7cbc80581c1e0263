#include "batch/lock_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::batch {

LockFile::LockFile(std::filesystem::path const& file)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)), is_held_(false) {
  if (descriptor_ < 0) {
    throw core::RuntimeFailure(core::ExitCode::cannot_create,
                               "cannot create " + file.string() + ": " + std::strerror(errno));
  }
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  is_held_ = ::fcntl(descriptor_, F_SETLK, &lock) == 0 || (errno != EACCES && errno != EAGAIN);
}

LockFile::~LockFile() {
  ::close(descriptor_);
}

}  // namespace toyfarm::batch
