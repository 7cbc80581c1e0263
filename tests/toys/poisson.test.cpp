#include "toyfarm/toys/poisson.hpp"

#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include <gtest/gtest.h>

namespace {

namespace toys = toyfarm::toys;
using toyfarm::kernels::BitStream;
using toyfarm::kernels::Purpose;

long double log_probability(double k, double mean) {
  return static_cast<long double>(k) * std::log(static_cast<long double>(mean)) -
         static_cast<long double>(mean) - std::lgamma(static_cast<long double>(k) + 1);
}

std::vector<double> draw(double mean, std::size_t n, std::uint64_t seed) {
  double const means[] = {mean};
  auto const tables = toys::make_poisson_tables(means);
  BitStream bits({.seed = seed, .toy = 0, .purpose = Purpose::counts});
  std::vector<double> counts(n);
  for (auto& c : counts) {
    c = static_cast<double>(toys::draw_poisson(tables, 0, bits));
  }
  return counts;
}

// Each of mean, variance and third central moment within 5 standard deviations: false alarm 2e-6
// per mean, 3e-5 in all.
TEST(Poisson, has_the_moments_of_its_mean_from_one_thousandth_to_a_million_million) {
  constexpr std::size_t n = 200'000;
  for (double const mean :
       {1e-3, 0.03, 0.7, 1.0, 3.5, 12.0, 150.0, 1e4, 2.99e4, 3.01e4, 1e7, 1e9, 1e12, 1e15}) {
    auto const counts = draw(mean, n, 11);
    double sum[4] = {};
    for (double const c : counts) {
      double const d = c - mean;
      sum[1] += d;
      sum[2] += d * d;
      sum[3] += d * d * d;
    }
    double const root = std::sqrt(static_cast<double>(n));
    double const m4 = mean + 3 * mean * mean;
    double const m6 = mean + 25 * mean * mean + 15 * mean * mean * mean;
    EXPECT_LT(std::fabs(sum[1] / n), 5 * std::sqrt(mean) / root) << mean;
    EXPECT_LT(std::fabs(sum[2] / n - mean), 5 * std::sqrt(m4 - mean * mean) / root) << mean;
    EXPECT_LT(std::fabs(sum[3] / n - mean), 5 * std::sqrt(m6 - mean * mean) / root) << mean;
  }
}

// Chi-squared over bins of a quarter of a standard deviation, 5 sigma: false alarm about 1e-6 per
// mean, 1e-5 in all. Where bins are wide, 64 counts of each stand for the rest: good to 10^-6.
TEST(Poisson, fills_bins_as_its_probabilities_say) {
  constexpr std::size_t n = 400'000;
  for (double const mean : {1e-3, 0.5, 4.0, 37.0, 1000.0, 5e5, 2e6, 1e8, 1e10, 1e12}) {
    std::map<double, double> observed;
    auto const width = std::max(1.0, std::floor(std::sqrt(mean) / 4));
    for (double const c : draw(mean, n, 12)) {
      observed[std::floor(c / width)] += 1;
    }
    double chi2 = 0;
    double bins = 0;
    double rest_observed = n;
    double rest_expected = n;
    double const reach = 6 * std::sqrt(mean) + 10;
    for (double b = std::max(0.0, std::floor((mean - reach) / width));
         b <= std::floor((mean + reach) / width);
         ++b) {
      long double p = 0;
      double const steps = std::min(width, 64.0);
      for (double step = 0; step < steps; ++step) {
        double const k = b * width + (step + 0.5) * width / steps - 0.5;
        p += std::exp(log_probability(k, mean)) * static_cast<long double>(width / steps);
      }
      double const expected = static_cast<double>(p) * n;
      if (expected >= 20) {
        double const o = observed.count(b) != 0 ? observed[b] : 0;
        chi2 += (o - expected) * (o - expected) / expected;
        bins += 1;
        rest_observed -= o;
        rest_expected -= expected;
      }
    }
    if (rest_expected >= 20) {
      chi2 += (rest_observed - rest_expected) * (rest_observed - rest_expected) / rest_expected;
      bins += 1;
    }
    ASSERT_GE(bins, 2) << mean;
    EXPECT_LT(chi2, bins - 1 + 5 * std::sqrt(2 * (bins - 1)) + 15) << mean << ' ' << bins;
    EXPECT_GT(chi2, bins - 1 - 5 * std::sqrt(2 * (bins - 1))) << mean << ' ' << bins;
  }
}

// Tables of many means, as those of all cells of a channel, do not get in each other's way.
TEST(Poisson, draws_from_tables_of_many_means_as_from_each_alone) {
  std::vector<double> const means{3.5, 0.0, 1e12, 1e-3, 9.9e5, 2e6, 12.0, 0.0};
  auto const together = toys::make_poisson_tables(means);
  for (std::size_t i = 0; i < means.size(); ++i) {
    auto const alone = toys::make_poisson_tables(std::span(means).subspan(i, 1));
    BitStream bits({.seed = 14, .toy = i, .purpose = Purpose::counts});
    BitStream same_bits({.seed = 14, .toy = i, .purpose = Purpose::counts});
    for (int k = 0; k < 1000; ++k) {
      ASSERT_EQ(toys::draw_poisson(together, i, bits), toys::draw_poisson(alone, 0, same_bits))
          << means[i];
    }
  }
}

TEST(PoissonTables, share_columns_of_equal_means_that_follow_each_other) {
  std::vector<double> const means{20, 20, 20, 0, 0, 30, 20, 1e5, 1e5};
  auto const tables = toys::make_poisson_tables(means);
  auto const n_columns = [&](std::size_t i) {
    return tables.first[2 * i + 1] - tables.first[2 * i];
  };
  EXPECT_EQ(tables.first[2], tables.first[0]);
  EXPECT_EQ(tables.first[4], tables.first[0]);
  EXPECT_EQ(n_columns(4), 0U);
  EXPECT_EQ(n_columns(8), 0U);
  EXPECT_EQ(tables.keep.size(), n_columns(0) + n_columns(5) + n_columns(6));
  for (std::size_t i = 0; i < means.size(); ++i) {
    auto const alone = toys::make_poisson_tables(std::span(means).subspan(i, 1));
    BitStream bits({.seed = 15, .toy = i, .purpose = Purpose::counts});
    BitStream same_bits({.seed = 15, .toy = i, .purpose = Purpose::counts});
    for (int k = 0; k < 1000; ++k) {
      ASSERT_EQ(toys::draw_poisson(tables, i, bits), toys::draw_poisson(alone, 0, same_bits));
    }
  }
}

TEST(Poisson, is_always_zero_at_mean_zero) {
  for (double const c : draw(0, 1000, 13)) {
    ASSERT_EQ(c, 0);
  }
}

// The law that the table is exact: what the alias columns add up to, count by count, against the
// probabilities in extended precision.
TEST(PoissonTables, hold_every_probability_to_rounding) {
  for (double const mean : {1e-3, 0.2, 1.0, 9.99, 250.0, 3e4}) {
    double const means[] = {mean};
    auto const t = toys::make_poisson_tables(means);
    auto const n = t.keep.size();
    std::vector<double> p(n);
    for (std::size_t i = 0; i < n; ++i) {
      p[i] += t.keep[i] / static_cast<double>(n);
      p[t.other[i]] += (1 - t.keep[i]) / static_cast<double>(n);
    }
    double covered = 0;
    for (std::size_t i = 0; i < n; ++i) {
      auto const exact = static_cast<double>(
          std::exp(log_probability(static_cast<double>(t.smallest[0] + i), mean)));
      ASSERT_NEAR(p[i], exact, 1e-13 + 1e-11 * exact) << mean << ' ' << i;
      covered += exact;
    }
    EXPECT_NEAR(covered, 1, 1e-11) << mean;
    EXPECT_LT(static_cast<double>(n), 20 * std::sqrt(mean) + 60) << mean;
  }
}

TEST(LogPoisson, does_not_cancel_at_large_counts) {
  for (double const mean : {20.0, 1e3, 1e6}) {
    for (double z = -4; z <= 9; z += 0.5) {
      double const k = std::max(16.0, std::floor(mean + z * std::sqrt(mean)));
      EXPECT_NEAR(toys::log_poisson(k, mean),
                  static_cast<double>(log_probability(k, mean)),
                  2e-12 * std::max(1.0, mean / 1e5))
          << mean << ' ' << z;
    }
  }
  // Neighbours differ by ln(mean / (k + 1)), exactly, at any size.
  for (double const mean : {1e9, 1e12, 1e15}) {
    for (double z = -5; z <= 5; z += 1) {
      double const step = std::floor(std::sqrt(mean));
      double const k = std::floor(mean + z * std::sqrt(mean));
      long double const exact =
          [&] {  // ln P(k + step) - ln P(k) by the trapezoid form of the sum of logarithms
            long double sum = 0;
            for (int i = 0; i < 1000; ++i) {
              long double const at =
                  static_cast<long double>(k) +
                  (static_cast<long double>(i) + 0.5L) / 1000 * static_cast<long double>(step) +
                  0.5L;
              sum -= std::log1p((at - static_cast<long double>(mean)) /
                                static_cast<long double>(mean)) *
                     static_cast<long double>(step) / 1000;
            }
            return sum;
          }();
      EXPECT_NEAR(toys::log_poisson(k + step, mean) - toys::log_poisson(k, mean),
                  static_cast<double>(exact),
                  1e-6)
          << mean << ' ' << z;
    }
  }
}

TEST(AliasTable, reproduces_weights_with_zeros_among_them) {
  std::vector<double> const weights = {0, 3, 0, 1, 1e-12, 4, 0};
  auto const t = toys::make_alias_table(weights);
  std::vector<double> p(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    p[i] += t.keep[i];
    p[t.other[i]] += 1 - t.keep[i];
  }
  double const total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    EXPECT_NEAR(p[i] / static_cast<double>(weights.size()), weights[i] / total, 1e-15) << i;
  }
}

}  // namespace
