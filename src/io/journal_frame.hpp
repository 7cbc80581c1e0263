#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

// The bytes of a journal, little endian: signature and version, then frames of a head (8 words) and
// a payload, padded with zeros to whole words.
namespace toyfarm::io {

static_assert(std::endian::native == std::endian::little, "journals are written as memory is");

/// The first bytes of the file; "\r\n" and 0x1a show what a copy as text does to it.
inline constexpr std::array<char, 8> journal_signature{
    '\x89', 'T', 'F', 'J', '\r', '\n', '\x1a', '\n'};
/// Number of the format, in the 8 bytes after the signature; rises with the form of rows as well.
inline constexpr std::uint64_t journal_version = 4;
/// From here on the header has had the form that it has now.
inline constexpr std::uint64_t oldest_known_header = 1;
inline constexpr std::uint64_t journal_preamble_bytes = 16;

enum class FrameKind : std::uint32_t {
  header = 1,       ///< CBOR of JournalHeader and the columns of rows; once, first
  setup = 2,        ///< its opaque bytes; once, second
  epoch = 3,        ///< it is opened for writing: CBOR of host, pid, UTC
  rows = 4,         ///< of `count` toys from `first` on
  extend = 5,       ///< of the study to `count` toys; no payload
  gap = 6,          ///< 4096 zeros, so that a block of the disk does not take both copies with it
  header_copy = 7,  ///< header and setup once more: anywhere, as a rule behind the first and a gap
  setup_copy = 8
};

/// What stands before the payload of a frame. Words: sync word; kind (low half) and epoch (high
/// half); first; count; bytes; journal; payload_checksum; checksum of these seven.
struct FrameHead {
  FrameKind kind = FrameKind::rows;
  std::uint32_t epoch = 0;
  std::uint64_t first = 0;    ///< first toy of rows, else 0
  std::uint64_t count = 0;    ///< rows; study's toys for `extend`; version for copies; else 0
  std::uint64_t bytes = 0;    ///< of the payload, without padding
  std::uint64_t journal = 0;  ///< checksum of the header's payload: whose frame it is
  std::uint64_t payload_checksum = 0;  ///< padding included
};

inline constexpr std::size_t frame_head_bytes = 64;
inline constexpr std::uint64_t frame_sync_word = 0x8c1f'6ad7'b35e'49f1U;
using FrameHeadWords = std::array<std::uint64_t, frame_head_bytes / sizeof(std::uint64_t)>;

[[nodiscard]] FrameHeadWords encode_head(FrameHead const& head) noexcept;
/// The head that `bytes` begin with; nothing if there are too few of them or any bit is wrong.
[[nodiscard]] std::optional<FrameHead> decode_head(std::span<std::byte const> bytes) noexcept;

/// Zeros that follow a payload of so many bytes.
[[nodiscard]] constexpr std::uint64_t frame_padding(std::uint64_t bytes) noexcept {
  return (8 - bytes % 8) % 8;
}

/// CRC-64/XZ of `bytes` and `padding` zeros.
[[nodiscard]] std::uint64_t frame_checksum(std::span<std::byte const> bytes,
                                           std::uint64_t padding = 0) noexcept;

/// A text as what a frame carries.
[[nodiscard]] inline std::span<std::byte const> bytes_of(std::string const& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace toyfarm::io
