#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/core/ids.hpp"

// What ranks say to each other after set-up, as 64-bit words: a head of fixed size, then rows or
// text.
namespace toyfarm::parallel {

enum class Kind : std::uint64_t {
  // to rank 0
  ended,    ///< a block is done: its rows follow
  part,     ///< rows of a block that will not be ended
  alive,    ///< nothing to say for a while; answered by the same
  heard,    ///< stop has arrived
  drained,  ///< after stop: every row that was finished has been sent
  failed,   ///< count = exit code; the message follows as text
  asked,    ///< a signal asked this rank to stop; seconds = grace
  // to another rank
  block,  ///< run these toys
  stop,   ///< begin no other toy; send what is finished
  end     ///< leave; count = exit code, first = 1 if ranks are missing
};

struct Head {
  Kind kind{};
  core::ToyRange toys{};
  double seconds = 0;
};

constexpr std::size_t head_words = 4;

inline void write_head(Head const& head, std::span<std::uint64_t> words) noexcept {
  words[0] = static_cast<std::uint64_t>(head.kind);
  words[1] = head.toys.first.value;
  words[2] = head.toys.count;
  words[3] = std::bit_cast<std::uint64_t>(head.seconds);
}

[[nodiscard]] inline Head read_head(std::span<std::uint64_t const> words) noexcept {
  return {static_cast<Kind>(words[0]), {{words[1]}, words[2]}, std::bit_cast<double>(words[3])};
}

/// A message without rows.
[[nodiscard]] std::vector<std::uint64_t> plain_message(Head const& head);
/// A message that ends in `text`, and the text of one.
[[nodiscard]] std::vector<std::uint64_t> text_message(Head const& head, std::string const& text);
[[nodiscard]] std::string text_of(std::span<std::uint64_t const> words);

}  // namespace toyfarm::parallel
