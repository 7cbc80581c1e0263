#include "io/journal_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/journal.hpp"
#include "toyfarm/os/descriptor.hpp"
#include "toyfarm/os/file.hpp"

namespace toyfarm::io {
namespace {

[[noreturn]] void fail(core::ExitCode code,
                       std::filesystem::path const& file,
                       std::string const& what) {
  throw core::RuntimeFailure(code, file.string() + ": " + what + ": " + os::system_reason(errno));
}

}  // namespace

os::Descriptor open_file(std::filesystem::path const& file, OpenMode mode) {
  os::require_regular_file(file);
  auto const flags = mode == OpenMode::read ? O_RDONLY : O_RDWR | O_APPEND;
  os::Descriptor opened(::open(file.c_str(), flags | O_CLOEXEC));
  if (opened.get() < 0) {
    if (errno == ENOENT || mode == OpenMode::read) {
      fail(core::ExitCode::no_input, file, "cannot be read");
    }
    fail(core::ExitCode::cannot_create, file, "cannot be written");
  }
  return opened;
}

std::optional<FileFacts> facts_of(int fd) noexcept {
  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    return {};
  }
  return FileFacts{static_cast<std::uint64_t>(info.st_size), info.st_nlink};
}

std::uint64_t size_of(int fd, std::filesystem::path const& name) {
  auto const facts = facts_of(fd);
  if (!facts) {
    fail(core::ExitCode::io_error, name, "cannot be looked at");
  }
  return facts->bytes;
}

Appended append_pieces(int fd, Pieces pieces) noexcept {
  Appended done;
  bool first = true;
  while (!std::ranges::all_of(pieces, [](auto const& piece) { return piece.empty(); })) {
    std::array<iovec, std::tuple_size_v<Pieces>> parts{};
    std::ranges::transform(pieces, parts.begin(), [](auto const& piece) {
      return iovec{const_cast<std::byte*>(piece.data()), piece.size()};
    });
    auto const moved = ::writev(fd, parts.data(), static_cast<int>(parts.size()));
    if (moved < 0 && errno == EINTR) {
      continue;
    }
    // The kernel leaves the position behind what it appended, wherever the end of the file was.
    auto const position = moved > 0 ? ::lseek(fd, 0, SEEK_CUR) : -1;
    if (position < 0) {
      done.error = moved == 0 ? EIO : errno;
      return done;
    }
    auto left = static_cast<std::size_t>(moved);
    done.end = static_cast<std::uint64_t>(position);
    if (std::exchange(first, false)) {
      done.begin = done.end - left;
    }
    for (auto& piece : pieces) {
      auto const n = std::min(left, piece.size());
      piece = piece.subspan(n);
      left -= n;
    }
  }
  return done;
}

Appended append_frame(int fd, FrameHead head, std::span<std::byte const> payload) noexcept {
  constexpr std::array<std::byte, 8> zeros{};
  auto const padding = frame_padding(payload.size());
  head.bytes = payload.size();
  head.payload_checksum = frame_checksum(payload, padding);
  auto const words = encode_head(head);
  auto done = append_pieces(
      fd, {std::as_bytes(std::span(words)), payload, std::span(zeros).first(padding)});
  if (done.error == 0 && done.end - done.begin != frame_head_bytes + payload.size() + padding) {
    done.error = EIO;
  }
  return done;
}

}  // namespace toyfarm::io
