#pragma once
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/hostile_words.hpp"
#include "support/scratch.hpp"

// What programs make of the text of a script.
namespace toyfarm::test {

/// What bash's printf gets when it runs the script, each word ended by a zero byte.
inline std::vector<std::string> words_of_bash(Scratch const& scratch, std::string const& script) {
  spill(scratch / "script", script);
  auto const command = "bash '" + (scratch / "script").string() + "'";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::string said;
  std::array<char, 1 << 16U> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    said.append(buffer.data(), n);
  }
  EXPECT_EQ(::pclose(pipe), 0);
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < said.size();) {
    auto const end = said.find('\0', begin);
    words.push_back(said.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

/// The words of one line of options, by the rules that sbatch's man page and source give.
inline std::vector<std::string> words_of_sbatch(std::string line) {
  std::vector<std::string> words;
  if (auto const lower = lower_case(line); lower.find("packjob") != std::string::npos) {
    line.replace(lower.find("packjob"), 7, 7, ' ');
  }
  std::string word;
  char quote = '\0';
  for (std::size_t i = 0; i <= line.size(); ++i) {
    bool const is_over = i == line.size() || (quote == '\0' && line[i] == '#');
    if (is_over || (quote == '\0' && (line[i] == ' ' || line[i] == '\t'))) {
      if (!word.empty()) {
        words.push_back(word);
      }
      word.clear();
      if (is_over) {
        break;
      }
    } else if (line[i] == '\\' && i + 1 < line.size() && (quote != '\0' || line[i + 1] != ' ')) {
      word += line[++i];
    } else if (quote != '\0' ? line[i] == quote : (line[i] == '"' || line[i] == '\'')) {
      quote = quote != '\0' ? '\0' : line[i];
    } else {
      word += line[i];
    }
  }
  EXPECT_EQ(quote, '\0') << line;
  return words;
}

}  // namespace toyfarm::test
