#include "toyfarm/inference/belt.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/inference/asymptotic.hpp"
#include "toyfarm/inference/coverage.hpp"
#include "toyfarm/inference/normal.hpp"

namespace toyfarm::inference {
namespace {

constexpr double many = 1e15;  // exact probabilities
constexpr Range from_zero{0, 1000};

/// t_tilde of n counts where mu + b are expected, mu >= 0.
Statistic t_tilde(int n, double mu, double b) {
  auto const at = [&](double signal) {
    double const mean = signal + b;
    double const nll = n == 0 ? mean : mean > 0 ? mean - n * std::log(mean) : HUGE_VAL;
    return FitEnd{nll, 0, signal, true};
  };
  return evaluate(StatisticKind::t_tilde, {at(n - b), at(mu), at(0)}, mu);
}

/// Of n counts, by adding up the probabilities of all counts ordered by t_tilde.
Interval poisson_interval(int n, double b, double cl, double step = 0.01) {
  std::vector<BeltPoint> points;
  for (int i = 0; i * step < 22; ++i) {
    double const mu = i * step;
    Statistic const observed = t_tilde(n, mu, b);
    double p = 0;
    double of_m = std::exp(-mu - b);  // the probability of m counts
    for (int m = 0; m < 80; of_m *= (mu + b) / ++m) {
      p += standing(t_tilde(m, mu, b), observed) != Standing::below ? of_m : 0;
    }
    points.push_back({mu, many * p, many, 0});
  }
  return interval(points, cl, from_zero);
}

void expect_ends(Interval const& found, double low, double high, double within) {
  ASSERT_TRUE(found.outer);
  EXPECT_NEAR(found.outer->low, low, within);
  EXPECT_NEAR(found.outer->high, high, within);
  EXPECT_EQ(found.pieces.front().low.state, low == 0 ? EndState::at_bound : EndState::crossing);
  EXPECT_EQ(found.pieces.back().high.state, EndState::crossing);
}

TEST(FeldmanCousins, gives_the_table_of_counts_without_background) {
  std::vector<Range> const table{{0, 2.44},
                                 {0.11, 4.36},
                                 {0.53, 5.91},
                                 {1.10, 7.42},
                                 {1.47, 8.60},
                                 {1.84, 9.99},
                                 {2.21, 11.47},
                                 {3.56, 12.53},
                                 {3.96, 13.99},
                                 {4.36, 15.30},
                                 {5.50, 16.50}};
  for (int n = 0; n <= 10; ++n) {
    auto const [low, high] = table[static_cast<std::size_t>(n)];
    expect_ends(poisson_interval(n, 0, 0.9), low, high, 0.0101);
  }
}

TEST(FeldmanCousins, gives_the_table_of_counts_over_three) {
  std::vector<Range> const table{
      {0, 1.88}, {0, 3.04}, {0, 4.42}, {0, 5.60}, {0, 6.99}, {0.15, 8.47}, {0.9, 9.53}};
  for (int n = 1; n <= 7; ++n) {
    auto const [low, high] = table[static_cast<std::size_t>(n - 1)];
    expect_ends(poisson_interval(n, 3, 0.9), low, high, n == 7 ? 0.05 : 0.0101);
  }
  expect_ends(poisson_interval(0, 3, 0.9), 0, 0.95, 0.0101);  // not made monotone in b
  expect_ends(poisson_interval(0, 3, 0.95), 0, 1.62, 0.0101);
  expect_ends(poisson_interval(1, 3, 0.95), 0, 2.62, 0.0101);
  expect_ends(poisson_interval(2, 3, 0.95), 0, 3.84, 0.0101);
  expect_ends(poisson_interval(3, 3, 0.95), 0, 5.25, 0.0101);
}

TEST(FeldmanCousins, reports_all_pieces_of_a_disconnected_set) {
  Interval const two = poisson_interval(0, 3, 0.95, 0.005);
  ASSERT_EQ(two.pieces.size(), 2u);
  EXPECT_NEAR(two.pieces[0].high.value, 1.28, 0.0051);
  EXPECT_NEAR(two.pieces[1].low.value, 1.465, 0.0051);
  EXPECT_NEAR(two.pieces[1].high.value, 1.62, 0.0051);
  EXPECT_TRUE(two.gaps.empty());
  Interval const other = poisson_interval(1, 5, 0.9, 0.005);
  EXPECT_GT(other.pieces.size(), 1u);
  EXPECT_NEAR(other.outer->high, 1.20, 0.0051);
}

/// t_tilde of a measurement x of mu >= 0 with variance 1.
Statistic gaussian_t(double x, double mu) {
  return {(x - mu) * (x - mu) - (x < 0 ? x * x : 0), 0, Outcome::value};
}

Interval gaussian_interval(double x, double cl) {
  std::vector<BeltPoint> points;
  for (int i = 0; i <= 600; ++i) {
    double const mu = 0.01 * i;
    double const p = asymptotic_p_t_tilde(std::max(gaussian_t(x, mu).value, 0.), mu * mu);
    points.push_back({mu, many * p, many, 0});
  }
  return interval(points, cl, from_zero);
}

TEST(FeldmanCousins, gives_the_table_of_a_gaussian_with_a_boundary) {
  struct Row {
    double x, low, high;
  };
  for (auto const& [x, low, high] : {Row{-3, 0, 0.26},
                                     Row{-2, 0, 0.40},
                                     Row{-1, 0, 0.81},
                                     Row{0, 0, 1.64},
                                     Row{1, 0, 2.64},
                                     Row{1.5, 0.22, 3.14},
                                     Row{2, 0.58, 3.64},
                                     Row{3, 1.37, 4.64}}) {
    expect_ends(gaussian_interval(x, 0.9), low, high, 0.00501);
  }
  EXPECT_NEAR(gaussian_interval(1.28, 0.9).outer->high, 2.92, 0.00501);
  expect_ends(gaussian_interval(0, one_sigma), 0, 1.00, 0.00501);
  expect_ends(gaussian_interval(1, one_sigma), 0.24, 2.00, 0.00501);
  expect_ends(gaussian_interval(2, one_sigma), 1.00, 3.00, 0.00501);
}

/// Counts of n toys at each value, as their probabilities expect them.
std::vector<BeltPoint> expected(double n, std::function<double(double)> const& p) {
  std::vector<BeltPoint> points;
  for (int i = 0; i <= 40; ++i) {
    double const x = 0.1 * i;
    points.push_back({x, std::round(n * p(x)), n, 0});
  }
  return points;
}

double hill(double x) {
  return std::exp(-(x - 2) * (x - 2));
}

TEST(Interval, merges_a_gap_that_is_noise_and_marks_it) {
  auto points = expected(400, hill);
  points[22].k = 0.09 * 400;  // p = 0.1 -+ 0.015
  Interval const merged = interval(points, 0.9, {-10, 10});
  ASSERT_EQ(merged.pieces.size(), 1u);
  ASSERT_EQ(merged.gaps.size(), 1u);
  EXPECT_NEAR(merged.gaps[0].low, 2.2, 1e-9);
  points[22].k = 0.03 * 400;
  Interval const split = interval(points, 0.9, {-10, 10});
  EXPECT_EQ(split.pieces.size(), 2u);
  EXPECT_TRUE(split.gaps.empty());
}

TEST(Interval, leaves_an_island_of_noise_out_and_marks_it) {
  auto points = expected(400, hill);
  points[38].k = 0.11 * 400;
  Interval const found = interval(points, 0.9, {-10, 10});
  ASSERT_EQ(found.pieces.size(), 1u);
  ASSERT_EQ(found.islands.size(), 1u);
  EXPECT_NEAR(found.islands[0].high, 3.8, 1e-9);
}

TEST(Interval, interpolates_its_ends_within_their_errors) {
  double const half = std::sqrt(-std::log(0.1));
  auto const exact = interval(expected(1e12, hill), 0.9, {-10, 10});
  EXPECT_NEAR(exact.outer->low, 2 - half, 1e-3);
  EXPECT_NEAR(exact.outer->high, 2 + half, 1e-3);
  std::mt19937_64 random(2);
  double squares = 0;
  for (int repeat = 0; repeat < 100; ++repeat) {
    auto points = expected(1000, hill);
    for (auto& point : points) {
      point.k =
          static_cast<double>(std::binomial_distribution<int>(1000, hill(point.truth))(random));
    }
    auto const found = interval(points, 0.9, {-10, 10});
    ASSERT_EQ(found.pieces.size(), 1u);
    auto const& end = found.pieces[0].high;
    squares += std::pow((end.value - 2 - half) / end.error, 2);
  }
  EXPECT_NEAR(squares / 100, 1, 0.5);  // 3.5 deviations
}

TEST(Interval, does_not_depend_on_the_order_of_points) {
  auto points = expected(1000, hill);
  auto const plain = interval(points, 0.9, {-10, 10});
  std::shuffle(points.begin(), points.end(), std::mt19937_64(3));
  auto const shuffled = interval(points, 0.9, {-10, 10});
  EXPECT_EQ(plain.outer->low, shuffled.outer->low);
  EXPECT_EQ(plain.outer->high, shuffled.outer->high);
}

TEST(Interval, says_where_it_ends_because_the_grid_does) {
  auto const whole = interval(expected(1000, [](double) { return 0.5; }), 0.9, {0, 10});
  ASSERT_EQ(whole.pieces.size(), 1u);
  EXPECT_EQ(whole.pieces[0].low.state, EndState::at_bound);
  EXPECT_EQ(whole.pieces[0].high.state, EndState::open);
  auto const none = interval(expected(1000, [](double) { return 0.01; }), 0.9, {0, 10});
  EXPECT_TRUE(none.pieces.empty());
  EXPECT_FALSE(none.outer);
  EXPECT_TRUE(interval({}, 0.9, {0, 10}).pieces.empty());
}

TEST(Interval, lies_between_what_failed_toys_could_make_of_it) {
  auto points = expected(1000, hill);
  for (auto& point : points) {
    point.n_failed = 30;
  }
  auto const found = interval(points, 0.9, {-10, 10});
  EXPECT_LT(found.widest->low, found.outer->low - 0.01);
  EXPECT_GT(found.widest->high, found.outer->high + 0.01);
  EXPECT_GT(found.narrowest->low, found.outer->low);
  EXPECT_LT(found.narrowest->high, found.outer->high);
}

TEST(CriticalValue, is_the_value_up_to_which_the_share_lies) {
  std::vector<Statistic> toys;
  for (int i = 1; i <= 1000; ++i) {
    toys.push_back({double(i), 0, Outcome::value});
  }
  std::shuffle(toys.begin(), toys.end(), std::mt19937_64(4));
  auto critical = critical_value(toys, 0.9);
  ASSERT_TRUE(critical);
  EXPECT_EQ(critical->value, 900);
  EXPECT_NEAR(critical->statistical.low, 900 - std::sqrt(90.), 1.5);
  EXPECT_NEAR(critical->statistical.high, 900 + std::sqrt(90.), 2.5);
  toys.resize(1100, {0, 0, Outcome::failed});
  critical = critical_value(toys, 0.9);
  EXPECT_EQ(critical->with_failed.low, 890);
  EXPECT_EQ(critical->with_failed.high, 990);
  EXPECT_FALSE(critical_value({}, 0.9));
}

// Accepted are the same values by p-values and by critical values: t <= quantile is p > 1 - cl.
TEST(CriticalValue, accepts_what_has_a_larger_p_value_than_the_rest) {
  std::mt19937_64 random(6);
  std::uniform_int_distribution<int> atoms(0, 12);
  std::vector<Statistic> toys(997);
  for (auto& toy : toys) {
    toy.value = atoms(random);
  }
  for (double cl : {0.5, one_sigma, 0.9, 0.95}) {
    double const critical = critical_value(toys, cl)->value;
    for (int t = 0; t <= 13; ++t) {
      Statistic const data{double(t), 0, Outcome::value};
      double const p = probability(count(toys, data))->value;
      EXPECT_EQ(t <= critical, p > 1 - cl) << t << " " << cl;
    }
  }
}

// Gaussian with a boundary, 20,000 toys for the belt and for its test at each true value: each of
// 10 comparisons errs once in 15,000 seeds; the seed is fixed.
TEST(Belt, covers_as_often_as_it_says) {
  std::mt19937_64 random(8);
  std::normal_distribution<double> gauss;
  for (double truth : {0., 0.3, 1., 2., 5.}) {
    auto const draw = [&] {
      std::vector<Statistic> toys;
      for (int i = 0; i < 20'000; ++i) {
        toys.push_back(gaussian_t(truth + gauss(random), truth));
      }
      return toys;
    };
    auto const belt = draw();
    auto const test = draw();
    for (double cl : {one_sigma, 0.95}) {
      double const critical = critical_value(belt, cl)->value;
      std::vector<Covered> covered;
      for (Statistic const& toy : test) {
        covered.push_back(belt_covers(toy, critical));
      }
      double const error = std::sqrt(2 * cl * (1 - cl) / 20'000);
      EXPECT_GT(coverage(covered)->value, cl - 4 * error);
      if (truth > 0) {
        EXPECT_LT(coverage(covered)->value, cl + 4 * error);
      }
    }
  }
}

TEST(Belt, accepts_the_estimates_that_feldman_and_cousins_do) {
  std::mt19937_64 random(9);
  std::normal_distribution<double> gauss;
  std::vector<Statistic> toys;
  std::vector<double> estimates;
  for (int i = 0; i < 100'000; ++i) {
    double const x = 3.64 + gauss(random);
    toys.push_back(gaussian_t(x, 3.64));
    estimates.push_back(x);
  }
  auto const accepted = accepted_estimates(toys, estimates, *critical_value(toys, 0.9));
  ASSERT_TRUE(accepted);
  EXPECT_NEAR(accepted->low, 2, 0.03);  // the 90 % interval of x = 2 ends at 3.64
}

// t of data drawn at the truth: p-values are uniform (Kolmogorov's 1.95 is passed once in 1,000).
TEST(PValue, is_uniform_under_the_null) {
  std::mt19937_64 random(10);
  std::normal_distribution<double> gauss;
  std::vector<double> toys(100'000), p;
  for (double& t : toys) {
    t = std::pow(gauss(random), 2);
  }
  std::sort(toys.begin(), toys.end());
  for (int i = 0; i < 10'000; ++i) {
    double const t = std::pow(gauss(random), 2);
    p.push_back(static_cast<double>(toys.end() - std::lower_bound(toys.begin(), toys.end(), t)) /
                100'000);
  }
  std::sort(p.begin(), p.end());
  double largest = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    largest = std::max(largest, std::abs(p[i] - (static_cast<double>(i) + 0.5) / 10'000));
  }
  EXPECT_LT(largest, 1.95 * std::sqrt(1 / 10'000. + 1 / 100'000.));
}

TEST(Atoms, are_shares_of_toys_with_one_value) {
  std::vector<Statistic> toys;
  for (int i = 0; i < 60; ++i) {
    toys.push_back({0.1 * i, 1e-9, Outcome::value});
  }
  EXPECT_NEAR(largest_atom(toys), 1. / 60, 1e-12);
  for (int i = 0; i < 40; ++i) {
    toys.push_back({2.5 + 1e-10 * i / 40, 1e-9, Outcome::value});
  }
  EXPECT_NEAR(largest_atom(toys), 0.41, 1e-12);
  EXPECT_EQ(largest_atom(std::vector<Statistic>(10)), 0) << "zeros are none";
  EXPECT_EQ(largest_atom({}), 0);
}

// p is 0.05 below 1.4 and 0.3 above: nothing between 1 and 2 tells where.
TEST(Atoms, add_what_is_not_known_of_a_jump_to_an_end) {
  std::vector<BeltPoint> points;
  for (double const truth : {0., 0.5, 1., 2., 2.5, 3.}) {
    points.push_back({truth, truth < 1.4 ? 500. : 3000., 1e4, 0, 0.2});
  }
  auto const jump = interval(points, 0.9, {0, 3});
  ASSERT_EQ(jump.pieces.size(), 1U);
  EXPECT_GT(jump.pieces[0].low.error, 1 / std::sqrt(12.) - 1e-9);
  EXPECT_NEAR(jump.pieces[0].low.value, 1.4, 2 * jump.pieces[0].low.error);
}

}  // namespace
}  // namespace toyfarm::inference
