#include "ensemble/selection.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "ensemble/distribution.hpp"
#include "support/chopped_rows.hpp"
#include "support/rows.hpp"

namespace toyfarm::ensemble {
namespace {

/// Lists that are hard on a selection by bins: many equal values, both signs, zeros, denormals, the
/// whole range of doubles.
std::vector<double> hard_values(std::size_t n, int kind, std::mt19937_64& random) {
  std::normal_distribution<double> gauss;
  std::vector<double> values(n);
  for (auto& x : values) {
    switch (kind) {
      case 0:
        x = gauss(random);
        break;
      case 1:
        x = std::round(3 * gauss(random));
        break;
      case 2:
        x = 42;
        break;
      case 3:
        x = std::numeric_limits<double>::denorm_min() * std::round(9 * gauss(random));
        break;
      case 4:
        x = gauss(random) * std::pow(10, 300 * gauss(random) / 3);
        break;
      case 5:
        x = 1 + 1e-15 * std::round(gauss(random));
        break;
      default:
        x = std::bit_cast<double>(random());
        x = std::isnan(x) ? -0.0 : x;
    }
  }
  return values;
}

/// All order statistics asked for, and how many passes they took.
struct Selected {
  std::vector<double> values;
  int n_passes = 0;
};

Selected select(std::vector<double> const& values, std::vector<std::uint64_t> const& ranks) {
  std::uint64_t lowest = ~std::uint64_t{0};
  std::uint64_t highest = 0;
  for (double const x : values) {
    lowest = std::min(lowest, ordered_key(x));
    highest = std::max(highest, ordered_key(x));
  }
  Selection selection(ranks, values.size(), lowest, highest);
  Selected result;
  for (; !selection.done(); ++result.n_passes) {
    for (double const x : values) {
      selection.add(x);
    }
    selection.end_pass();
  }
  for (auto const rank : ranks) {
    result.values.push_back(selection.at(rank));
  }
  return result;
}

std::uint64_t bits(double x) {
  return std::bit_cast<std::uint64_t>(x);
}

}  // namespace

TEST(OrderedKey, orders_as_the_numbers_do_and_comes_back) {
  double const infinity = std::numeric_limits<double>::infinity();
  double const tiny = std::numeric_limits<double>::denorm_min();
  std::vector<double> const sorted{
      -infinity, -1e300, -1, -tiny, -0.0, 0.0, tiny, 1, 1e300, infinity};
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    EXPECT_EQ(bits(from_ordered_key(ordered_key(sorted[i]))), bits(sorted[i])) << i;
    EXPECT_TRUE(i == 0 || ordered_key(sorted[i - 1]) < ordered_key(sorted[i])) << i;
  }
}

TEST(Selection, finds_what_sorting_finds) {
  std::mt19937_64 random(11);
  for (std::size_t const n : {1U, 2U, 3U, 10U, 1023U, 1024U, 1025U, 5000U, 30'001U}) {
    for (int kind = 0; kind <= 6; ++kind) {
      auto const values = hard_values(n, kind, random);
      std::vector<std::uint64_t> ranks{0, n - 1, n / 2, (n - 1) / 2, random() % n, random() % n};
      auto const selected = select(values, ranks);
      auto sorted = values;
      std::ranges::sort(sorted, {}, ordered_key);
      for (std::size_t i = 0; i < ranks.size(); ++i) {
        EXPECT_EQ(bits(selected.values[i]), bits(sorted[ranks[i]]))
            << "n " << n << " kind " << kind << " rank " << ranks[i];
      }
      EXPECT_LE(selected.n_passes, 7);
    }
  }
}

TEST(Selection, asks_for_no_pass_when_nothing_is_open) {
  EXPECT_TRUE(Selection().done());
  EXPECT_TRUE(Selection({}, 10, 1, 2).done());
  EXPECT_EQ(select({7, 7, 7}, {1}).n_passes, 0);
}

namespace {

/// The statistics as a column in memory gives them.
Distribution plain_distribution(std::vector<double> values) {
  Distribution result;
  result.n = values.size();
  auto const n = static_cast<double>(values.size());
  CompensatedSum sum;
  for (double const x : values) {
    sum.add(x);
  }
  result.mean = sum.value() / n;
  CompensatedSum squares;
  for (double const x : values) {
    squares.add((x - *result.mean) * (x - *result.mean));
  }
  result.std_ddof0 = std::sqrt(squares.value() / n);
  std::ranges::sort(values);
  result.q16 = values[static_cast<std::size_t>(std::round((n - 1) * 0.16))];
  result.q50 = values[static_cast<std::size_t>(std::round((n - 1) * 0.50))];
  result.q84 = values[static_cast<std::size_t>(std::round((n - 1) * 0.84))];
  auto const upper = values[values.size() / 2];
  result.median =
      values.size() % 2 == 1 ? upper : std::midpoint(values[values.size() / 2 - 1], upper);
  return result;
}

void expect_same(Distribution const& a, Distribution const& b) {
  EXPECT_EQ(a.n, b.n);
  EXPECT_EQ(a.mean, b.mean);
  EXPECT_EQ(a.std_ddof0, b.std_ddof0);
  EXPECT_EQ(a.median, b.median);
  EXPECT_EQ(a.q16, b.q16);
  EXPECT_EQ(a.q50, b.q50);
  EXPECT_EQ(a.q84, b.q84);
}

}  // namespace

TEST(Summary, has_the_bits_of_columns_in_memory_however_rows_pass_by) {
  for (std::uint64_t const n : {1U, 2U, 17U, 3000U, 20'000U}) {
    auto const study = test::small_study(n + 5);
    auto const rows = test::made_up_rows(study.layout(), {{0}, n});
    auto const summary = summarise(study, rows, {{0}, n + 5});
    auto const chopped = summarise(study, test::ChoppedRows(rows, 7), {{0}, n + 5});
    EXPECT_EQ(chopped.poi_mean_bounds, summary.poi_mean_bounds);
    EXPECT_EQ(chopped.poi_median_bounds, summary.poi_median_bounds);
    for (std::size_t j = 0; j < study.parameter_names.size(); ++j) {
      std::vector<double> estimates;
      std::vector<double> pulls;
      for (std::size_t i = 0; i < n; ++i) {
        auto const row = rows[i];
        if (core::is_converged(row.fit().status)) {
          estimates.push_back(row.fit().values[j]);
          if (row.fit().errors[j] > 0) {
            pulls.push_back((row.fit().values[j] - study.truth[j]) / row.fit().errors[j]);
          }
        }
      }
      expect_same(summary.parameters[j].estimates, plain_distribution(estimates));
      expect_same(chopped.parameters[j].estimates, plain_distribution(estimates));
      if (!pulls.empty()) {
        expect_same(summary.parameters[j].pulls.values, plain_distribution(pulls));
        expect_same(chopped.parameters[j].pulls.values, plain_distribution(pulls));
      }
    }
  }
}

TEST(Summary, of_more_parameters_than_pass_at_once_is_that_of_each) {
  record::StudyInfo study;
  for (int j = 0; j < 200; ++j) {
    study.parameter_names.push_back(std::to_string(j));
    study.lower.push_back(-10);
    study.upper.push_back(10);
    study.truth.push_back(j);
  }
  auto const rows = test::made_up_rows(study.layout(), {{0}, 50});
  auto const summary = summarise(study, rows, {{0}, 50});
  ASSERT_EQ(summary.parameters.size(), 200U);
  for (std::size_t j = 0; j < 200; ++j) {
    std::vector<double> estimates;
    for (std::size_t i = 0; i < 50; ++i) {
      if (core::is_converged(rows[i].fit().status)) {
        estimates.push_back(rows[i].fit().values[j]);
      }
    }
    expect_same(summary.parameters[j].estimates, plain_distribution(estimates));
  }
}

}  // namespace toyfarm::ensemble
