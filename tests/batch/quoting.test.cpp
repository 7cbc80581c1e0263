#include "toyfarm/batch/quoting.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "support/hostile_words.hpp"
#include "support/read_back.hpp"
#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

using core::ExitCode;
using test::Scratch;
using test::thrown_by;
using test::words_of_bash;
using test::words_of_sbatch;

constexpr std::size_t n_words = 4000;  // each goes through every function

/// The value of a line of a submit description after its macros are expanded; none if it is no
/// such line or has a macro that the text itself brought along.
std::optional<std::string> value_of_condor(std::string const& line, std::string const& name) {
  if (line.rfind(name + " = ", 0) != 0 || line.find('\n') != std::string::npos ||
      line.back() == '\\') {
    return std::nullopt;
  }
  auto value = line.substr(name.size() + 3);
  if (!value.empty() && (value.front() == ' ' || value.back() == ' ')) {
    return std::nullopt;
  }
  std::string const macro = "$(DOLLAR)";
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '$') {
      text += value[i];
    } else if (value.compare(i, macro.size(), macro) == 0) {
      text += '$';
      i += macro.size() - 1;
    } else {
      return std::nullopt;
    }
  }
  return text;
}

/// The words of `arguments` in HTCondor's new syntax; none if it is not in it.
std::optional<std::vector<std::string>> words_of_condor(std::string const& value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') {
    return std::nullopt;
  }
  std::vector<std::string> words;
  bool quoted = false;
  bool in_word = false;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    char const c = value[i];
    bool const twice = i + 2 < value.size() && value[i + 1] == c;
    if (c == ' ' && !quoted) {
      in_word = false;
      continue;
    }
    if (!in_word) {
      words.emplace_back();
      in_word = true;
    }
    if (c == '"' && !twice) {
      return std::nullopt;
    }
    if (c == '\'' && !(quoted && twice)) {
      quoted = !quoted;
      continue;
    }
    words.back() += c;
    i += c == '"' || c == '\'' ? 1 : 0;
  }
  return quoted ? std::nullopt : std::optional(words);
}

TEST(Quoting, shell_words_come_back_from_bash_as_they_were) {
  Scratch const scratch;
  auto const words = test::hostile_words(11, n_words);
  auto const array = "words=(" + shell_words("words", words) + ")\n";
  EXPECT_EQ(words_of_bash(scratch, array + "printf '%s\\0' \"${words[@]}\"\n"), words);
}

TEST(Quoting, slurm_directive_is_one_word_for_sbatch) {
  for (auto const& word : test::hostile_words(12, n_words)) {
    auto const line = slurm_directive("output", word);
    std::string const head = "#SBATCH";
    ASSERT_EQ(line.substr(0, head.size()), head);
    EXPECT_EQ(words_of_sbatch(line.substr(head.size())),
              std::vector<std::string>{"--output=" + word})
        << line;
  }
}

TEST(Quoting, slurm_directive_keeps_the_word_that_sbatch_blanks_out) {
  for (std::string const word : {"packjob", "a PackJob", "packjobpackjob", "/runs/PACKJOB/x"}) {
    EXPECT_EQ(words_of_sbatch(slurm_directive("output", word).substr(7)),
              std::vector<std::string>{"--output=" + word});
  }
}

TEST(Quoting, condor_line_comes_back_as_its_text_or_is_refused) {
  std::size_t n_refused = 0;
  for (auto const& word : test::hostile_words(13, n_words)) {
    std::string line;
    auto const thrown = thrown_by([&] { line = condor_line("initialdir", word); });
    if (thrown.code == ExitCode::success) {
      EXPECT_EQ(value_of_condor(line, "initialdir"), word) << line;
    } else {
      ++n_refused;
      EXPECT_EQ(thrown.code, ExitCode::usage) << thrown.message;
      auto const has = [&word](char const* part) { return word.find(part) != std::string::npos; };
      EXPECT_TRUE(word.front() == ' ' || word.back() == ' ' || word.back() == '\\' || has("$$") ||
                  has("$(DOLLAR)"))
          << word;
    }
  }
  EXPECT_LT(n_refused, n_words / 2);
}

TEST(Quoting, condor_arguments_come_back_as_they_were) {
  auto const words = test::hostile_words(14, n_words);
  for (std::size_t i = 0; i + 3 <= words.size(); i += 3) {
    std::vector<std::string> const three(words.begin() + static_cast<std::ptrdiff_t>(i),
                                         words.begin() + static_cast<std::ptrdiff_t>(i + 3));
    auto const value = condor_arguments("arguments", three);
    EXPECT_EQ(words_of_condor(value), three) << value;
  }
  EXPECT_EQ(condor_arguments("arguments", {}), "\"\"");
}

TEST(Quoting, classad_string_is_one_literal_or_is_refused) {
  for (auto const& word : test::hostile_words(15, n_words)) {
    std::string literal;
    auto const thrown = thrown_by([&] { literal = classad_string("text", word); });
    if (word.find('\\') != std::string::npos) {
      EXPECT_EQ(thrown.code, ExitCode::usage) << word;
      continue;
    }
    std::string text;
    ASSERT_GE(literal.size(), 2U);
    for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
      ASSERT_NE(literal[i], '"') << literal;
      i += literal[i] == '\\' ? 1 : 0;
      text += literal[i];
    }
    EXPECT_EQ(text, word) << literal;
  }
}

TEST(Quoting, control_characters_and_other_text_than_utf8_are_refused_everywhere) {
  std::vector<std::string> words;
  for (int c = 0; c < 0x20; ++c) {
    words.push_back(std::string("a") + static_cast<char>(c) + "b");
  }
  for (char const* const bytes :
       {"\x7f", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff"}) {
    words.push_back(std::string("a") + bytes);
  }
  for (auto const& word : words) {
    for (auto const& thrown : {thrown_by([&] { (void)shell_word("the path", word); }),
                               thrown_by([&] {
                                 (void)shell_words("the path", {"x", word});
                               }),
                               thrown_by([&] { (void)slurm_directive("the path", word); }),
                               thrown_by([&] { (void)condor_line("the path", word); }),
                               thrown_by([&] { (void)condor_arguments("the path", {word}); }),
                               thrown_by([&] { (void)classad_string("the path", word); })}) {
      EXPECT_EQ(thrown.code, ExitCode::usage) << word;
      EXPECT_TRUE(thrown.says("the path") && thrown.says("at byte 1")) << thrown.message;
    }
  }
  EXPECT_EQ(checked_word("text", "é漢😀 ~"), "é漢😀 ~");
}

}  // namespace
}  // namespace toyfarm::batch
