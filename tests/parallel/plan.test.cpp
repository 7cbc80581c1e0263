#include "toyfarm/parallel/plan.hpp"

#include <limits>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::parallel {
namespace {

using Counts = std::vector<std::uint64_t>;

constexpr ThreadPolicy physical{ThreadPolicy::Kind::physical, 0};
constexpr ThreadPolicy logical{ThreadPolicy::Kind::logical, 0};
constexpr ThreadPolicy exactly(int n) {
  return {ThreadPolicy::Kind::count, n};
}

/// "0-3" for (0, 4); units 2k and 2k+1 are the hardware threads of core 2k.
std::string list(int first, int n, int step = 1) {
  std::string text;
  for (int i = 0; i < n; ++i) {
    text += (i == 0 ? "" : ",") + std::to_string(first + i * step);
  }
  return text;
}

/// A rank that may use `n_cores` cores with two hardware threads each, from unit `first`, on a host
/// of 16 units.
RankReport rank_on(int rank, std::string const& host, int first = 0, int n_cores = 8) {
  RankReport report{.rank = rank,
                    .host = host,
                    .logical_cores = 2 * n_cores,
                    .physical_cores = n_cores,
                    .cpuset = list(first, 2 * n_cores)};
  report.cores = list(first, n_cores, 2);
  report.host_cores = 16;
  return report;
}

std::vector<int> threads_of(Plan const& plan) {
  std::vector<int> threads;
  for (auto const& rank : plan.ranks) {
    threads.push_back(rank.threads);
  }
  return threads;
}

Counts counts_of(Plan const& plan) {
  Counts counts;
  for (auto const& rank : plan.ranks) {
    counts.push_back(rank.range.count);
  }
  return counts;
}

std::uint64_t total(Counts const& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

bool mentions(Plan const& plan, std::string const& words) {
  for (auto const& warning : plan.warnings) {
    if (warning.find(words) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

// CombineHarvester#253: any number of toys over any number of jobs.
TEST(LargestRemainder, gives_out_every_toy_within_one_of_the_exact_share) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::vector<double> weights(1 + random() % 9);
    for (auto& weight : weights) {
      weight = static_cast<double>(1 + random() % 128);
    }
    auto const sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    auto const n = random() % 5000;
    auto const shares = largest_remainder(weights, n);
    ASSERT_EQ(total(shares), n);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      ASSERT_LT(
          std::abs(static_cast<double>(shares[i]) - weights[i] / sum * static_cast<double>(n)),
          1 + 1e-9);
    }
  }
}

TEST(LargestRemainder, is_the_index_split_when_weights_are_equal) {
  for (std::uint64_t n = 0; n < 100; ++n) {
    for (std::size_t k = 1; k < 20; ++k) {
      auto const shares = largest_remainder(std::vector<double>(k, 3.0), n);
      for (std::size_t i = 0; i < k; ++i) {
        ASSERT_EQ(shares[i], n / k + (i < n % k ? 1 : 0)) << n << " over " << k;
      }
    }
  }
}

TEST(LargestRemainder, breaks_ties_as_the_old_farm_did) {
  EXPECT_EQ(largest_remainder({1, 1, 1}, 10), (Counts{4, 3, 3}));
  EXPECT_EQ(largest_remainder({1, 1, 1, 1, 1}, 3), (Counts{1, 1, 1, 0, 0}));
  EXPECT_EQ(largest_remainder({16, 48, 32, 1, 1}, 1000), (Counts{163, 490, 327, 10, 10}));
  // Here doubles decide; exact arithmetic would give 2402, 38, 526, 525, 901.
  EXPECT_EQ(largest_remainder({128, 2, 28, 28, 48}, 4392), (Counts{2402, 37, 526, 526, 901}));
}

TEST(LargestRemainder, gives_nothing_to_a_weight_of_zero) {
  EXPECT_EQ(largest_remainder({0, 1, 0}, 7), (Counts{0, 7, 0}));
}

TEST(LargestRemainder, still_adds_up_when_doubles_cannot_count_that_far) {
  for (auto const n : {std::uint64_t{1} << 53U,
                       (std::uint64_t{1} << 60U) + 12345,
                       std::numeric_limits<std::uint64_t>::max()}) {
    for (auto const& weights :
         {std::vector<double>{1}, {1, 2, 3}, {1e300, 1e-300}, {128, 2, 28, 28, 48}}) {
      EXPECT_EQ(total(largest_remainder(weights, n)), n);
    }
  }
}

TEST(ThreadPolicy, is_read_from_its_word) {
  EXPECT_EQ(thread_policy("physical").kind, ThreadPolicy::Kind::physical);
  for (char const* const word : {"logical", "auto", "nextstat-auto", "0"}) {
    EXPECT_EQ(thread_policy(word).kind, ThreadPolicy::Kind::logical) << word;
  }
  EXPECT_EQ(thread_policy("12").kind, ThreadPolicy::Kind::count);
  EXPECT_EQ(thread_policy("12").count, 12);
  EXPECT_EQ(thread_policy("007").count, 7);
}

TEST(ThreadPolicy, is_refused_when_the_word_is_unknown) {
  for (char const* const word :
       {"", "-1", " 8", "8 ", "2.5", "Physical", "1e3", "99999999999999", "1000000"}) {
    EXPECT_THROW((void)thread_policy(word), core::UsageError) << word;
  }
}

TEST(Plan, covers_the_range_once_in_rank_order_whatever_the_hosts) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 2000; ++round) {
    std::vector<RankReport> reports;
    auto const n_ranks = static_cast<int>(1 + random() % 12);
    for (int rank = 0; rank < n_ranks; ++rank) {
      reports.push_back(rank_on(
          rank, "host" + std::to_string(random() % 4), 0, static_cast<int>(1 + random() % 8)));
    }
    core::ToyRange const range{{random() % 1000}, random() % 1000};
    auto const plan = make_plan(reports, range, WeightMode::physical, physical);
    auto next = range.first.value;
    for (auto const& rank : plan.ranks) {
      ASSERT_EQ(rank.range.first.value, next);
      ASSERT_GE(rank.threads, 1);
      next += rank.range.count;
    }
    ASSERT_EQ(next, range.first.value + range.count);
  }
}

TEST(Plan, splits_over_nodes_before_ranks) {
  // One rank on the large host, two on the small one, started alternately.
  std::vector<RankReport> const reports{
      rank_on(0, "small", 0, 2), rank_on(1, "large", 0, 8), rank_on(2, "small", 0, 2)};
  auto const plan = make_plan(reports, {{100}, 101}, WeightMode::physical, physical);
  EXPECT_EQ(counts_of(plan), (Counts{10, 81, 10}));
  EXPECT_EQ(plan.ranks[2].range.first.value, 191);
  EXPECT_EQ(plan.ranks[0].weight, 1.0);
  EXPECT_EQ(plan.ranks[1].weight, 8.0);
  EXPECT_EQ(plan.ranks[1].host, "large");
  EXPECT_EQ(counts_of(make_plan(reports, {{0}, 101}, WeightMode::uniform, physical)),
            (Counts{26, 50, 25}));
}

TEST(Plan, gives_no_more_weight_to_a_host_for_having_more_ranks) {
  std::vector<RankReport> reports{rank_on(0, "a")};
  for (int rank = 1; rank <= 8; ++rank) {
    reports.push_back(rank_on(rank, "b"));
  }
  auto const counts = counts_of(make_plan(reports, {{0}, 1600}, WeightMode::logical, physical));
  EXPECT_EQ(counts, (Counts{800, 100, 100, 100, 100, 100, 100, 100, 100}));
}

// root#17344: say and use the parallelism there really is.
TEST(Plan, divides_the_cores_of_a_node_among_its_ranks) {
  std::vector<RankReport> const reports{rank_on(0, "a"), rank_on(1, "a"), rank_on(2, "a")};
  EXPECT_EQ(threads_of(make_plan(reports, {{0}, 9}, WeightMode::physical, physical)),
            (std::vector<int>{3, 3, 2}));
  EXPECT_EQ(threads_of(make_plan(reports, {{0}, 9}, WeightMode::physical, logical)),
            (std::vector<int>{6, 5, 5}));
  EXPECT_EQ(threads_of(make_plan(reports, {{0}, 9}, WeightMode::physical, exactly(7))),
            (std::vector<int>{3, 2, 2}));
  EXPECT_TRUE(make_plan(reports, {{0}, 9}, WeightMode::physical, logical).warnings.empty());
}

TEST(Plan, gives_each_rank_its_own_cores_when_they_are_bound_apart) {
  std::vector<RankReport> const reports{rank_on(0, "a", 0, 2), rank_on(1, "a", 4, 6)};
  auto const plan = make_plan(reports, {{0}, 9}, WeightMode::physical, physical);
  EXPECT_EQ(threads_of(plan), (std::vector<int>{2, 6}));
  EXPECT_EQ(plan.ranks[0].weight, 4.0);
  EXPECT_TRUE(plan.warnings.empty());
}

TEST(Plan, gives_no_rank_more_threads_than_its_own_cpuset) {
  std::vector<RankReport> const reports{rank_on(0, "a", 0, 1), rank_on(1, "a", 0, 8)};
  EXPECT_EQ(threads_of(make_plan(reports, {{0}, 9}, WeightMode::physical, logical)),
            (std::vector<int>{2, 8}));
}

TEST(Plan, warns_when_more_threads_are_asked_for_than_there_are) {
  auto const plan = make_plan({rank_on(0, "a")}, {{0}, 9}, WeightMode::physical, exactly(17));
  EXPECT_EQ(threads_of(plan), (std::vector<int>{17}));
  EXPECT_TRUE(mentions(plan, "host a: 17 threads share 16 processing units"));
  EXPECT_TRUE(
      make_plan({rank_on(0, "a")}, {{0}, 9}, WeightMode::physical, exactly(16)).warnings.empty());
}

TEST(Plan, warns_when_ranks_outnumber_cores) {
  std::vector<RankReport> const reports{
      rank_on(0, "a", 0, 1), rank_on(1, "a", 0, 1), rank_on(2, "a", 0, 1)};
  auto const plan = make_plan(reports, {{0}, 2}, WeightMode::physical, physical);
  EXPECT_EQ(threads_of(plan), (std::vector<int>{1, 1, 1}));
  EXPECT_EQ(counts_of(plan), (Counts{1, 1, 0}));
  EXPECT_TRUE(mentions(plan, "3 ranks share 2 processing units"));
}

TEST(Plan, names_the_cure_when_ranks_were_bound_to_one_core_and_others_idle) {
  auto const plan = make_plan(
      {rank_on(0, "a", 0, 1), rank_on(1, "a", 2, 1)}, {{0}, 9}, WeightMode::physical, physical);
  EXPECT_TRUE(mentions(plan, "--bind-to none"));
  EXPECT_TRUE(mentions(plan, "--map-by slot:PE=8"));
}

TEST(Plan, is_silent_when_one_core_per_rank_fills_the_host) {
  std::vector<RankReport> reports;
  for (int rank = 0; rank < 8; ++rank) {
    reports.push_back(rank_on(rank, "a", 2 * rank, 1));
  }
  EXPECT_TRUE(make_plan(reports, {{0}, 9}, WeightMode::physical, physical).warnings.empty());
}

TEST(Plan, warns_when_a_rank_is_bound_more_tightly_than_its_threads) {
  auto const plan = make_plan(
      {rank_on(0, "a", 0, 1), rank_on(1, "a", 2, 7)}, {{0}, 9}, WeightMode::physical, exactly(8));
  EXPECT_EQ(threads_of(plan), (std::vector<int>{4, 4}));
  EXPECT_TRUE(mentions(plan, "rank 0 has 4 threads but is bound to 2 processing units"));
}

}  // namespace toyfarm::parallel
