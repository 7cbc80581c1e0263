#include "parallel/roster.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "toyfarm/parallel/farm.hpp"

namespace toyfarm::parallel {

TEST(Roster, tells_each_silent_rank_once) {
  Roster roster(4, 10);
  std::vector<int> silent;
  for (double now = 100; now < 130; now += 0.5) {
    roster.heard(2, now);
    for (int const rank : roster.newly_silent(now)) {
      EXPECT_GT(now, 110);
      EXPECT_LT(now, 111.5);
      silent.push_back(rank);
    }
  }
  EXPECT_EQ(silent, (std::vector<int>{1, 3})) << "neither rank 0 nor the one that speaks";
  EXPECT_TRUE(roster.is_silent(3));
  EXPECT_FALSE(roster.is_silent(0));
  EXPECT_TRUE(roster.heard(3, 130)) << "back";
  EXPECT_FALSE(roster.heard(3, 130));
  EXPECT_FALSE(roster.is_silent(3));
}

TEST(Roster, tells_a_rank_again_that_came_back_and_fell_silent) {
  Roster roster(2, 5);
  int n_told = 0;
  for (double now = 0; now < 40; now += 0.5) {
    if (now == 20) {
      EXPECT_TRUE(roster.heard(1, now));
    }
    n_told += static_cast<int>(roster.newly_silent(now).size());
  }
  EXPECT_EQ(n_told, 2);
}

TEST(Roster, does_not_count_the_time_it_slept) {
  Roster roster(3, 10);
  roster.tick(0);
  // Suspended for an hour again and again, awake for half a second each time.
  double now = 0;
  for (int i = 0; i < 6; ++i) {
    now += 3600;
    EXPECT_TRUE(roster.newly_silent(now).empty());
    now += 0.5;
    EXPECT_TRUE(roster.newly_silent(now).empty());
  }
  roster.heard(1, now);
  for (int i = 0; i < 8; ++i) {
    now += 0.5;
    roster.tick(now);
  }
  EXPECT_EQ(roster.newly_silent(now + 0.5), (std::vector<int>{2}));
}

TEST(Roster, agrees_with_looking_at_all_ranks_each_time) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 50; ++round) {
    constexpr int n_ranks = 6;
    constexpr double patience = 3;
    Roster roster(n_ranks, patience);
    std::vector<double> heard(n_ranks, 0.0);
    std::set<int> silent;
    roster.tick(0);
    double now = 0;
    for (int i = 0; i < 200; ++i) {
      now += static_cast<double>(random() % 8) / 8;
      auto const rank = 1 + static_cast<int>(random() % (n_ranks - 1));
      if (random() % 4 != 0) {
        EXPECT_EQ(roster.heard(rank, now), silent.erase(rank) == 1);
        heard[static_cast<std::size_t>(rank)] = now;
      }
      std::vector<int> expected;
      for (int other = 1; other < n_ranks; ++other) {
        if (now - heard[static_cast<std::size_t>(other)] > patience &&
            silent.insert(other).second) {
          expected.push_back(other);
        }
      }
      ASSERT_EQ(roster.newly_silent(now), expected);
    }
  }
}

TEST(Heartbeat, causes_few_messages_at_rank_0) {
  for (int n = 1; n <= 10'000; n += 7) {
    EXPECT_LE(2 * n / heartbeat_seconds(n), 500 * (1 + 1e-12));
    EXPECT_GE(default_patience(n), 3 * heartbeat_seconds(n));
  }
  EXPECT_EQ(heartbeat_seconds(1), 2);
  EXPECT_EQ(heartbeat_seconds(1'000'000), 40);
  EXPECT_EQ(default_patience(2), 30);
}

}  // namespace toyfarm::parallel
