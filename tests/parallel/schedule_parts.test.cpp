#include <random>
#include <set>

#include <gtest/gtest.h>

#include "parallel/pace.hpp"
#include "parallel/schedule_drive.hpp"
#include "parallel/toy_pool.hpp"

namespace toyfarm::parallel {

TEST(ToyPool, holds_what_a_set_of_numbers_holds) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 100; ++round) {
    ToyPool pool;
    std::set<std::uint64_t> plain;
    for (int i = 0; i < 60; ++i) {
      core::ToyRange const range{{random() % 100}, random() % 12};
      auto const action = random() % 4;
      auto const end = range.first.value + range.count;
      std::set<std::uint64_t> in_both(plain.lower_bound(range.first.value), plain.lower_bound(end));
      EXPECT_EQ(total(pool.common(range)), in_both.size());
      if (action == 0) {
        for (auto toy = range.first.value; toy < end; ++toy) {
          plain.insert(toy);
        }
        pool.insert(range);
      } else if (action == 1) {
        plain.erase(plain.lower_bound(range.first.value), plain.lower_bound(end));
        pool.erase(range);
      } else if (!pool.empty()) {
        auto const taken = action == 2 ? pool.take_first(3) : pool.take_last(3);
        ASSERT_EQ(taken.first.value + (action == 2 ? 0 : taken.count - 1),
                  action == 2 ? *plain.begin() : *plain.rbegin());
        for (std::uint64_t k = 0; k < taken.count; ++k) {
          EXPECT_EQ(plain.erase(taken.first.value + k), 1U);
        }
      }
      ASSERT_EQ(pool.size(), plain.size());
      for (auto const& part : pool.common({{0}, 1000})) {
        for (std::uint64_t k = 0; k < part.count; ++k) {
          EXPECT_TRUE(plain.contains(part.first.value + k));
        }
      }
    }
  }
}

TEST(Speed, is_not_misled_by_one_odd_block) {
  for (double const odd : {0.001, 1000.0}) {
    Speed speed;
    for (int i = 0; i < 10; ++i) {
      speed.measured(100, 1);
    }
    speed.measured(100, odd);
    EXPECT_GT(speed.toys_per_second(), 33);
    EXPECT_LT(speed.toys_per_second(), 300);
    for (int i = 0; i < 10; ++i) {
      speed.measured(100, 10);
    }
    EXPECT_NEAR(speed.toys_per_second(), 10, 0.5) << "but follows what lasts";
  }
}

TEST(Arrivals, finds_room_near_where_rows_are_expected) {
  Arrivals arrivals(40);
  EXPECT_EQ(arrivals.free_near(1.1, {0, 2}, 1), 1.1);
  std::vector<Arrivals::Slot> slots;
  for (int i = 0; i < 10; ++i) {
    slots.push_back(arrivals.add(1.1));
  }
  auto const near = arrivals.free_near(1.1, {0, 2}, 1);
  ASSERT_TRUE(near);
  EXPECT_NE(*near, 1.1);
  EXPECT_NEAR(*near, 1.1, 0.5);
  EXPECT_GT(arrivals.free_near(1.1, {1, 2}, 1), 1.25) << "not before the window";
  EXPECT_EQ(arrivals.free_near(1.1, {1, 1.2}, 1), std::nullopt);
  arrivals.remove(slots.front());
  arrivals.remove(Arrivals::none);
  EXPECT_EQ(arrivals.free_near(1.1, {1, 1.2}, 1), 1.1);
  EXPECT_EQ(arrivals.free_near(1.1, {1, 1.2}, 0.5), std::nullopt);
}

}  // namespace toyfarm::parallel
