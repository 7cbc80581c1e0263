#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "toyfarm/toys/generate.hpp"

#include "support/isa.hpp"
#include "toys/toy_specs.hpp"

namespace {

namespace toys = toyfarm::toys;
namespace test = toyfarm::test;

std::string constrained(
    std::string const& name, double init, double mean, double sigma, std::string const& more = "") {
  return R"({"name":")" + name + R"(","init":)" + std::to_string(init) + R"(,"bounds":[-5,5],)" +
         more + R"("constraint":{"type":"gaussian","mean":)" + std::to_string(mean) +
         R"(,"sigma":)" + std::to_string(sigma) + "}}";
}

toyfarm::model::Model model_with(std::string const& middle) {
  return test::model_of(
      constrained("a", 0.5, 0, 1) + "," + middle + "," + constrained("b", -4.5, -4, 2),
      test::channel_json(
          "c",
          test::x_observable,
          test::process_json(
              "p", R"({"type":"exponential","observable":"x","params":["a"]})", 10)));
}

// Contract 3: centred on the generation point, not the spec's mean, and not truncated at the bounds
// of the parameter. Mean, variance, skewness, excess and correlation of 200,000 draws within 5
// standard deviations: false alarm 6e-6.
TEST(GlobalObservables, are_normal_around_the_generation_point) {
  constexpr int n = 200'000;
  auto const m = model_with(constrained("f", 0.3, 0.1, 1, R"("fixed":true,)"));
  std::vector<double> const theta = {0.5, 0.3, -4.5};
  std::vector<double> centres(3);
  double sums[9] = {};
  int outside = 0;
  for (std::uint64_t id = 0; id < n; ++id) {
    toys::global_observables(m, theta, 42, {id}, centres);
    double const a = centres[0] - 0.5;
    double const b = (centres[2] + 4.5) / 2;
    EXPECT_EQ(centres[1], 0.1);  // a fixed parameter's constraint stays
    outside += centres[2] < -5 ? 1 : 0;
    double const terms[] = {a,
                            b,
                            a * a - 1,
                            b * b - 1,
                            a * a * a,
                            b * b * b,
                            a * a * a * a - 3,
                            b * b * b * b - 3,
                            a * b};
    for (int k = 0; k < 9; ++k) {
      sums[k] += terms[k];
    }
  }
  double const variances[] = {1, 1, 2, 2, 15, 15, 96, 96, 1};
  for (int k = 0; k < 9; ++k) {
    EXPECT_LT(std::fabs(sums[k] / n), 5 * std::sqrt(variances[k] / n)) << k;
  }
  EXPECT_NEAR(outside / static_cast<double>(n), 0.4013, 0.006);  // P(z < -0.25)
}

// A Kolmogorov statistic above 2.5 has probability 7.5e-6.
TEST(GlobalObservables, have_the_normal_distribution_function) {
  auto const m = model_with(constrained("d", 0, 0, 1));
  std::vector<double> centres(3);
  std::vector<double> all;
  for (std::uint64_t id = 0; id < 50'000; ++id) {
    toys::global_observables(m, m.init(), 7, {id}, centres);
    all.push_back(centres[1]);
  }
  std::sort(all.begin(), all.end());
  double distance = 0;
  auto const n = static_cast<double>(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    double const cdf = 0.5 * std::erfc(-all[i] / std::sqrt(2.0));
    distance = std::max(
        {distance, cdf - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - cdf});
  }
  EXPECT_LT(distance * std::sqrt(n), 2.5);
}

TEST(GlobalObservables, stay_the_same_when_another_parameter_is_fixed) {
  auto const floating = model_with(constrained("d", 0, 0, 1));
  auto const fixed = model_with(constrained("d", 0, 0, 1, R"("fixed":true,)"));
  std::vector<double> one(3);
  std::vector<double> two(3);
  for (std::uint64_t id = 0; id < 50; ++id) {
    toys::global_observables(floating, floating.init(), 42, {id}, one);
    toys::global_observables(fixed, fixed.init(), 42, {id}, two);
    EXPECT_EQ(one[0], two[0]);
    EXPECT_NE(one[1], two[1]);
    EXPECT_EQ(one[2], two[2]);
  }
}

TEST(GlobalObservables, have_the_same_bits_with_avx2_and_avx512) {
  auto const m = model_with(constrained("d", 0, 0, 1));
  std::vector<std::vector<double>> results;
  test::for_each_isa({"avx512", "avx2"}, [&](std::string const&) {
    auto& all = results.emplace_back();
    std::vector<double> centres(3);
    for (std::uint64_t id = 0; id < 1000; ++id) {
      toys::global_observables(m, m.init(), 42, {id}, centres);
      all.insert(all.end(), centres.begin(), centres.end());
    }
  });
  for (auto const& r : results) {
    EXPECT_EQ(r, results.front());
  }
}

TEST(Jitter, differs_by_seed_toy_and_attempt_and_stays_in_range) {
  std::set<double> seen;
  std::size_t drawn = 0;
  std::vector<double> out(7);
  for (std::uint64_t const seed : {42U, 43U}) {
    for (std::uint64_t id = 0; id < 50; ++id) {
      for (std::uint32_t attempt = 0; attempt < 4; ++attempt) {
        toys::jitter(seed, {id}, attempt, out);
        for (double const u : out) {
          EXPECT_TRUE(-1 <= u && u < 1);
          seen.insert(u);
          ++drawn;
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), drawn);
}

}  // namespace
