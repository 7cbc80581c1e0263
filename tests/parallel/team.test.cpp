#include "parallel/team.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "parallel/message.hpp"

namespace toyfarm::parallel {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t width = 3;

void fill(core::ToyId toy, std::span<std::uint64_t> row) {
  for (std::size_t k = 0; k < row.size(); ++k) {
    row[k] = toy.value * 10 + k;
  }
}

/// Yields until `n` toys have come or 20 s have passed.
std::vector<Yield> yields_of(Team& team, std::uint64_t n) {
  std::vector<Yield> out;
  auto const deadline = std::chrono::steady_clock::now() + 20s;
  for (std::uint64_t come = 0; come < n && std::chrono::steady_clock::now() < deadline;) {
    if (auto yield = team.take()) {
      come += (yield->words.size() - head_words) / width;
      out.push_back(std::move(*yield));
    } else {
      std::this_thread::sleep_for(1ms);
    }
  }
  return out;
}

void expect_rows(Yield const& yield, core::ToyRange toys) {
  ASSERT_EQ(yield.words.size(), head_words + toys.count * width);
  for (std::uint64_t i = 0; i < toys.count; ++i) {
    for (std::size_t k = 0; k < width; ++k) {
      ASSERT_EQ(yield.words[head_words + i * width + k], (toys.first.value + i) * 10 + k);
    }
  }
}

TEST(Team, gives_every_row_of_its_blocks_in_order) {
  for (int const threads : {1, 2, 5}) {
    Team team(threads, width, [](core::ToyId toy, int, auto row) { fill(toy, row); });
    std::map<std::uint64_t, core::ToyRange> blocks;
    std::uint64_t n = 0;
    for (std::uint64_t const count : {1U, 7U, 100U, 1000U}) {
      blocks[n + 50] = {{n + 50}, count};
      team.add({{n + 50}, count});
      n += count;
    }
    for (auto const& yield : yields_of(team, n)) {
      EXPECT_TRUE(yield.has_ended);
      EXPECT_GE(yield.seconds, 0);
      auto const block = blocks.extract(yield.block.first.value);
      ASSERT_FALSE(block.empty());
      expect_rows(yield, block.mapped());
    }
    EXPECT_TRUE(blocks.empty());
    EXPECT_EQ(team.n_in_hand(), 0U);
  }
}

TEST(Team, uses_all_its_threads_each_by_its_number) {
  std::mutex mutex;
  std::set<int> numbers;
  std::atomic<int> n_here = 0;
  Team team(3, width, [&](core::ToyId toy, int thread, auto row) {
    {
      std::scoped_lock const lock(mutex);
      numbers.insert(thread);
    }
    ++n_here;
    while (n_here < 3) {  // none goes on before all are at work
      std::this_thread::sleep_for(1ms);
    }
    fill(toy, row);
  });
  team.add({{0}, 3});
  EXPECT_EQ(yields_of(team, 3).size(), 1U);
  EXPECT_EQ(numbers, (std::set<int>{0, 1, 2}));
}

TEST(Team, begins_the_next_block_before_the_last_toy_of_one_has_ended) {
  std::atomic<bool> second_ran = false;
  Team team(2, width, [&](core::ToyId toy, int, auto row) {
    while (toy.value == 0 && !second_ran) {  // toy 0 ends only after a toy of the next block
      std::this_thread::sleep_for(1ms);
    }
    second_ran = second_ran || toy.value == 100;
    fill(toy, row);
  });
  team.add({{0}, 2});
  team.add({{100}, 1});
  EXPECT_EQ(yields_of(team, 3).size(), 2U);
}

TEST(Team, tells_the_work_of_a_block_by_thread) {
  Team team(2, width, [](core::ToyId toy, int, auto row) {
    std::this_thread::sleep_for(20ms);
    fill(toy, row);
  });
  team.add({{0}, 4});
  auto const yields = yields_of(team, 4);
  ASSERT_EQ(yields.size(), 1U);
  EXPECT_GE(yields[0].seconds, 0.04);
}

TEST(Team, cancelled_gives_the_rows_that_are_finished_and_no_others) {
  std::atomic<int> n_run = 0;
  Team team(2, width, [&](core::ToyId toy, int, auto row) {
    std::this_thread::sleep_for(2ms);
    fill(toy, row);
    ++n_run;
  });
  team.add({{0}, 1000});
  team.add({{1000}, 10});
  while (n_run < 20) {
    std::this_thread::sleep_for(1ms);
  }
  team.cancel();
  while (!team.has_stopped()) {
    std::this_thread::sleep_for(1ms);
  }
  std::set<std::uint64_t> toys;
  while (auto const yield = team.take()) {
    EXPECT_FALSE(yield->has_ended);
    for (std::size_t i = head_words; i < yield->words.size(); i += width) {
      auto const toy = yield->words[i] / 10;
      EXPECT_TRUE(toys.insert(toy).second) << "twice: toy " << toy;
      EXPECT_EQ(yield->words[i + 2], toy * 10 + 2);
    }
  }
  EXPECT_EQ(toys.size(), static_cast<std::size_t>(n_run));
  EXPECT_LT(n_run, 1000);
}

TEST(Team, keeps_what_a_toy_throws_and_stops) {
  Team team(2, width, [](core::ToyId toy, int, auto row) {
    if (toy.value == 30) {
      throw core::RuntimeFailure(core::ExitCode::io_error, "toy 30 is unlucky");
    }
    fill(toy, row);
  });
  team.add({{0}, 1000});
  while (!team.has_stopped()) {
    std::this_thread::sleep_for(1ms);
  }
  auto const failure = team.failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), core::ExitCode::io_error);
  EXPECT_STREQ(failure->what(), "toy 30 is unlucky");
}

TEST(Team, takes_any_exception_for_a_defect) {
  Team team(1, width, [](core::ToyId, int, auto) { throw 7; });
  team.add({{0}, 1});
  while (!team.has_stopped()) {
    std::this_thread::sleep_for(1ms);
  }
  ASSERT_TRUE(team.failure());
  EXPECT_EQ(team.failure()->code(), core::ExitCode::internal);
}

}  // namespace
}  // namespace toyfarm::parallel
