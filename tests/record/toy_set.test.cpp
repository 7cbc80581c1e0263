#include "toyfarm/record/toy_set.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::record {
namespace {

/// Every toy of `ranges`, which must be in order, not empty and not touch.
std::vector<std::uint64_t> numbers_of(std::vector<core::ToyRange> const& ranges) {
  std::vector<std::uint64_t> numbers;
  for (auto const& range : ranges) {
    EXPECT_GT(range.count, 0U);
    EXPECT_TRUE(numbers.empty() || range.first.value > numbers.back() + 1)
        << "ranges that touch are one";
    for (std::uint64_t k = 0; k < range.count; ++k) {
      numbers.push_back(range.first.value + k);
    }
  }
  return numbers;
}

}  // namespace

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
    EXPECT_TRUE(std::ranges::equal(numbers_of(toys.ranges()), plain));
    for (int i = 0; i < 40; ++i) {
      core::ToyRange const asked{{random() % 110}, random() % 60};
      std::vector<std::uint64_t> expected;
      for (std::uint64_t k = 0; k < asked.count; ++k) {
        if (!plain.contains(asked.first.value + k)) {
          expected.push_back(asked.first.value + k);
        }
      }
      EXPECT_EQ(numbers_of(toys.missing_of(asked)), expected);
    }
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

TEST(ToySet, lacks_what_was_never_inserted) {
  ToySet toys;
  using Ranges = std::vector<core::ToyRange>;
  EXPECT_EQ(toys.missing_of({{5}, 10}), (Ranges{{{5}, 10}}));
  EXPECT_EQ(toys.missing_of({{5}, 0}), Ranges{});
  toys.insert({{5}, 10});
  EXPECT_EQ(toys.missing_of({{5}, 10}), Ranges{});
  EXPECT_EQ(toys.missing_of({{8}, 2}), Ranges{});
  EXPECT_EQ(toys.missing_of({{8}, 0}), Ranges{});
  toys.insert({{20}, 1});
  EXPECT_EQ(toys.missing_of({{0}, 30}), (Ranges{{{0}, 5}, {{15}, 5}, {{21}, 9}}));
}

}  // namespace toyfarm::record
