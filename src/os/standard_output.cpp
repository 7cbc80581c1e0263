#include "toyfarm/os/standard_output.hpp"

#include <cerrno>
#include <cstdio>
#include <string>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/os/descriptor.hpp"

namespace toyfarm::os {
namespace {

/// The error of the system if `text` cannot be printed, else 0. A reader that left, as `head` does,
/// has all it wants.
int try_to_print(std::string_view text) {
  bool const is_done =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return is_done || errno == EPIPE ? 0 : errno;
}

std::string cannot_print(int error) {
  return "standard output: write error: " + system_reason(error);
}

}  // namespace

void print(std::string_view text) {
  if (int const error = try_to_print(text); error != 0) {
    throw core::RuntimeFailure(core::ExitCode::io_error, cannot_print(error));
  }
}

void print_report(std::string_view text) {
  int const error = try_to_print(text);
  if (error != 0 && error != EBADF) {
    core::log_warn(cannot_print(error) + "; the work itself is done");
  }
}

}  // namespace toyfarm::os
