#include "toyfarm/ensemble/summary.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "support/rows.hpp"

namespace toyfarm::ensemble {
namespace {

using core::FitStatus;

struct Toy {
  double estimate;
  FitStatus status = FitStatus::converged;
  double error = 1;
  double nll = 0;
  core::Held held = core::Held::none;
  double next_end = std::numeric_limits<double>::quiet_NaN();
};

record::StudyInfo one_parameter(std::uint64_t n_toys,
                                double lower,
                                double upper,
                                double truth = 0) {
  record::StudyInfo study;
  study.parameter_names = {"mu"};
  study.lower = {lower};
  study.upper = {upper};
  study.fixed = {false};
  study.used = {true};
  study.poi = 0;
  study.truth = {truth};
  study.n_toys = n_toys;
  return study;
}

record::RowTable table(std::vector<Toy> const& toys) {
  record::RowTable rows({1, 0, 0});
  for (std::size_t i = 0; i < toys.size(); ++i) {
    record::ToyRecord row;
    row.toy = {i};
    row.fit().status = toys[i].status;
    row.fit().nll = toys[i].nll;
    row.fit().values = {toys[i].estimate};
    row.fit().errors = {toys[i].error};
    row.fit().held = {toys[i].held};
    row.fit().next_end = toys[i].next_end;
    rows.append(row);
  }
  return rows;
}

Summary summarise_toys(std::vector<Toy> const& toys,
                       std::uint64_t n_requested,
                       double lower = -10,
                       double upper = 10) {
  return summarise(one_parameter(n_requested, lower, upper), table(toys), {{0}, n_requested});
}

std::vector<Toy> converged(std::vector<double> const& estimates) {
  std::vector<Toy> toys;
  for (double const x : estimates) {
    toys.push_back({x});
  }
  return toys;
}

double sorted_median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto const n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

TEST(Quantiles, are_the_old_nearest_rank_with_halves_away_from_zero) {
  // Ranks worked out by hand: (n-1)*0.16, (n-1)*0.5, (n-1)*0.84, each rounded, for n = 1..12.
  std::array<std::array<int, 3>, 12> const ranks{{{0, 0, 0},
                                                  {0, 1, 1},
                                                  {0, 1, 2},
                                                  {0, 2, 3},
                                                  {1, 2, 3},
                                                  {1, 3, 4},
                                                  {1, 3, 5},
                                                  {1, 4, 6},
                                                  {1, 4, 7},
                                                  {1, 5, 8},
                                                  {2, 5, 8},
                                                  {2, 6, 9}}};
  std::mt19937_64 random(3);
  for (std::size_t n = 1; n <= 12; ++n) {
    std::vector<double> values(n);
    std::iota(values.begin(), values.end(), 0.0);
    for (int trial = 0; trial < 10; ++trial) {
      std::shuffle(values.begin(), values.end(), random);
      auto const summary = summarise_toys(converged(values), n, -100, 100);
      EXPECT_EQ(summary.poi_all.q16, ranks[n - 1][0]) << n;
      EXPECT_EQ(summary.poi_all.q50, ranks[n - 1][1]) << n;
      EXPECT_EQ(summary.poi_all.q84, ranks[n - 1][2]) << n;
      EXPECT_EQ(summary.poi_all.median, sorted_median(values)) << n;
    }
  }
}

TEST(Summary, has_the_numbers_of_a_real_run_of_the_old_program) {
  // --n-toys 4 --seed 7 --shard 1/2, from its printed output.
  auto study = one_parameter(2, 0, 5, 1);
  auto const rows = table({{1.0014179564889647, FitStatus::converged, 0.040407493247078125},
                           {1.0070940796402457, FitStatus::converged, 0.040938086433201994}});
  auto const summary = summarise(study, rows, {{0}, 2});
  EXPECT_DOUBLE_EQ(*summary.poi_all.mean, 1.0042560180646052);
  EXPECT_DOUBLE_EQ(*summary.poi_all.std_ddof0, 0.0028380615756404826);
  EXPECT_EQ(summary.poi_all.q50, 1.0070940796402457);
  auto const& pulls = summary.parameters[0].pulls;
  EXPECT_DOUBLE_EQ(*pulls.values.mean, 0.10418971846345802);
  EXPECT_DOUBLE_EQ(*pulls.values.std_ddof0, 0.06909829419978553);
  EXPECT_EQ(pulls.frac_abs_lt_1, 1.0);
}

TEST(Summary, keeps_digits_that_a_plain_sum_loses) {
  auto const summary = summarise_toys(converged({1e100, 1, -1e100, 1}), 4, -1e200, 1e200);
  EXPECT_EQ(summary.poi_all.mean, 0.5);
}

TEST(Summary, counts_strictly_below_one_and_two) {
  auto const pulls = summarise_toys(converged({1, -1, 0.5, 2, -1.5, 3}), 6).parameters[0].pulls;
  EXPECT_DOUBLE_EQ(*pulls.frac_abs_lt_1, 1.0 / 6);
  EXPECT_DOUBLE_EQ(*pulls.frac_abs_lt_2, 4.0 / 6);
}

// hepstats PR#178, toyutils.py: failed toys neither vanish nor pollute; combine PR#365: every
// status is counted.
TEST(Summary, tells_converged_failed_error_and_missing_toys_apart) {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  double const infinity = std::numeric_limits<double>::infinity();
  auto const summary = summarise_toys({{1},
                                       {2, FitStatus::at_bound, nan},
                                       {3, FitStatus::max_iter},
                                       {4, FitStatus::infinite_nll, nan, infinity},
                                       {5, FitStatus::failed, nan, nan}},
                                      7);
  EXPECT_EQ(summary.n_rows, 5U);
  EXPECT_EQ(summary.n_converged, 2U);
  EXPECT_EQ(summary.n_failed, 3U);
  EXPECT_EQ(summary.n_error, 2U);
  EXPECT_EQ(summary.n_missing, 2U);
  EXPECT_EQ(summary.by_status[static_cast<std::size_t>(FitStatus::max_iter)], 1U);
  EXPECT_EQ(std::accumulate(summary.by_status.begin(), summary.by_status.end(), std::uint64_t{0}),
            summary.n_rows);
  EXPECT_EQ(summary.poi_all.n,
            3U);  // as the old program: finite, non-converged included, errors not
  EXPECT_EQ(summary.parameters[0].estimates.n, 2U);
  EXPECT_EQ(summary.parameters[0].pulls.values.n, 1U);
  EXPECT_EQ(summary.parameters[0].n_no_error, 1U);
}

TEST(Summary, counts_what_held_the_parameter_in_converged_toys) {
  using core::Held;
  double const nan = std::numeric_limits<double>::quiet_NaN();
  auto const summary = summarise_toys({{1, FitStatus::at_bound, nan, 0, Held::lower},
                                       {2, FitStatus::at_bound, nan, 0, Held::upper},
                                       {3, FitStatus::at_edge, nan, 0, Held::edge},
                                       {4, FitStatus::at_edge, nan, 0, Held::edge},
                                       {5, FitStatus::at_bound, nan, 0, Held::unused},
                                       {6, FitStatus::at_edge, 1},
                                       {7, FitStatus::max_iter, nan, 0, Held::edge}},
                                      7);
  EXPECT_EQ(summary.n_converged, 6U);
  EXPECT_EQ(summary.by_status[static_cast<std::size_t>(FitStatus::at_edge)], 3U);
  auto const& mu = summary.parameters[0];
  EXPECT_EQ(mu.n_at_lower, 1U);
  EXPECT_EQ(mu.n_at_upper, 1U);
  EXPECT_EQ(mu.n_at_edge, 2U);
  EXPECT_EQ(mu.n_unused, 1U);
  EXPECT_EQ(mu.n_no_error, 5U);
}

TEST(Summary, counts_converged_toys_with_another_end_almost_as_low) {
  auto const with_next = [](double next_end, FitStatus status = FitStatus::converged) {
    return Toy{1, status, 1, 0, core::Held::none, next_end};
  };
  auto const summary = summarise_toys({{1},
                                       with_next(0),
                                       with_next(two_minima_within),
                                       with_next(std::nextafter(two_minima_within, 1.0)),
                                       with_next(std::numeric_limits<double>::infinity()),
                                       with_next(0.1, FitStatus::max_iter)},
                                      6);
  EXPECT_EQ(summary.n_two_minima, 2U);
}

TEST(Summary, leaves_statistics_out_where_there_are_no_values) {
  auto const summary = summarise_toys({}, 0);
  EXPECT_FALSE(summary.poi_all.mean || summary.poi_all.median || summary.poi_mean_bounds ||
               summary.poi_median_bounds);
  EXPECT_FALSE(summary.parameters[0].pulls.frac_abs_lt_1);
  auto const one = summarise_toys({{3}}, 1);
  EXPECT_EQ(one.poi_all.std_ddof0, 0.0);
  EXPECT_FALSE(one.poi_all.std_ddof1 || one.poi_all.error_of_mean);
}

/// Smallest and largest value of `statistic` over every way the unknown toys could have come out,
/// on a grid with the bounds on it.
template <class Statistic>
std::pair<double, double> brute_force(std::vector<double> const& known,
                                      int n_unknown,
                                      Statistic const& statistic) {
  std::array<double, 5> const grid{-10, -1.5, 0, 0.7, 10};
  std::pair<double, double> range{1e300, -1e300};
  auto const n_ways = static_cast<int>(std::pow(grid.size(), n_unknown));
  for (int way = 0; way < n_ways; ++way) {
    auto values = known;
    for (int i = 0, rest = way; i < n_unknown; ++i, rest /= static_cast<int>(grid.size())) {
      values.push_back(grid[static_cast<std::size_t>(rest) % grid.size()]);
    }
    double const value = statistic(values);
    range = {std::min(range.first, value), std::max(range.second, value)};
  }
  return range;
}

// hepstats toyutils.py redraws failed toys; gammacombo#167: up to 85 % of them can fail. We state
// what they could change.
TEST(Bounds, are_what_any_outcome_of_failed_and_missing_toys_could_make_of_a_statistic) {
  std::vector<double> const known{-0.3, 2.5, 0.9, -1.1, 0.2};
  for (std::size_t n = 1; n <= known.size(); ++n) {
    for (int m = 0; m <= 4; ++m) {
      for (int n_missing = 0; n_missing <= m; ++n_missing) {
        std::vector<double> const values(known.begin(),
                                         known.begin() + static_cast<std::ptrdiff_t>(n));
        auto toys = converged(values);
        for (int i = n_missing; i < m; ++i) {
          toys.push_back({4.2, FitStatus::failed});
        }
        auto const summary = summarise_toys(toys, n + static_cast<std::size_t>(m));
        auto const mean = brute_force(values, m, [](auto const& v) {
          return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
        });
        EXPECT_NEAR(summary.poi_mean_bounds->first, mean.first, 1e-14);
        EXPECT_NEAR(summary.poi_mean_bounds->second, mean.second, 1e-14);
        EXPECT_EQ(summary.poi_median_bounds, brute_force(values, m, sorted_median));
        auto const share = brute_force(values, m, [](auto const& v) {
          return static_cast<double>(
                     std::count_if(v.begin(), v.end(), [](double x) { return std::abs(x) < 1; })) /
                 static_cast<double>(v.size());
        });
        EXPECT_EQ(summary.parameters[0].pulls.frac_abs_lt_1_bounds, share);
        auto const total = static_cast<double>(n + static_cast<std::size_t>(m));
        EXPECT_EQ(summary.converged_fraction_bounds,
                  std::pair(static_cast<double>(n) / total,
                            static_cast<double>(n + static_cast<std::size_t>(n_missing)) / total));
      }
    }
  }
}

TEST(Bounds, exist_only_where_the_parameter_or_the_order_statistics_allow) {
  double const infinity = std::numeric_limits<double>::infinity();
  std::vector<Toy> toys = converged({1, 2, 3, 4, 5});
  toys.push_back({0, FitStatus::failed});
  auto const open = summarise_toys(toys, 6, 0, infinity);
  EXPECT_FALSE(open.poi_mean_bounds);
  EXPECT_EQ(open.poi_median_bounds, std::pair(2.5, 3.5));
  auto const mostly_failed =
      summarise_toys({{1}, {0, FitStatus::failed}, {0, FitStatus::failed}}, 3, 0, infinity);
  EXPECT_FALSE(mostly_failed.poi_median_bounds);
  auto const all_there = summarise_toys(converged({1, 2}), 2, -infinity, infinity);
  EXPECT_EQ(all_there.poi_mean_bounds, std::pair(1.5, 1.5));
}

TEST(Guardrails, speak_in_the_words_of_the_old_program) {
  auto const study = one_parameter(10, -10, 10);
  auto toys = converged({0.44, 0.44, 0.87, 0.01});
  toys.resize(10, {0, FitStatus::max_iter});
  GuardrailLimits limits;
  limits.require_all_converged = true;
  limits.max_abs_poi_pull_mean = 0.0001;
  limits.poi_pull_std_range = {0.9999, 1.0001};
  limits.max_fail_frac = 1;
  auto const verdict = judge(summarise(study, table(toys), {{0}, 10}), study, limits);
  EXPECT_FALSE(verdict.passed);
  ASSERT_EQ(verdict.failures.size(), 3U);
  EXPECT_EQ(verdict.failures[0],
            "require_all_converged violated (n_validation_error=0, n_computation_error=0, "
            "n_nonconverged=6)");
  EXPECT_EQ(verdict.failures[1], "abs(mean pull(POI)) too large: |0.44| > 0.0001");
  EXPECT_EQ(verdict.failures[2].substr(0, 33), "std(pull(POI)) out of range: 0.30");
  EXPECT_TRUE(verdict.failures[2].ends_with(" not in [0.9999, 1.0001]"));
}

TEST(Guardrails, fail_when_pulls_are_asked_for_and_there_are_none) {
  auto const study = one_parameter(1, -10, 10);
  GuardrailLimits limits;
  limits.max_abs_poi_pull_mean = 1;
  auto const rows = table({{0, FitStatus::at_bound, std::numeric_limits<double>::quiet_NaN()}});
  auto const verdict = judge(summarise(study, rows, {{0}, 1}), study, limits);
  ASSERT_EQ(verdict.failures.size(), 1U);
  EXPECT_EQ(verdict.failures[0],
            "POI pull summary is unavailable (no converged toys with finite uncertainties)");
}

// pyhf#1427: a budget of failures instead of all or nothing.
TEST(Guardrails, allow_failed_toys_up_to_the_budget_and_never_all) {
  auto const verdict =
      [](std::size_t n_good, std::size_t n_bad, std::uint64_t n_requested, double budget) {
        auto toys = converged(std::vector<double>(n_good, 0.1));
        toys.resize(n_good + n_bad, {0, FitStatus::failed});
        auto const study = one_parameter(n_requested, -10, 10);
        GuardrailLimits limits;
        limits.max_fail_frac = budget;
        return judge(summarise(study, table(toys), {{0}, n_requested}), study, limits);
      };
  EXPECT_TRUE(verdict(5, 5, 10, 0.5).passed);
  EXPECT_FALSE(verdict(4, 6, 10, 0.5).passed);
  EXPECT_FALSE(verdict(0, 10, 10, 1).passed);
  EXPECT_FALSE(verdict(0, 0, 10, 1).passed);
  EXPECT_TRUE(verdict(0, 0, 0, 0.5).passed);
  auto const partial = verdict(4, 0, 10, 0.5);
  EXPECT_TRUE(partial.passed);
  EXPECT_EQ(partial.warnings.size(), 1U);
}

TEST(Guardrails, count_missing_toys_against_require_all_converged) {
  auto const study = one_parameter(4, -10, 10);
  GuardrailLimits limits;
  limits.require_all_converged = true;
  auto const verdict = judge(summarise(study, table({{1}, {2}}), {{0}, 4}), study, limits);
  ASSERT_EQ(verdict.failures.size(), 1U);
  EXPECT_EQ(verdict.failures[0],
            "require_all_converged violated (n_validation_error=0, n_computation_error=0, "
            "n_nonconverged=0, n_missing=2)");
}

// root#15405, Demortier-Lyons: fixed constraints make pulls too narrow, so a pull guardrail with
// them warns.
TEST(Guardrails, warn_of_pull_limits_on_toys_with_fixed_constraints) {
  auto study = test::small_study(20);
  auto const rows = test::made_up_rows(study.layout(), {{0}, 20});
  GuardrailLimits limits;
  limits.poi_pull_std_range = {0, 1e9};
  auto const n_warnings = [&] {
    return judge(summarise(study, rows, {{0}, 20}), study, limits).warnings.size();
  };
  auto const before = n_warnings();
  study.constraint_mode = record::ConstraintMode::fixed;
  EXPECT_EQ(n_warnings(), before + 1);
  limits.poi_pull_std_range.reset();
  EXPECT_EQ(n_warnings(), 0U);
}

// T13: near a bound the pull is made of the toys that are not at it (mean +0.41 was seen), without
// a word.
TEST(Guardrails, warn_of_pull_limits_on_toys_at_a_bound_with_their_share) {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  auto const study = one_parameter(5, 0, 10);
  auto toys = converged({0.1, 0.5, 0.9});
  GuardrailLimits limits;
  limits.max_abs_poi_pull_mean = 10;
  auto const verdict_of = [&](std::vector<Toy> const& all) {
    return judge(summarise(study, table(all), {{0}, all.size()}), study, limits);
  };
  EXPECT_TRUE(verdict_of(toys).warnings.empty());
  toys.push_back({0, FitStatus::at_bound, nan, 0, core::Held::lower});
  toys.push_back({0, FitStatus::at_bound, nan, 0, core::Held::lower});
  auto const verdict = verdict_of(toys);
  EXPECT_TRUE(verdict.passed);
  ASSERT_EQ(verdict.warnings.size(), 1U);
  EXPECT_EQ(
      verdict.warnings[0].substr(0, 87),
      "the pull of 'mu' leaves out 2 of 5 converged toys (40 %), where it has no error (at a b");
  limits.max_abs_poi_pull_mean.reset();
  EXPECT_TRUE(verdict_of(toys).warnings.empty());
}

}  // namespace
}  // namespace toyfarm::ensemble
