#include "toyfarm/os/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace toyfarm::os {
namespace {

/// Signals by which the system would end a process that writes.
constexpr std::array of_writes{SIGPIPE, SIGXFSZ};

bool is_closed(int descriptor) noexcept {
  return ::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF;
}

bool can_only_be_read(int descriptor) noexcept {
  int const flags = ::fcntl(descriptor, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY;
}

/// The lowest descriptor that is free. Where there is no /dev, the root folder takes the place.
void open_nothing(int flags) noexcept {
  if (::open("/dev/null", flags) < 0) {
    static_cast<void>(::open("/", O_RDONLY | O_DIRECTORY));
  }
}

}  // namespace

void begin_process() noexcept {
  for (int const descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (is_closed(descriptor)) {
      // Who asked for a table is to hear that there was nowhere to print it: hence not writable.
      open_nothing(descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
  for (int const number : of_writes) {
    std::signal(number, SIG_IGN);
  }
}

void default_output(posix_spawn_file_actions_t& actions) noexcept {
  if (can_only_be_read(STDOUT_FILENO)) {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
}

void default_signals(posix_spawnattr_t& attributes) noexcept {
  sigset_t usual;
  sigemptyset(&usual);
  for (int const number : of_writes) {
    sigaddset(&usual, number);
  }
  posix_spawnattr_setsigdefault(&attributes, &usual);
  short flags = 0;
  posix_spawnattr_getflags(&attributes, &flags);
  posix_spawnattr_setflags(&attributes, static_cast<short>(flags | POSIX_SPAWN_SETSIGDEF));
}

void prepare_exec() noexcept {
  if (can_only_be_read(STDOUT_FILENO)) {
    ::close(STDOUT_FILENO);
    open_nothing(O_WRONLY);
  }
  for (int const number : of_writes) {
    std::signal(number, SIG_DFL);
  }
}

std::optional<int> wait_for_end(pid_t child) noexcept {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return {};
    }
  }
  return status;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name.front() == '\0') {
    return "localhost";
  }
  return name.data();
}

}  // namespace toyfarm::os
