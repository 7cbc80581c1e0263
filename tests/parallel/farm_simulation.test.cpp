#include "bench/farm_simulation.hpp"

#include <gtest/gtest.h>

namespace toyfarm::bench {

constexpr double most_messages = 2000;

class FarmOfThousand : public testing::TestWithParam<double> {};
INSTANTIATE_TEST_SUITE_P(ToySeconds, FarmOfThousand, testing::Values(0.01, 1.0));

TEST_P(FarmOfThousand, is_used_well_though_speeds_differ_by_ten) {
  auto const run = simulate({.n_ranks = 1000, .toy_seconds = GetParam()});
  EXPECT_TRUE(run.is_complete);
  EXPECT_GE(run.efficiency, 0.95);
  EXPECT_LE(run.peak_messages, most_messages);
  EXPECT_LE(run.n_twice, run.n_toys / 100);
}

TEST_P(FarmOfThousand, completes_when_ranks_die_half_way) {
  auto const run = simulate({.n_ranks = 1000, .toy_seconds = GetParam(), .dying = 0.05});
  EXPECT_TRUE(run.is_complete);
  EXPECT_GE(run.efficiency, 0.9);
  EXPECT_LE(run.peak_messages, most_messages);
}

// Fault R4: hosts of more threads than cores, whose short toys do not notice that they wait. Taken
// for fast, they were given half of a short run, which the others then ran again.
TEST(SimulatedFarm, runs_few_toys_twice_where_threads_share_cores) {
  for (double const toy_seconds : {3e-5, 3e-4, 3e-3, 0.1}) {
    for (int const n_ranks : {2, 3, 8}) {
      for (double const toys : {800.0, 3000.0, 30000.0}) {
        auto const run = simulate({.n_ranks = n_ranks,
                                   .threads = 8,
                                   .toy_seconds = toy_seconds,
                                   .speed_ratio = 1.5,
                                   .least_toys = toys / 8,
                                   .least_seconds = 0,
                                   .threads_per_core = 8,
                                   .toys_see_waits = false});
        EXPECT_TRUE(run.is_complete);
        EXPECT_LE(run.n_twice, run.n_toys / 20)
            << toy_seconds << " s, " << n_ranks << " ranks, " << toys << " toys";
      }
    }
  }
}

TEST(SimulatedFarm, is_used_badly_by_fixed_shares) {
  auto const run =
      simulate({.n_ranks = 100, .toy_seconds = 0.1, .mode = parallel::ScheduleMode::fixed});
  EXPECT_TRUE(run.is_complete);
  EXPECT_EQ(run.n_twice, 0U);
  EXPECT_LT(run.efficiency, 0.4) << "the slowest of 1:10 has 0.26 of the mean speed";
}

TEST(SimulatedFarm, is_used_to_the_full_when_ranks_are_equal) {
  auto const run = simulate({.n_ranks = 4, .toy_seconds = 0.01, .speed_ratio = 1});
  EXPECT_TRUE(run.is_complete);
  EXPECT_GT(run.efficiency, 0.99);
  EXPECT_LE(run.efficiency, 1.01);
}

}  // namespace toyfarm::bench
