#include "toyfarm/record/toy_set.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::record {

TEST(ToySet, holds_what_a_set_of_numbers_holds) {
  std::mt19937_64 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    ToySet toys;
    std::set<std::uint64_t> plain;
    for (int i = 0; i < 40; ++i) {
      core::ToyRange const range{{random() % 100}, random() % 6};
      bool refused = false;
      bool expected = false;
      for (std::uint64_t k = 0; k < range.count; ++k) {
        expected = expected || plain.contains(range.first.value + k);
      }
      try {
        toys.insert(range);
      } catch (core::RuntimeFailure const& failure) {
        refused = true;
        EXPECT_EQ(failure.code(), core::ExitCode::internal);
      }
      EXPECT_EQ(refused, expected);
      for (std::uint64_t k = 0; k < range.count && !refused; ++k) {
        plain.insert(range.first.value + k);
      }
      ASSERT_EQ(toys.size(), plain.size());
    }
    std::vector<std::uint64_t> listed;
    std::uint64_t end = 0;
    for (auto const& range : toys.ranges()) {
      EXPECT_TRUE(listed.empty() || range.first.value > end) << "ranges that touch are one";
      for (std::uint64_t k = 0; k < range.count; ++k) {
        listed.push_back(range.first.value + k);
      }
      end = range.first.value + range.count;
    }
    EXPECT_TRUE(std::ranges::equal(listed, plain));
  }
}

TEST(ToySet, is_one_range_when_blocks_come_side_by_side) {
  ToySet toys;
  for (std::uint64_t const first : {0U, 20U, 10U, 40U, 30U}) {
    toys.insert({{first}, 10});
  }
  ASSERT_EQ(toys.ranges().size(), 1U);
  EXPECT_EQ(toys.ranges().front(), (core::ToyRange{{0}, 50}));
}

}  // namespace toyfarm::record
