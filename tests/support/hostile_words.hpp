#pragma once
#include <algorithm>
#include <cctype>
#include <random>
#include <string>
#include <vector>

namespace toyfarm::test {

inline std::string lower_case(std::string text) {
  std::ranges::transform(
      text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Words of 1 to 12 pieces that mean something to shells, sbatch or HTCondor; no control
/// characters. The same for the same seed.
inline std::vector<std::string> hostile_words(std::uint64_t seed, std::size_t count) {
  static std::vector<std::string> const pieces = {
      "'",     "\"",     "`",    "\\",     "$",         "#",       " ",           "  ",
      ",",     ";",      "&",    "|",      "<",         ">",       "(",           ")",
      "{",     "}",      "[",    "]",      "*",         "?",       "!",           "~",
      "=",     ":",      "%j",   "%A_%a",  "$(id)",     "${HOME}", "`id`",        "$$(x)",
      "$(x)",  "$HOME",  "$(",   "$((1))", "$(DOLLAR)", "$$",      "$ENV(HOME)",  "$F(x)",
      "é",     "漢字",   "😀",    "-",      "--wrap=id", "-o",      "@=end",       "queue 3",
      "\\n",   "\\\"",   "''",   "\"\"",   "packjob",   "\\ ",     "$[1+1]",      "a",
      "run_1", "/data/", "../x", ".",      "^",         "0",       "include : x", "if false"};
  std::mt19937_64 random(seed);
  std::vector<std::string> words(count);
  for (auto& word : words) {
    for (auto n = 1 + random() % 12; n > 0; --n) {
      word += pieces[random() % pieces.size()];
    }
  }
  return words;
}

}  // namespace toyfarm::test
