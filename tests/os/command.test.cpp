#include "toyfarm/os/command.hpp"

#include <csignal>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/scratch.hpp"

namespace toyfarm::os {
namespace {

using Clock = std::chrono::steady_clock;

TEST(Command, gives_words_to_a_program_as_they_are) {
  test::Scratch const scratch;
  auto const result = run_command({{"printf", "%s|", "a b", "$HOME", "*", ""}, scratch.path()});
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.out, "a b|$HOME|*||");
  EXPECT_EQ(run_command({{"pwd", "-P"}, scratch.path()}).out,
            std::filesystem::canonical(scratch.path()).string() + "\n");
}

TEST(Command, tells_how_a_program_ended) {
  auto const result =
      run_command({{"sh", "-c", "echo one; echo two >&2; echo 'why not' >&2; exit 3"}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "one\n");
  EXPECT_EQ(result.err, "two\nwhy not\n");
  EXPECT_EQ(result.why(), "why not (exit code 3)");
  EXPECT_EQ(run_command({{"false"}}).why(), "exit code 1");
  auto const killed = run_command({{"sh", "-c", "echo last words >&2; kill -TERM $$"}});
  EXPECT_FALSE(killed.exit_code);
  EXPECT_EQ(killed.why(), "last words (ended by signal 15)");
  auto const absent = run_command({{"/nowhere/program"}});
  EXPECT_FALSE(absent.ok());
  EXPECT_EQ(absent.why(), "/nowhere/program cannot be started: No such file or directory");
}

TEST(Command, has_an_empty_input_and_a_limit_of_what_is_kept) {
  EXPECT_EQ(run_command({{"cat"}}).out, "");
  auto const result = run_command({{"sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x"}},
                                  {std::chrono::seconds(30), 1000});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_FALSE(result.ok()) << "half an answer of a queue is none";
  EXPECT_TRUE(result.is_cut);
  EXPECT_EQ(result.out, std::string(1000, 'x'));
}

TEST(Command, is_ended_with_all_that_it_started_when_its_time_is_over) {
  test::Scratch const scratch;
  auto const begin = Clock::now();
  auto const result =
      run_command({{"sh", "-c", "sleep 60 & echo $! > child; wait"}, scratch.path()},
                  {std::chrono::milliseconds(300), 1000});
  EXPECT_TRUE(result.is_late);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.why(), "it did not end in time");
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(20));
  auto const child = std::stoi(test::slurp(scratch / "child"));
  for (int i = 0; i < 200 && ::kill(child, 0) == 0; ++i) {
    ::usleep(10'000);
    auto const stat = test::slurp("/proc/" + std::to_string(child) + "/stat");
    if (stat.find(") Z") != std::string::npos) {
      return;
    }
  }
  EXPECT_NE(::kill(child, 0), 0);
}

TEST(Command, does_not_wait_for_what_a_program_leaves_behind) {
  auto const begin = Clock::now();
  auto const result = run_command({{"sh", "-c", "sleep 5 & echo done"}});
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.out, "done\n");
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(4));
}

TEST(Commands, run_side_by_side_and_answer_in_order) {
  std::vector<Command> commands;
  for (int i = 0; i < 6; ++i) {
    commands.push_back({{"sh", "-c", "sleep 0.5; echo $WORD; exit " + std::to_string(i)},
                        {},
                        {"WORD=word" + std::to_string(i)}});
  }
  commands.push_back({{"/nowhere/program"}});
  auto const begin = Clock::now();
  auto const results = run_commands(commands, 7);
  EXPECT_LT(Clock::now() - begin, std::chrono::milliseconds(2500));
  for (int i = 0; i < 6; ++i) {
    auto const& result = results[static_cast<std::size_t>(i)];
    EXPECT_EQ(result.exit_code, i);
    EXPECT_EQ(result.out, "word" + std::to_string(i) + "\n");
  }
  EXPECT_FALSE(results.back().could_not_start.empty());
}

TEST(Commands, no_more_than_asked_for_run_at_once) {
  std::vector<Command> const commands(4, Command{{"sleep", "0.2"}});
  auto const begin = Clock::now();
  EXPECT_EQ(run_commands(commands, 1).size(), 4U);
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(800));
}

TEST(LastLine, is_the_last_that_says_something) {
  EXPECT_EQ(last_line("one\ntwo\r\n \n"), "two");
  EXPECT_EQ(last_line("a\x1b[1mb\n"), "a[1mb");
  EXPECT_EQ(last_line("\n"), "");
}

}  // namespace
}  // namespace toyfarm::os
