#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "io/journal_frame.hpp"

// Reading of frames that may be damaged.
namespace toyfarm::io {

/// A file through a buffer that reads ahead where places follow one another.
class ReadWindow {
 public:
  /// `fd` must outlive it; `name` is for messages.
  ReadWindow(int fd, std::filesystem::path const& name) : fd_(fd), name_(name) {}
  /// The `n` bytes from `offset` on, fewer at the end of the file; gone with the next call. Throws
  /// core::RuntimeFailure(io_error).
  [[nodiscard]] std::span<std::byte const> at(std::uint64_t offset, std::size_t n);
  [[nodiscard]] std::filesystem::path const& name() const noexcept { return name_; }

 private:
  int fd_;
  std::filesystem::path const& name_;
  std::vector<std::byte> buffer_;
  std::uint64_t start_ = 0;  ///< place of buffer_[0]
  std::size_t ahead_ = 0;    ///< bytes to read at least
};

/// A frame whose checksums are right.
struct Frame {
  FrameHead head;
  std::uint64_t offset = 0;  ///< of its head
  std::span<std::byte const> payload;
  [[nodiscard]] std::uint64_t payload_offset() const noexcept { return offset + frame_head_bytes; }
  [[nodiscard]] std::uint64_t end() const noexcept {
    return payload_offset() + head.bytes + frame_padding(head.bytes);
  }
};

/// The frame of `journal` at `offset` that ends at `end` or before, if there is one.
[[nodiscard]] std::optional<Frame> frame_at(ReadWindow& window,
                                            std::uint64_t offset,
                                            std::uint64_t end,
                                            std::uint64_t journal);

/// Where the next sync word begins at `offset` or after; `end` if there is none.
[[nodiscard]] std::uint64_t next_sync_word(ReadWindow& window,
                                           std::uint64_t offset,
                                           std::uint64_t end);

/// Bytes begin to end - 1 of a file.
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct ScanResult {
  std::uint64_t good_end = 0;  ///< end of the last good frame, or where the scan began
  std::vector<Extent> bad;     ///< before good_end, in order
};

/// Hands every good frame of `journal` in `where` to `take`, which answers whether its content
/// makes sense; if not it is as bad as one with a wrong checksum. Only frames found by their sync
/// word follow a bad region.
[[nodiscard]] ScanResult scan_frames(ReadWindow& window,
                                     Extent where,
                                     std::uint64_t journal,
                                     std::function<bool(Frame const&)> const& take);

}  // namespace toyfarm::io
