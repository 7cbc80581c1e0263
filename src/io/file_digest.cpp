#include "io/file_digest.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/sha256.hpp"

#include "io/file_checks.hpp"

namespace toyfarm::io {

Descriptor open_regular_file(std::filesystem::path const& file) {
  require_regular_file(file);
  Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) {
    throw core::RuntimeFailure(core::ExitCode::no_input,
                               file.string() + ": " + std::strerror(errno));
  }
  return descriptor;
}

FileDigest digest_of(Descriptor const& descriptor, std::filesystem::path const& file) {
  constexpr std::size_t at_once = std::size_t{1} << 20U;
  std::vector<char> buffer(at_once);
  core::Sha256 hash;
  std::uintmax_t bytes = 0;
  for (;;) {
    auto const n =
        ::pread(descriptor.get(), buffer.data(), buffer.size(), static_cast<off_t>(bytes));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      throw core::RuntimeFailure(
          core::ExitCode::io_error,
          file.string() + ": cannot be read to its end: " + std::strerror(errno));
    }
    if (n == 0) {
      return {hash.hex(), bytes};
    }
    hash.update(std::string_view(buffer.data(), static_cast<std::size_t>(n)));
    bytes += static_cast<std::uintmax_t>(n);
  }
}

FileDigest digest(std::filesystem::path const& file) {
  return digest_of(open_regular_file(file), file);
}

FileEntry file_entry(std::filesystem::path const& file, std::string const& name) {
  auto const of_file = digest(file);
  return {name, of_file.sha256, of_file.bytes};
}

}  // namespace toyfarm::io
