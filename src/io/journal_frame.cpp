#include "io/journal_frame.hpp"

#include <algorithm>
#include <cstring>

#include <boost/crc.hpp>

namespace toyfarm::io {
namespace {

std::uint64_t words_checksum(FrameHeadWords const& words) noexcept {
  return frame_checksum(std::as_bytes(std::span(words).first(words.size() - 1)));
}

}  // namespace

FrameHeadWords encode_head(FrameHead const& head) noexcept {
  FrameHeadWords words{frame_sync_word,
                       static_cast<std::uint64_t>(head.kind) | (std::uint64_t{head.epoch} << 32U),
                       head.first,
                       head.count,
                       head.bytes,
                       head.journal,
                       head.payload_checksum,
                       0};
  words.back() = words_checksum(words);
  return words;
}

std::optional<FrameHead> decode_head(std::span<std::byte const> bytes) noexcept {
  FrameHeadWords words{};
  if (bytes.size() < frame_head_bytes) {
    return {};
  }
  std::memcpy(words.data(), bytes.data(), frame_head_bytes);
  if (words[0] != frame_sync_word || words.back() != words_checksum(words)) {
    return {};
  }
  return FrameHead{static_cast<FrameKind>(words[1] & 0xffff'ffffU),
                   static_cast<std::uint32_t>(words[1] >> 32U),
                   words[2],
                   words[3],
                   words[4],
                   words[5],
                   words[6]};
}

std::uint64_t frame_checksum(std::span<std::byte const> bytes, std::uint64_t padding) noexcept {
  constexpr std::array<std::byte, 8> zeros{};
  boost::crc_optimal<64, 0x42f0'e1eb'a9ea'3693U, ~std::uint64_t{0}, ~std::uint64_t{0}, true, true>
      crc;
  crc.process_bytes(bytes.data(), bytes.size());
  crc.process_bytes(zeros.data(), padding);
  return crc.checksum();
}

}  // namespace toyfarm::io
