#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// Enums as words. Files and command lines hold the word, never the number, and words stay when
// values are added. An enum with words has one table of them beside it:
//   constexpr core::WordTable<Keep, 2> words_of(Keep) {
//     return {{{Keep::rows, "rows"}, {Keep::summary, "summary"}}};
//   }
namespace toyfarm::core {

template <class E, std::size_t N>
using WordTable = std::array<std::pair<E, std::string_view>, N>;

/// The word of a value; empty for a value that the table lacks.
template <class E>
[[nodiscard]] constexpr std::string_view word_of(E value) {
  for (auto const& [known, word] : words_of(value)) {
    if (known == value) {
      return word;
    }
  }
  return {};
}

/// The value of a word, or nothing for a word that the table lacks.
template <class E>
[[nodiscard]] constexpr std::optional<E> find_word(std::string_view word) {
  for (auto const& [value, known] : words_of(E{})) {
    if (known == word) {
      return value;
    }
  }
  return std::nullopt;
}

/// All words, `between` between them.
template <class E>
[[nodiscard]] std::string all_words(std::string_view between = ", ") {
  std::string text;
  for (auto const& entry : words_of(E{})) {
    text.append(text.empty() ? "" : between).append(entry.second);
  }
  return text;
}

}  // namespace toyfarm::core
