#include "app/claim.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/parallel/origin.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::milliseconds between_looks{50};

[[noreturn]] void refuse(fs::path const& output, std::string const& why) {
  throw core::RuntimeFailure(core::ExitCode::cannot_create,
                             "cannot create " + output.string() + ": " + why);
}

enum class Lock { held, taken, unknown };

/// Tries to lock the whole open file; some file systems know no locks.
Lock try_lock(int descriptor) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_SETLK, &lock) == 0) {
    return Lock::held;
  }
  return errno == EACCES || errno == EAGAIN ? Lock::taken : Lock::unknown;
}

/// Whether `descriptor` is still the file of that name, which its owner removes when done.
bool is_named(int descriptor, fs::path const& file) {
  struct stat here {};
  struct stat there {};
  return ::fstat(descriptor, &here) == 0 && ::stat(file.c_str(), &there) == 0 &&
         here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

constexpr int open_flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;

/// The locked file, or -1 where another has it. What its owner just removed is made anew.
int take(fs::path const& file, fs::path const& output) {
  while (true) {
    int descriptor = ::open(file.c_str(), open_flags | O_CREAT | O_EXCL, 0666);
    bool const is_new = descriptor >= 0;
    if (!is_new && errno == EEXIST) {
      descriptor = ::open(file.c_str(), open_flags);
      if (descriptor < 0 && errno == ENOENT) {
        continue;
      }
    }
    if (descriptor < 0) {
      refuse(output, file.string() + " cannot be made: " + std::strerror(errno));
    }
    auto const lock = try_lock(descriptor);
    bool const is_mine = lock == Lock::held || (lock == Lock::unknown && is_new);
    if (is_mine && is_named(descriptor, file)) {
      return descriptor;
    }
    ::close(descriptor);
    if (lock == Lock::unknown) {
      refuse(output,
             "another process has claimed it by " + file.string() +
                 "; remove that if no such process runs");
    }
    if (lock == Lock::taken) {
      return -1;
    }
  }
}

bool is_taken(fs::path const& file) {
  int const descriptor = ::open(file.c_str(), open_flags);
  bool const taken = descriptor >= 0 && try_lock(descriptor) == Lock::taken;
  ::close(descriptor);
  return taken;
}

/// Makes what is missing of a folder and those above it. Returns what it made, the deepest first.
std::vector<fs::path> make_folders(fs::path folder, fs::path const& output) {
  std::error_code error;
  std::vector<fs::path> made;
  auto const whole = folder;
  for (; !folder.empty() && !fs::exists(folder, error); folder = folder.parent_path()) {
    made.push_back(folder);
  }
  if (!made.empty() && !fs::create_directories(whole, error) && error) {
    refuse(output, whole.string() + " cannot be made: " + error.message());
  }
  return made;
}

void remove_empty(std::vector<fs::path> const& folders) {
  for (auto const& folder : folders) {
    ::rmdir(folder.c_str());  // what holds anything stays
  }
}

}  // namespace

OutputClaim::OutputClaim(fs::path const& output)
    : folders_(make_folders(output.parent_path(), output)),
      file_(output.parent_path() / ("." + output.filename().string() + ".claim")),
      descriptor_(take(file_, output)) {
  if (descriptor_ >= 0) {
    return;
  }
  if (parallel::find_origin().size() > 1) {
    while (is_taken(file_)) {
      std::this_thread::sleep_for(between_looks);
    }
  }
  refuse(output, "another process writes it; give each process an output of its own");
}

OutputClaim::OutputClaim(OutputClaim&& other) noexcept
    : folders_(std::exchange(other.folders_, {})),
      file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

OutputClaim& OutputClaim::operator=(OutputClaim&& other) noexcept {
  std::swap(folders_, other.folders_);
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

OutputClaim::~OutputClaim() {
  if (descriptor_ >= 0) {
    ::unlink(file_.c_str());
    ::close(descriptor_);
    remove_empty(folders_);
  }
}

}  // namespace toyfarm::app
