#include "toyfarm/os/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/sha256.hpp"

namespace toyfarm::os {
namespace {

char const* kind_of(std::filesystem::file_type type) {
  switch (type) {
    case std::filesystem::file_type::directory:
      return "a directory";
    case std::filesystem::file_type::fifo:
      return "a FIFO";
    case std::filesystem::file_type::character:
    case std::filesystem::file_type::block:
      return "a device";
    case std::filesystem::file_type::socket:
      return "a socket";
    default:
      return "of an unknown kind";
  }
}

/// Hands over the bytes from the first on, at most `max_bytes`; false, and errno, if that fails.
bool read_pieces(int descriptor,
                 std::size_t max_bytes,
                 std::function<void(std::string_view piece)> const& take) {
  std::vector<char> buffer(std::min(max_bytes, std::size_t{1} << 20U));
  for (std::size_t done = 0; done < max_bytes;) {
    auto const wanted = std::min(buffer.size(), max_bytes - done);
    auto const n = ::pread(descriptor, buffer.data(), wanted, static_cast<off_t>(done));
    if (n == 0) {
      break;
    }
    if (n < 0 && errno != EINTR) {
      return false;
    }
    auto const got = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    take({buffer.data(), got});
    done += got;
  }
  return true;
}

[[noreturn]] void fail_halfway(std::filesystem::path const& file) {
  throw core::RuntimeFailure(
      core::ExitCode::io_error,
      file.string() + ": cannot be read to its end: " + std::strerror(errno));
}

}  // namespace

void require_regular_file(std::filesystem::path const& file) {
  auto const refuse = [&](std::string const& why) {
    throw core::RuntimeFailure(core::ExitCode::no_input, file.string() + ": " + why);
  };
  std::error_code error;
  auto const status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    refuse("no such file");
  }
  if (error) {
    refuse(error.message());
  }
  if (status.type() != std::filesystem::file_type::regular) {
    refuse(std::string("is ") + kind_of(status.type()) + ", not a regular file");
  }
  if (::access(file.c_str(), R_OK) != 0) {
    refuse(std::strerror(errno));
  }
}

Descriptor open_regular_file(std::filesystem::path const& file) {
  require_regular_file(file);
  Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) {
    throw core::RuntimeFailure(core::ExitCode::no_input,
                               file.string() + ": " + std::strerror(errno));
  }
  return descriptor;
}

std::string read_file(std::filesystem::path const& file) {
  return read_file(open_regular_file(file), file);
}

std::string read_file(Descriptor const& descriptor, std::filesystem::path const& file) {
  std::string text;
  struct stat status {};
  if (::fstat(descriptor.get(), &status) == 0 && status.st_size > 0) {
    text.reserve(static_cast<std::size_t>(status.st_size));  // the kernel's own files say 0
  }
  if (!read_pieces(descriptor.get(), SIZE_MAX, [&](std::string_view piece) { text += piece; })) {
    fail_halfway(file);
  }
  return text;
}

std::optional<std::string> read_if_there(std::filesystem::path const& file, std::size_t max_bytes) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return {};
  }
  Descriptor const descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  bool const is_read =
      descriptor.get() >= 0 &&
      read_pieces(descriptor.get(), max_bytes, [&](std::string_view piece) { text += piece; });
  return is_read ? std::optional(std::move(text)) : std::nullopt;
}

FileDigest digest(std::filesystem::path const& file) {
  return digest(open_regular_file(file), file);
}

FileDigest digest(Descriptor const& descriptor, std::filesystem::path const& file) {
  core::Sha256 hash;
  std::uintmax_t bytes = 0;
  auto const take = [&](std::string_view piece) {
    hash.update(piece);
    bytes += piece.size();
  };
  if (!read_pieces(descriptor.get(), SIZE_MAX, take)) {
    fail_halfway(file);
  }
  return {hash.hex(), bytes};
}

}  // namespace toyfarm::os
