#include "toyfarm/os/descriptor.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

namespace toyfarm::os {

std::optional<Pipe> make_pipe() noexcept {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return {};
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    auto const n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno == EAGAIN) {
      pollfd writable{descriptor, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (n < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
  }
  return true;
}

std::string system_reason(int error) {
  struct rlimit limit {};
  if (error == EFBIG && ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    return std::string(std::strerror(error)) + " (RLIMIT_FSIZE): `ulimit -f` allows files of " +
           std::to_string(limit.rlim_cur) + " bytes";
  }
  return std::strerror(error);
}

}  // namespace toyfarm::os
