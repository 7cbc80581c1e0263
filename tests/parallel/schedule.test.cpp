#include "toyfarm/parallel/schedule.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "parallel/schedule_drive.hpp"

namespace toyfarm::parallel {
namespace {

/// `n` ranks of one thread and `n_toys` toys each.
std::vector<ScheduleShare> equal_shares(int n, std::uint64_t n_toys) {
  std::vector<ScheduleShare> shares(static_cast<std::size_t>(n));
  std::uint64_t next = 0;
  for (auto& share : shares) {
    share.toys = {{{next}, n_toys}};
    next += n_toys;
  }
  return shares;
}

ScheduleLimits limits(ScheduleMode mode, std::uint64_t most = 4096) {
  return {.mode = mode, .most = most};
}

/// Runs a rank that takes `seconds_per_toy` until it has ended `n_blocks`, alone, and returns their
/// sizes.
std::vector<std::uint64_t> sizes_of_blocks(Schedule& schedule,
                                           double seconds_per_toy,
                                           int n_blocks) {
  std::vector<std::uint64_t> sizes;
  double now = 0;
  auto running = schedule.next(0, now);
  auto in_hand = schedule.next(0, now);
  for (int i = 0; i < n_blocks && running; ++i) {
    auto const seconds = static_cast<double>(running->count) * seconds_per_toy;
    now += seconds;
    sizes.push_back(running->count);
    (void)schedule.came(0, *running, now);
    schedule.ended(0, *running, seconds, now);
    running = std::exchange(in_hand, schedule.next(0, now));
  }
  return sizes;
}

}  // namespace

TEST(Schedule, brings_every_toy_once_whatever_happens) {
  std::mt19937_64 random(3);
  for (std::uint64_t round = 0; round < 300; ++round) {
    auto const mode = round % 3 == 0 ? ScheduleMode::fixed : ScheduleMode::dynamic;
    auto const shares = random_shares(random);
    ScheduleLimits const limits{.mode = mode,
                                .most = 1 + random() % 300,
                                .messages_per_second = round % 2 == 0 ? 20.0 : 1300.0};
    Drive drive(round, shares, limits);
    drive.finish();
    if (HasFatalFailure()) {
      FAIL() << "round " << round;
    }
  }
}

TEST(Schedule, answers_the_same_to_the_same_calls) {
  for (std::uint64_t round = 0; round < 20; ++round) {
    std::mt19937_64 random(round);
    auto const shares = random_shares(random);
    Drive one(round, shares, limits(ScheduleMode::dynamic));
    Drive other(round, shares, limits(ScheduleMode::dynamic));
    one.finish();
    other.finish();
    EXPECT_EQ(one.given(), other.given());
  }
}

TEST(Schedule, is_complete_at_once_when_there_is_no_toy) {
  for (int const n : {1, 5}) {
    Schedule schedule(std::vector<ScheduleShare>(static_cast<std::size_t>(n)), {});
    EXPECT_TRUE(schedule.is_complete());
    EXPECT_EQ(schedule.next(0, 0), std::nullopt);
    EXPECT_TRUE(schedule.orders(0).empty());
    EXPECT_EQ(schedule.seconds_left(), 0);
  }
}

TEST(Schedule, finishes_on_rank_0_alone_when_all_others_are_lost) {
  for (auto const mode : {ScheduleMode::fixed, ScheduleMode::dynamic}) {
    Schedule schedule(equal_shares(5, 100), limits(mode));
    (void)schedule.orders(0);
    for (int rank = 1; rank < 5; ++rank) {
      schedule.lost(rank);
      EXPECT_TRUE(schedule.status(rank).is_lost);
    }
    // Rank 0 holds two blocks since orders().
    double now = 0;
    std::vector<core::ToyRange> held{{{0}, 1}, {{1}, 1}};
    while (!held.empty()) {
      auto const block = held.front();
      held.erase(held.begin());
      now += 0.001 * static_cast<double>(block.count);
      (void)schedule.came(0, block, now);
      schedule.ended(0, block, 0.001 * static_cast<double>(block.count), now);
      while (auto const more = schedule.next(0, now)) {
        held.push_back(*more);
      }
    }
    EXPECT_TRUE(schedule.is_complete());
    EXPECT_EQ(schedule.n_twice(), 0U);
  }
}

TEST(Schedule, sizes_blocks_by_measured_speed) {
  Schedule schedule(equal_shares(1, 1'000'000), limits(ScheduleMode::dynamic));
  auto const sizes = sizes_of_blocks(schedule, 0.001, 12);
  EXPECT_EQ(sizes[0], 1U);
  EXPECT_EQ(sizes[1], 1U);
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    EXPECT_LE(sizes[i], std::max<std::uint64_t>(4 * sizes[i - 1], 1));
  }
  EXPECT_NEAR(static_cast<double>(sizes.back()), 200, 2);
  EXPECT_NEAR(schedule.toys_per_second(), 1000, 1);
  EXPECT_NEAR(schedule.seconds_left(), 1000, 2);
}

TEST(Schedule, keeps_to_the_most_toys_of_a_block) {
  Schedule schedule(equal_shares(1, 100'000), limits(ScheduleMode::dynamic, 50));
  EXPECT_EQ(sizes_of_blocks(schedule, 0.0001, 20).back(), 50U);
}

TEST(Schedule, gives_each_thread_a_toy_and_a_half_when_toys_are_slower_than_a_block) {
  auto shares = equal_shares(2, 1000);
  shares[0].threads = 8;
  Schedule schedule(shares, limits(ScheduleMode::dynamic));
  auto const sizes = sizes_of_blocks(schedule, 10.0 / 8, 20);
  EXPECT_EQ(sizes.front(), 8U);
  EXPECT_TRUE(std::all_of(sizes.begin() + 2, sizes.end(), [](auto n) { return n == 12; }));
  Schedule single(equal_shares(2, 1000), limits(ScheduleMode::dynamic));
  for (auto const size : sizes_of_blocks(single, 10, 20)) {
    EXPECT_EQ(size, 1U);
  }
}

TEST(Schedule, gives_smaller_blocks_towards_the_end) {
  Schedule schedule(equal_shares(1, 10'000), limits(ScheduleMode::dynamic));
  auto const sizes = sizes_of_blocks(schedule, 0.001, 1000);
  EXPECT_TRUE(schedule.is_complete());
  EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}), 10'000U);
  EXPECT_LT(sizes.back(), 30U);
  EXPECT_LT(sizes.size(), 70U);
}

TEST(Schedule, takes_from_the_slowest_when_a_rank_is_dry) {
  auto shares = equal_shares(3, 1000);
  shares[0].toys = {};
  Schedule schedule(shares, limits(ScheduleMode::dynamic));
  auto const slow = schedule.next(1, 0);
  auto const fast = schedule.next(2, 0);
  ASSERT_TRUE(slow && fast);
  EXPECT_EQ(schedule.next(0, 0), std::nullopt) << "nobody is measured";
  (void)schedule.came(1, *slow, 1);
  (void)schedule.came(2, *fast, 1);
  schedule.ended(1, *slow, 1, 1);
  schedule.ended(2, *fast, 0.01, 1);
  auto const taken = schedule.next(0, 1);
  ASSERT_TRUE(taken);
  EXPECT_GT(taken->first.value, 1100U) << "rank 1 keeps the beginning of its range";
  EXPECT_LT(taken->first.value, 2000U);
}

TEST(Schedule, keeps_to_the_shares_when_fixed) {
  auto shares = equal_shares(2, 10);
  shares[1].toys = {};
  Schedule schedule(shares, limits(ScheduleMode::fixed));
  auto const block = schedule.next(0, 0);
  ASSERT_TRUE(block);
  (void)schedule.came(0, *block, 1);
  schedule.ended(0, *block, 1, 1);
  EXPECT_EQ(schedule.next(1, 1), std::nullopt);
  schedule.lost(0);
  EXPECT_TRUE(schedule.next(1, 1)) << "a lost rank's toys are everybody's";
}

TEST(Schedule, runs_toys_again_that_the_last_rank_would_be_long_about) {
  auto shares = equal_shares(2, 2);
  shares[1].toys = {};
  Schedule schedule(shares, limits(ScheduleMode::dynamic));
  auto const first = schedule.next(0, 0);
  ASSERT_TRUE(first);
  (void)schedule.came(0, *first, 100);
  schedule.ended(0, *first, 100, 100);
  auto const last = schedule.next(0, 100);
  ASSERT_TRUE(last);
  EXPECT_EQ(schedule.next(1, 101), std::nullopt) << "no rank would end it sooner";
  auto const copy = schedule.next(1, 600);
  EXPECT_EQ(copy, last) << "long overdue";
  EXPECT_EQ(schedule.came(1, *copy, 700), (Toys{*last}));
  EXPECT_TRUE(schedule.came(0, *last, 701).empty());
  EXPECT_TRUE(schedule.is_complete());
  EXPECT_EQ(schedule.n_twice(), 1U);
}

TEST(Schedule, runs_toys_again_elsewhere_when_the_one_that_did_so_is_lost) {
  auto shares = equal_shares(4, 2);
  shares[1].toys = shares[2].toys = shares[3].toys = {};
  Schedule schedule(shares, limits(ScheduleMode::dynamic));
  auto const first = schedule.next(0, 0);
  ASSERT_TRUE(first);
  (void)schedule.came(0, *first, 100);
  schedule.ended(0, *first, 100, 100);
  auto const last = schedule.next(0, 100);
  ASSERT_TRUE(last);
  EXPECT_EQ(schedule.next(1, 600), last);
  EXPECT_EQ(schedule.next(2, 600), std::nullopt) << "two are at it";
  schedule.lost(1);
  schedule.lost(3);
  schedule.back(3);
  // The block was found to have nothing left to copy; it goes back when its own rank is lost.
  schedule.lost(0);
  EXPECT_EQ(schedule.next(2, 1000), last);
  EXPECT_EQ(schedule.next(3, 5000), last);
}

TEST(Schedule, gives_toys_again_whose_rows_did_not_come) {
  Schedule schedule(equal_shares(1, 3), limits(ScheduleMode::dynamic));
  auto const block = schedule.next(0, 0);
  ASSERT_TRUE(block);
  schedule.ended(0, *block, 1, 1);
  EXPECT_EQ(schedule.next(0, 1), block);
}

TEST(Schedule, gives_a_lost_ranks_toys_first_and_back_what_nobody_began) {
  Schedule schedule(equal_shares(2, 1000), limits(ScheduleMode::dynamic));
  auto const held = schedule.next(1, 0);
  ASSERT_TRUE(held);
  schedule.lost(1);
  EXPECT_EQ(schedule.next(1, 0), std::nullopt);
  auto const first = schedule.next(0, 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, *held);
  schedule.back(1);
  EXPECT_FALSE(schedule.status(1).is_lost);
  EXPECT_EQ(schedule.came(1, *held, 1), (Toys{*held}));
  EXPECT_TRUE(schedule.came(0, *first, 1).empty());
}

TEST(Schedule, drops_toys_that_are_none_of_its_own) {
  Schedule schedule({{.toys = {{{10}, 5}, {{20}, 5}}}}, {});
  EXPECT_EQ(schedule.came(0, {{0}, 100}, 0), (Toys{{{10}, 5}, {{20}, 5}}));
  EXPECT_TRUE(schedule.is_complete());
  EXPECT_EQ(schedule.n_twice(), 90U);
}

TEST(Schedule, sends_no_more_messages_than_rank_0_can_take) {
  // Ranks that end whatever they get at once: the worst there can be.
  Schedule schedule(equal_shares(2000, 1000), {.messages_per_second = 1000});
  std::vector<double> sent;
  for (double now = 0; now < 5; now += 0.002) {
    for (auto const& order : schedule.orders(now)) {
      if (order.rank != 0) {
        sent.insert(sent.end(), 2, now);
      }
      (void)schedule.came(order.rank, order.toys, now);
      schedule.ended(order.rank, order.toys, 1e-6, now);
    }
  }
  for (std::size_t i = 0, k = 0; i < sent.size(); ++i) {
    while (sent[k] < sent[i] - 1) {
      ++k;
    }
    ASSERT_LE(i - k, 1200U) << "messages in the second before " << sent[i];
  }
  EXPECT_GT(sent.size(), 2000U);
}

TEST(MostToysPerBlock, fits_messages_of_half_to_four_mebibytes) {
  EXPECT_EQ(most_toys_per_block(1, 128), 4096U);
  EXPECT_EQ(most_toys_per_block(1000, 128), 4096U);
  EXPECT_EQ(most_toys_per_block(1001, 128), 8192U);
  EXPECT_EQ(most_toys_per_block(100'000, 128), 32768U);
  EXPECT_EQ(most_toys_per_block(1, 1 << 30), 1U);
}

}  // namespace toyfarm::parallel
