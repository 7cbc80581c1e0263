#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"

#include "io/file_checks.hpp"
#include "io/hdf5.hpp"

namespace toyfarm::io::hdf5 {
namespace {

/// In the child: carries `read` out, and ends without running any of the parent's exit handlers.
[[noreturn]] void rehearse_and_exit(std::function<void()> const& read, unsigned seconds) noexcept {
  for (int const signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM, SIGTERM, SIGINT}) {
    ::signal(signal, SIG_DFL);
  }
  rlimit const no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (int const null = ::open("/dev/null", O_WRONLY); null >= 0) {
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
  }
  ::alarm(seconds);
  try {
    read();
  } catch (std::exception const&) {  // the parent will meet the same exception and report it
  }
  ::_exit(0);
}

}  // namespace

void rehearse(std::filesystem::path const& file, std::function<void()> const& read) {
  require_regular_file(file);
  auto const bytes = std::filesystem::file_size(file);
  auto const seconds =
      static_cast<unsigned>(30 + std::min<std::uintmax_t>(bytes / 10'000'000, 3600));
  auto const child = ::fork();
  if (child == 0) {
    rehearse_and_exit(read, seconds);
  }
  if (child < 0) {
    return;  // no process to spare: read without a rehearsal
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return;  // somebody else reaps children
    }
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw core::DataError(file.string(),
                          "the HDF5 library cannot survive reading this file; it is damaged");
  }
}

}  // namespace toyfarm::io::hdf5
