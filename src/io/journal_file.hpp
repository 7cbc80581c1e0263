#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "toyfarm/os/descriptor.hpp"

#include "io/journal_frame.hpp"

// The system calls behind a journal.
namespace toyfarm::io {

/// Opens for reading, or for reading and appending. Throws core::RuntimeFailure: no_input if there
/// is no such file, cannot_create if it may not be written.
enum class OpenMode { read, append };
[[nodiscard]] os::Descriptor open_file(std::filesystem::path const& file, OpenMode mode);

struct FileFacts {
  std::uint64_t bytes = 0;
  std::uint64_t names = 0;  ///< 0: removed
};
/// Nothing, and errno, if the system does not tell.
[[nodiscard]] std::optional<FileFacts> facts_of(int fd) noexcept;
/// Throws core::RuntimeFailure(io_error).
[[nodiscard]] std::uint64_t size_of(int fd, std::filesystem::path const& name);
/// Where bytes landed that were appended, or why they did not.
struct Appended {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  int error = 0;
};
/// Appends by one call of the system unless that writes less than it is asked to. What others
/// append meanwhile may then stand between: end - begin is larger than the bytes if so.
using Pieces = std::array<std::span<std::byte const>, 3>;
[[nodiscard]] Appended append_pieces(int fd, Pieces pieces) noexcept;

/// Appends a frame; `head` is completed by the sizes and checksum of the payload. The error is EIO
/// if another program's bytes stand in it.
[[nodiscard]] Appended append_frame(int fd,
                                    FrameHead head,
                                    std::span<std::byte const> payload) noexcept;

}  // namespace toyfarm::io
