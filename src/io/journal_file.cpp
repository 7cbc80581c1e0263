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
#include "toyfarm/core/process.hpp"
#include "toyfarm/io/journal.hpp"

#include "io/file_checks.hpp"

namespace toyfarm::io {
namespace {

[[noreturn]] void fail(core::ExitCode code,
                       std::filesystem::path const& file,
                       std::string const& what) {
  throw core::RuntimeFailure(code, file.string() + ": " + what + ": " + core::system_reason(errno));
}

}  // namespace

Descriptor open_file(std::filesystem::path const& file, OpenMode mode) {
  require_regular_file(file);
  auto const flags = mode == OpenMode::read ? O_RDONLY : O_RDWR | O_APPEND;
  Descriptor opened(::open(file.c_str(), flags | O_CLOEXEC));
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

bool is_same_file(int fd, std::filesystem::path const& name) noexcept {
  struct stat a {};
  struct stat b {};
  return ::fstat(fd, &a) == 0 && ::stat(name.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

LockAnswer try_lock(int fd) noexcept {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  while (::fcntl(fd, F_OFD_SETLK, &whole) != 0) {
    if (errno == EAGAIN || errno == EACCES) {
      return LockAnswer::held;
    }
    if (errno != EINTR) {
      return LockAnswer::unsupported;
    }
  }
  return LockAnswer::locked;
}

bool is_journal_held(std::filesystem::path const& file) noexcept {
  Descriptor const opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return opened.get() >= 0 && ::fcntl(opened.get(), F_OFD_GETLK, &whole) == 0 &&
         whole.l_type != F_UNLCK;
}

void unlock(int fd) noexcept {
  struct flock whole {};
  whole.l_type = F_UNLCK;
  whole.l_whence = SEEK_SET;
  ::fcntl(fd, F_OFD_SETLK, &whole);
}

void sync_folder_of(std::filesystem::path const& file) {
  auto const folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  Descriptor const opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) {
    fail(core::ExitCode::io_error, folder, "cannot be flushed to disk");
  }
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
