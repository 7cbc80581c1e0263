#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace toyfarm::core {

/// Characters that a message quotes of one text of a file.
inline constexpr std::size_t max_quoted = 80;

/// Bytes of the UTF-8 character (RFC 3629) that a text, not empty, begins with; 0 if it does not
/// begin with one.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

/// `text` as a message may show it: at most `max_chars` characters, then "…"; control characters,
/// line ends, marks of writing direction and bytes that are not UTF-8 as escapes (\x1b, \u{202e}).
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_chars = max_quoted);

}  // namespace toyfarm::core
