#include "toyfarm/cells/bisection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace {

namespace cells = toyfarm::cells;

TEST(FirstBorders, hold_the_ends_and_every_break_once_and_rise) {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> const breaks = {80, 70, 80, 60, 120, 50, 130, nan, 119.99};
  std::vector<double> const guides = {91, nan, 1e300};
  auto const borders =
      cells::first_borders({.lower = 60, .upper = 120, .breaks = breaks, .guides = guides});
  EXPECT_EQ(borders.front(), 60);
  EXPECT_EQ(borders.back(), 120);
  EXPECT_EQ(
      std::adjacent_find(borders.begin(), borders.end(), [](double a, double b) { return a >= b; }),
      borders.end());
  for (double const x : {70.0, 80.0, 91.0, 119.99}) {
    EXPECT_EQ(std::count(borders.begin(), borders.end(), x), 1) << x;
  }
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    EXPECT_LE(borders[i + 1] - borders[i], 7.5 * (1 + 1e-9));
  }
}

TEST(FirstBorders, thin_out_guides_but_never_breaks) {
  std::vector<double> many;
  for (int i = 1; i < 5000; ++i) {
    many.push_back(i / 5000.0);
  }
  auto const guided = cells::first_borders({.lower = 0, .upper = 1, .breaks = {}, .guides = many});
  EXPECT_LE(guided.size(), 128U + 8 + 2);
  EXPECT_GE(guided.size(), 40U);
  EXPECT_EQ(cells::first_borders({.lower = 0, .upper = 1, .breaks = many, .guides = {}}).size(),
            many.size() + 2);
}

TEST(Bisect, covers_the_range_without_gaps_from_left_to_right) {
  std::vector<double> ends = {0};
  cells::bisect(0, 1, 60, [&](double lower, double upper, bool last) {
    bool const fine = upper - lower < 0.01 + 0.2 * lower;
    if (fine || last) {
      EXPECT_EQ(lower, ends.back());
      ends.push_back(upper);
    }
    return fine;
  });
  EXPECT_EQ(ends.back(), 1);
  EXPECT_GT(ends.size(), 8U);
}

TEST(Bisect, ends_at_its_depth_and_where_numbers_end) {
  int leaves = 0;
  cells::bisect(0, 1, 5, [&](double, double, bool last) {
    leaves += last ? 1 : 0;
    return false;
  });
  EXPECT_EQ(leaves, 32);
  leaves = 0;
  double const next = std::nextafter(std::nextafter(1.0, 2), 2);
  cells::bisect(1, next, 1000, [&](double, double, bool last) {
    leaves += last ? 1 : 0;
    return false;
  });
  EXPECT_EQ(leaves, 2);
}

}  // namespace
