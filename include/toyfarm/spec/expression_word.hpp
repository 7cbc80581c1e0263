#pragma once
#include <cstddef>
#include <string_view>

// Words of an expression, for those who replace names in it.
namespace toyfarm::spec {

[[nodiscard]] constexpr bool begins_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Length of the word, number or single character that a text, not empty, begins with. TMath::Exp
/// and 1e5 are one.
[[nodiscard]] constexpr std::size_t token_length(std::string_view text) {
  auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
  bool const is_word = begins_word(text.front());
  if (!is_word && !is_digit(text.front()) && text.front() != '.') {
    return 1;
  }
  std::size_t n = 1;
  while (n < text.size()) {
    if (begins_word(text[n]) || is_digit(text[n]) || (!is_word && text[n] == '.')) {
      ++n;
    } else if (is_word && text.substr(n).starts_with("::")) {  // unlike the ':' of a choice
      n += 2;
    } else {
      break;
    }
  }
  return n;
}

/// Letters, digits and '_', no digit first: what an expression can name.
[[nodiscard]] constexpr bool is_name(std::string_view text) {
  return !text.empty() && begins_word(text.front()) && token_length(text) == text.size() &&
         text.find(':') == std::string_view::npos;
}

}  // namespace toyfarm::spec
