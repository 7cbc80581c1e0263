#include "toyfarm/os/claim.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/lock.hpp"

namespace toyfarm::os {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::milliseconds between_looks{50};

[[noreturn]] void refuse(fs::path const& output, std::string const& why) {
  throw core::RuntimeFailure(core::ExitCode::cannot_create,
                             "cannot create " + output.string() + ": " + why);
}

constexpr int open_flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;

/// The locked file, or none where another has it. What its owner just removed is made anew.
Descriptor take(fs::path const& file, fs::path const& output) {
  while (true) {
    Descriptor opened(::open(file.c_str(), open_flags | O_CREAT | O_EXCL, 0666));
    bool const is_new = opened.get() >= 0;
    if (!is_new && errno == EEXIST) {
      opened = Descriptor(::open(file.c_str(), open_flags));
      if (opened.get() < 0 && errno == ENOENT) {
        continue;
      }
    }
    if (opened.get() < 0) {
      refuse(output, file.string() + " cannot be made: " + std::strerror(errno));
    }
    auto const lock = try_lock(opened.get());
    bool const is_mine = lock == LockAnswer::locked || (lock == LockAnswer::unsupported && is_new);
    if (is_mine && is_same_file(opened.get(), file)) {
      return opened;
    }
    if (lock == LockAnswer::unsupported) {
      refuse(output,
             "another process has claimed it by " + file.string() +
                 "; remove that if no such process runs");
    }
    if (lock == LockAnswer::held) {
      return Descriptor();
    }
  }
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

OutputClaim::OutputClaim(fs::path const& output, WhenTaken when_taken)
    : folders_(make_folders(output.parent_path(), output)),
      file_(output.parent_path() /
            std::string(".").append(output.filename().string()).append(".claim")),
      descriptor_(take(file_, output)) {
  if (descriptor_.get() >= 0) {
    return;
  }
  while (when_taken == WhenTaken::wait_and_refuse && is_locked(file_)) {
    std::this_thread::sleep_for(between_looks);
  }
  refuse(output, "another process writes it; give each process an output of its own");
}

OutputClaim::OutputClaim(OutputClaim&& other) noexcept
    : folders_(std::exchange(other.folders_, {})),
      file_(std::move(other.file_)),
      descriptor_(std::move(other.descriptor_)) {}

OutputClaim& OutputClaim::operator=(OutputClaim&& other) noexcept {
  std::swap(folders_, other.folders_);
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

OutputClaim::~OutputClaim() {
  if (descriptor_.get() >= 0) {
    ::unlink(file_.c_str());
    static_cast<void>(descriptor_.close());
    remove_empty(folders_);
  }
}

}  // namespace toyfarm::os
