#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <fstream>
#include <new>
#include <string_view>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/sanitizer.hpp"
#include "toyfarm/os/descriptor.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/os/process.hpp"

#include "io/hdf5.hpp"

namespace toyfarm::io::hdf5 {
namespace {

/// What a process has mapped, in bytes; 0 if that cannot be told.
std::uint64_t mapped_bytes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Leaves room for the content, once more for what HDF5 makes of it on the way, and a little.
void limit_memory(ReadLimit const& limit) {
  constexpr std::uint64_t a_little = 500'000'000;
  auto const mapped = mapped_bytes();
  std::uint64_t room = 0;
  if (TOYFARM_IS_SANITIZED == 1 || mapped == 0 ||
      __builtin_mul_overflow(limit.bytes(), std::uint64_t{2}, &room) ||
      __builtin_add_overflow(room, mapped + a_little, &room)) {
    return;
  }
  rlimit const most{room, room};
  ::setrlimit(RLIMIT_AS, &most);
}

/// What the child met, as it goes through the pipe: the exit code, then the message.
struct Report {
  int code = 0;
  std::array<char, 3000> message{};
};

void send(int pipe, core::ExitCode code, std::string_view message) {
  Report report{static_cast<int>(code), {}};
  message.copy(report.message.data(), report.message.size() - 1);
  static_cast<void>(!::write(pipe, &report, sizeof report));  // less than a pipe holds
}

std::string too_large(ReadLimit const& limit) {
  try {
    limit.refuse("its content");
  } catch (core::Error const& error) {
    return error.what();
  }
}

/// In the child: carries `read` out, and ends without running any of the parent's exit handlers.
[[noreturn]] void rehearse_and_exit(std::function<void()> const& read,
                                    ReadLimit const& limit,
                                    unsigned seconds,
                                    int pipe) noexcept {
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
  limit_memory(limit);
  try {
    read();
  } catch (core::Error const& error) {
    send(pipe, error.code(), error.what());
  } catch (std::bad_alloc const&) {
    send(pipe, core::ExitCode::bad_data, too_large(limit));
  } catch (std::exception const&) {  // the parent will meet the same exception and report it
  }
  ::_exit(0);
}

}  // namespace

void rehearse(std::filesystem::path const& file,
              ReadLimit const& limit,
              std::function<void()> const& read) {
  os::require_regular_file(file);
  auto const seconds =
      static_cast<unsigned>(30 + std::min<std::uint64_t>(limit.file_bytes() / 10'000'000, 3600));
  auto pipe = os::make_pipe();
  if (!pipe) {
    return;
  }
  auto const child = ::fork();
  if (child == 0) {
    rehearse_and_exit(read, limit, seconds, pipe->writing.get());
  }
  if (child < 0) {
    return;  // no process to spare: read without a rehearsal
  }
  static_cast<void>(pipe->writing.close());
  auto const status = os::wait_for_end(child);
  if (!status) {
    return;
  }
  if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) {
    throw core::DataError(file.string(),
                          "the HDF5 library cannot survive reading this file; it is damaged");
  }
  Report report;
  if (::read(pipe->reading.get(), &report, sizeof report) == sizeof report) {
    throw core::Error(static_cast<core::ExitCode>(report.code), report.message.data());
  }
}

}  // namespace toyfarm::io::hdf5
