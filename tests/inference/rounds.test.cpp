#include "toyfarm/inference/rounds.hpp"

#include <array>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/inference/normal.hpp"

namespace toyfarm::inference {
namespace {

RoundPolicy policy_up_to(double high) {
  RoundPolicy policy;
  policy.bounds = {0, high};
  return policy;
}

Limit found(double value, double error) {
  Limit limit;
  limit.state = LimitState::found;
  limit.value = value;
  limit.error = error;
  return limit;
}

std::vector<PointToys> const grid{{0.5, 1000}, {1, 1000}, {1.5, 1000}, {1.8, 1000}, {2, 1000}};

TEST(Rounds, end_when_the_limit_is_as_accurate_as_wanted) {
  std::array const limits{found(1.7, 0.03)};
  Round const round = next_round(limits, 0.95, {grid, 1000}, policy_up_to(10));
  EXPECT_EQ(round.state, RoundState::done);
  EXPECT_TRUE(round.points.empty());
}

TEST(Rounds, put_toys_near_the_limit_only) {
  std::array const limits{found(1.9, 0.06)};
  Round const round = next_round(limits, 0.95, {grid, 1000}, policy_up_to(10));
  ASSERT_EQ(round.state, RoundState::more);
  ASSERT_EQ(round.points.size(), 2u);
  EXPECT_EQ(round.points[0].poi, 1.8);
  EXPECT_EQ(round.points[1].poi, 2) << "within a tenth, or two errors";
  for (PointToys const& point : round.points) {
    EXPECT_EQ(point.n % 100, 0u);
    EXPECT_LE(point.n, 3000u);
    EXPECT_GT(point.n, 0u);
  }
}

TEST(Rounds, add_values_where_there_are_none_near) {
  std::array const limits{found(1.25, 0.1)};
  std::vector<PointToys> const coarse{{0.5, 1000}, {2, 1000}};
  Round const round = next_round(limits, 0.95, {coarse, 1000}, policy_up_to(10));
  ASSERT_EQ(round.points.size(), 2u);
  EXPECT_NEAR(round.points[0].poi, 1.15, 1e-12);
  EXPECT_NEAR(round.points[1].poi, 1.35, 1e-12);
  EXPECT_EQ(round.points[0].n, 500u);
}

TEST(Rounds, widen_a_grid_that_does_not_reach) {
  Limit limit;
  limit.state = LimitState::above_grid;
  std::array above{limit};
  Round const up = next_round(above, 0.95, {grid, 1000}, policy_up_to(10));
  ASSERT_EQ(up.points.size(), 1u);
  EXPECT_EQ(up.points[0].poi, 3.5);
  EXPECT_EQ(next_round(above, 0.95, {grid, 1000}, policy_up_to(2)).state, RoundState::at_bound);
  above[0].state = LimitState::below_grid;
  Round const down = next_round(above, 0.95, {grid, 1000}, policy_up_to(10));
  ASSERT_EQ(down.points.size(), 1u);
  EXPECT_EQ(down.points[0].poi, 0.25);
}

TEST(Rounds, never_pass_the_number_of_toys_allowed) {
  std::array const limits{found(1.9, 0.2)};
  RoundPolicy policy = policy_up_to(10);
  policy.max_toys = 6900;
  Round const round = next_round(limits, 0.95, {grid, 1000}, policy);
  ASSERT_EQ(round.state, RoundState::more);
  std::uint64_t n = round.background;
  for (PointToys const& point : round.points) {
    n += point.n;
  }
  EXPECT_LE(n, 900u);
  policy.max_toys = 6000;
  EXPECT_EQ(next_round(limits, 0.95, {grid, 1000}, policy).state, RoundState::exhausted);
}

/// q_tilde of a measurement x of mu with variance 1, mu >= 0.
Statistic q_tilde(double x, double mu) {
  double const t = (x - mu) * (x - mu) - (x < 0 ? x * x : 0);
  return {x > mu ? 0 : t, 0, Outcome::value};
}

/// A farm of toys of a Gaussian mean that grows by rounds.
struct Farm {
  std::vector<double> null;
  std::vector<PointToys> points;
  std::vector<std::vector<Statistic>> signal;
  std::mt19937_64 random{1};
  std::normal_distribution<double> gauss;

  void add(Round const& round) {
    for (std::uint64_t i = 0; i < round.background; ++i) {
      null.push_back(gauss(random));
    }
    for (auto const& [poi, n] : round.points) {
      std::size_t at = 0;
      while (at < points.size() && points[at].poi < poi) {
        ++at;
      }
      auto const place = static_cast<std::ptrdiff_t>(at);
      if (at == points.size() || points[at].poi != poi) {
        points.insert(points.begin() + place, {poi, 0});
        signal.insert(signal.begin() + place, std::vector<Statistic>{});
      }
      points[at].n += n;
      for (std::uint64_t i = 0; i < n; ++i) {
        signal[at].push_back(q_tilde(poi + gauss(random), poi));
      }
    }
  }

  [[nodiscard]] Limits limits() const {
    std::vector<std::vector<Statistic>> background;
    std::vector<LimitPoint> all;
    for (PointToys const& point : points) {
      auto& toys = background.emplace_back();
      for (double const x : null) {
        toys.push_back(q_tilde(x, point.poi));
      }
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
      all.push_back({points[i].poi, q_tilde(0.5, points[i].poi), signal[i], background[i]});
    }
    return inference::limits(all, {0.95, 30, 0});
  }
};

TEST(Rounds, reach_the_accuracy_from_a_grid_that_does_not_reach_the_limit) {
  Farm farm;
  farm.add({RoundState::more, {{0.2, 500}, {0.6, 500}}, 500});
  RoundPolicy const policy = policy_up_to(100);
  int n_rounds = 0;
  for (;; ++n_rounds) {
    ASSERT_LT(n_rounds, 15);
    Limits const now = farm.limits();
    std::array const wanted{*now.observed, now.expected_a[2]};
    Round const round = next_round(wanted, 0.95, {farm.points, farm.null.size()}, policy);
    if (round.state == RoundState::done) {
      double const exact = 0.5 + z_of_p(0.05 * normal_cdf(0.5));
      EXPECT_NEAR(now.observed->value, exact, 4 * now.observed->error);
      EXPECT_LE(now.observed->error, 0.02 * now.observed->value);
      break;
    }
    ASSERT_EQ(round.state, RoundState::more);
    farm.add(round);
  }
  std::uint64_t n = farm.null.size();
  for (PointToys const& point : farm.points) {
    n += point.n;
  }
  EXPECT_LT(n, 60'000u);
}

Interval around(double low, double error, IntervalEnd high) {
  Interval interval;
  interval.cl = 0.9;
  interval.pieces = {{{low, error, EndState::crossing}, high}};
  interval.outer = Range{low, high.value};
  return interval;
}

TEST(Rounds, go_on_beyond_an_open_end) {
  auto const open = around(0.7, 0.001, {2, 0, EndState::open});
  Round const round = next_round(open, {grid, 0}, policy_up_to(10));
  ASSERT_EQ(round.points.size(), 1u);
  EXPECT_GT(round.points[0].poi, 2.1);
  EXPECT_EQ(next_round(open, {grid, 0}, policy_up_to(2)).state, RoundState::at_bound);
}

TEST(Rounds, put_toys_and_new_values_beside_an_end) {
  auto const wide = around(0.7, 0.05, {1.9, 0.001, EndState::crossing});
  Round const round = next_round(wide, {grid, 0}, policy_up_to(10));
  ASSERT_EQ(round.points.size(), 3u);
  EXPECT_EQ(round.points[0].poi, 0.5);
  EXPECT_NEAR(round.points[1].poi, 0.75, 1e-12);
  EXPECT_EQ(round.points[2].poi, 1);
  EXPECT_EQ(round.background, 0u);
}

TEST(Rounds, settle_noise) {
  auto marked = around(0.7, 0.001, {1.9, 0.001, EndState::crossing});
  EXPECT_EQ(next_round(marked, {grid, 0}, policy_up_to(10)).state, RoundState::done);
  marked.gaps = {{1.5, 1.5}};
  Round const round = next_round(marked, {grid, 0}, policy_up_to(10));
  ASSERT_EQ(round.points.size(), 1u);
  EXPECT_EQ(round.points[0].poi, 1.5);
  EXPECT_EQ(round.points[0].n, 1000u);
}

}  // namespace
}  // namespace toyfarm::inference
