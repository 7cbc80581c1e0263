#include "toyfarm/core/printable.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace toyfarm::core {
namespace {

/// A character of a text; `length` bytes of it are no UTF-8 where `valid` is false.
struct Character {
  std::uint32_t code;
  std::size_t length;
  bool valid;
};

Character first_character(std::string_view text) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto const length = utf8_length(text);
  if (length == 0) {
    return {byte(0), 1, false};
  }
  std::uint32_t code = length == 1 ? byte(0) : byte(0) & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    code = code << 6U | (byte(i) & 0x3fU);
  }
  return {code, length, true};
}

/// Characters that are not seen, or change how others are: controls, spaces of no width, line
/// separators, marks of direction; and what is no character (U+FFFF, U+1FFFE, …).
bool is_hidden(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c & 0xfffeU) == 0xfffe ||
         (c >= 0xe0000 && c < 0xe1000);
}

std::string escape(Character const& character) {
  if (character.valid && (character.code == '\n' || character.code == '\t')) {
    return character.code == '\n' ? "\\n" : "\\t";
  }
  std::array<char, 16> text{};
  std::snprintf(
      text.data(),
      text.size(),
      character.code < 0x100 && (!character.valid || character.code < 0x80) ? "\\x%02x" : "\\u{%x}",
      static_cast<unsigned>(character.code));
  return text.data();
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  auto const byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto const c = byte(0);
  std::size_t const length = c < 0x80                ? 1
                             : c >= 0xc2 && c < 0xe0 ? 2
                             : c >= 0xe0 && c < 0xf0 ? 3
                             : c >= 0xf0 && c < 0xf5 ? 4
                                                     : 0;
  if (length == 0 || length > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) {
      return 0;
    }
  }
  bool const overlong = (c == 0xe0 && byte(1) < 0xa0) || (c == 0xf0 && byte(1) < 0x90);
  bool const no_character = (c == 0xed && byte(1) > 0x9f) || (c == 0xf4 && byte(1) > 0x8f);
  return overlong || no_character ? 0 : length;
}

std::string printable(std::string_view text, std::size_t max_chars) {
  std::string out;
  for (std::size_t n = 0; !text.empty(); ++n) {
    if (n == max_chars) {
      return out + "…";
    }
    auto const character = first_character(text);
    if (character.valid && !is_hidden(character.code)) {
      out += text.substr(0, character.length);
    } else {
      out += escape(character);
    }
    text.remove_prefix(character.length);
  }
  return out;
}

}  // namespace toyfarm::core
