#include "toyfarm/parallel/farm.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <vector>

#include <boost/mpi/communicator.hpp>
#include <gtest/gtest.h>

#include "parallel/block_sizer.hpp"

// MPI itself belongs to the driver here; Job finds it initialised and leaves it so.
namespace toyfarm::parallel {
namespace {

Job make_job() {
  static int argc = 0;
  static char** argv = nullptr;
  return {Job::Kind::mpi, argc, argv};
}

std::uint64_t word(std::uint64_t toy, std::size_t k) {
  return k == 0 ? toy : (toy * 0x9e3779b97f4a7c15U) ^ k;
}

struct Workload {
  std::uint64_t toys_per_rank;  ///< of rank r: this times r + 1
  std::size_t row_words;
  std::uint64_t least;
  std::uint64_t most;
  std::chrono::microseconds nap_of_rank_0{0};  ///< per block
};

core::ToyRange toys_of(int rank, Workload const& work) {
  auto const r = static_cast<std::uint64_t>(rank);
  return {{5 + work.toys_per_rank * r * (r + 1) / 2}, work.toys_per_rank * (r + 1)};
}

/// Runs the farm and counts at rank 0 how often each toy came with the right words. @collective
void expect_each_toy_once(Workload const& work) {
  auto const job = make_job();
  std::uint64_t n_total = 0;
  for (int rank = 0; rank < job.size(); ++rank) {
    n_total += toys_of(rank, work).count;
  }
  std::map<std::uint64_t, int> seen;
  std::uint64_t n_wrong = 0;
  FarmTask task;
  task.mine = toys_of(job.rank(), work);
  task.n_total = n_total;
  task.row_words = work.row_words;
  task.least = work.least;
  task.most = work.most;
  task.run = [&](core::ToyRange toys, std::span<std::uint64_t> rows) {
    EXPECT_EQ(rows.size(), toys.count * work.row_words);
    EXPECT_LE(toys.count, work.most);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i] = word(toys.first.value + i / work.row_words, i % work.row_words);
    }
    if (job.rank() == 0) {
      std::this_thread::sleep_for(work.nap_of_rank_0);
    }
  };
  task.take = [&](std::span<std::uint64_t const> rows) {
    EXPECT_EQ(job.rank(), 0);
    for (std::size_t i = 0; i < rows.size(); i += work.row_words) {
      ++seen[rows[i]];
      for (std::size_t k = 0; k < work.row_words; ++k) {
        n_wrong += rows[i + k] == word(rows[i], k) ? 0U : 1U;
      }
    }
  };
  Farm farm(job, task);
  farm.run();
  farm.finish();
  if (job.rank() == 0) {
    EXPECT_EQ(seen.size(), n_total);
    EXPECT_EQ(n_wrong, 0U);
    for (auto const& [toy, times] : seen) {
      EXPECT_EQ(times, 1) << toy;
    }
    EXPECT_TRUE(n_total == 0 || (seen.begin()->first == 5 && seen.rbegin()->first == 4 + n_total));
  }
}

}  // namespace

TEST(Farm, brings_every_row_to_rank_0_once) {
  expect_each_toy_once({0, 3, 1, 1});
  expect_each_toy_once({1, 1, 1, 1});
  expect_each_toy_once({97, 16, 4, 4096});
  expect_each_toy_once({20'000, 16, 4, 4096});
}

TEST(Farm, brings_every_row_when_blocks_are_many_and_small) {
  expect_each_toy_once({3000, 2, 1, 1});
}

TEST(Farm, brings_blocks_of_half_a_MiB_and_more) {
  expect_each_toy_once({2000, 1024, 64, 64});
  expect_each_toy_once({40, 40'000, 4, 4});
}

TEST(Farm, lets_other_ranks_wait_for_buffers_while_rank_0_is_slow) {
  expect_each_toy_once({200, 16, 2, 2, std::chrono::milliseconds(2)});
}

TEST(Farm, can_be_run_one_after_the_other) {
  for (int i = 0; i < 20; ++i) {
    expect_each_toy_once({10, 4, 3, 5});
  }
}

TEST(Farm, works_without_MPI) {
  int argc = 0;
  char** argv = nullptr;
  Job const job(Job::Kind::single, argc, argv);
  std::vector<std::uint64_t> all;
  FarmTask task;
  task.mine = {{7}, 10};
  task.n_total = 10;
  task.least = task.most = 4;
  task.run = [](core::ToyRange toys, std::span<std::uint64_t> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i] = toys.first.value + i;
    }
  };
  task.take = [&](std::span<std::uint64_t const> rows) {
    all.insert(all.end(), rows.begin(), rows.end());
  };
  Farm farm(job, task);
  farm.run();
  farm.finish();
  EXPECT_EQ(all, (std::vector<std::uint64_t>{7, 8, 9, 10, 11, 12, 13, 14, 15, 16}));
}

TEST(BlockSizer, finds_blocks_of_a_fifth_of_a_second_within_its_limits) {
  for (double const seconds_per_toy : {1e-9, 3e-5, 1e-3, 0.02, 5.0}) {
    BlockSizer sizer(8, 4096);
    EXPECT_EQ(sizer.next(1'000'000), 8U);
    for (int i = 0; i < 20; ++i) {
      auto const n = sizer.next(1'000'000);
      EXPECT_GE(n, 8U);
      EXPECT_LE(n, 4096U);
      sizer.took(n, static_cast<double>(n) * seconds_per_toy);
    }
    auto const wanted = std::clamp(0.2 / seconds_per_toy, 8.0, 4096.0);
    EXPECT_NEAR(static_cast<double>(sizer.next(1'000'000)), wanted, 1.0);
    EXPECT_EQ(sizer.next(3), 3U);
  }
}

TEST(BlockSizer, changes_little_for_one_odd_block) {
  BlockSizer sizer(1, 4096);
  for (int i = 0; i < 10; ++i) {
    sizer.took(sizer.next(10'000), static_cast<double>(sizer.next(10'000)) * 2e-4);
  }
  auto const usual = sizer.next(10'000);
  sizer.took(usual, 100);
  EXPECT_EQ(sizer.next(10'000), usual / 4);
  sizer.took(1, 0);
  EXPECT_EQ(sizer.next(10'000), usual / 4 * 4);
}

}  // namespace toyfarm::parallel
