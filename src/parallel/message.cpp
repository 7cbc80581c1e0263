#include "parallel/message.hpp"

#include <cstring>

namespace toyfarm::parallel {

std::vector<std::uint64_t> plain_message(Head const& head) {
  std::vector<std::uint64_t> words(head_words);
  write_head(head, words);
  return words;
}

std::vector<std::uint64_t> text_message(Head const& head, std::string const& text) {
  auto words = plain_message(head);
  words.resize(head_words + (text.size() + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
  std::memcpy(words.data() + head_words, text.data(), text.size());
  return words;
}

std::string text_of(std::span<std::uint64_t const> words) {
  auto const rest = words.subspan(head_words);
  std::string text(rest.size_bytes(), '\0');
  std::memcpy(text.data(), rest.data(), rest.size_bytes());
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace toyfarm::parallel
