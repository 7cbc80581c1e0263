#include "toyfarm/os/shell.hpp"

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "support/hostile_words.hpp"
#include "support/read_back.hpp"
#include "support/scratch.hpp"

namespace toyfarm::os {

TEST(ShellLine, comes_apart_into_its_words) {
  for (auto const& words : std::vector<std::vector<std::string>>{
           {"toyfarm", "toys", "--set", "mu=1.5"},
           {"a b", "it's", "", "\"x\"", "#no comment", "a\\b", "$HOME", "*", "~", "'", "''"},
       }) {
    EXPECT_EQ(shell_words(shell_line(words)), words);
  }
  EXPECT_EQ(shell_line({"mpirun", "-n", "2", "a b", "x=$y"}), "mpirun -n 2 'a b' 'x=$y'");
}

TEST(ShellWords, are_those_of_a_shell) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(shell_words(R"("a\"b\\c\d" 'e\f' g\ h)"), (Words{"a\"b\\c\\d", "e\\f", "g h"}));
  EXPECT_EQ(shell_words(R"(a'b'"c"d)"), (Words{"abcd"}));
  EXPECT_EQ(shell_words("'a#b' c#d e"), (Words{"a#b", "c"}));
}

TEST(ShellWords, refuses_what_does_not_end) {
  EXPECT_THROW((void)shell_words("a 'b"), core::UsageError);
  EXPECT_THROW((void)shell_words("a\\"), core::UsageError);
}

TEST(ShellWord, comes_back_from_bash_as_it_was) {
  test::Scratch const scratch;
  auto const words = test::hostile_words(11, 4000);
  std::string single;
  for (auto const& word : words) {
    single += "printf '%s\\0' " + shell_word(word) + "\n";
  }
  EXPECT_EQ(test::words_of_bash(scratch, single), words);
  auto all = words;
  all.insert(all.begin(), {"printf", "%s\\0"});
  EXPECT_EQ(test::words_of_bash(scratch, shell_line(all)), words);
}

TEST(ShellWord, is_no_assignment_and_needs_no_quotes_for_plain_paths) {
  EXPECT_EQ(shell_word("a=b"), "'a=b'");
  EXPECT_EQ(shell_line({"a=b", "c=d"}), "'a=b' c=d");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("/data/run_1.2/x-y"), "/data/run_1.2/x-y");
  EXPECT_EQ(shell_word("~x"), "'~x'");
}

TEST(ShellWord, single_quoted_always_has_quotes) {
  EXPECT_EQ(single_quoted("plain"), "'plain'");
  EXPECT_EQ(single_quoted("it's"), R"('it'\''s')");
}

}  // namespace toyfarm::os
