#include "toyfarm/parallel/farm.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

// MPI itself belongs to the driver here; Job finds it initialised and leaves it so.
namespace toyfarm::parallel {
namespace {

using namespace std::chrono_literals;

std::uint64_t word(std::uint64_t toy, std::size_t k) {
  return k == 0 ? toy : (toy * 0x9e3779b97f4a7c15U) ^ k;
}

struct Workload {
  std::uint64_t toys_per_rank = 0;  ///< of rank r by the plan: this times r + 1
  std::size_t row_words = 2;
  std::uint64_t most = 4096;
  int threads = 1;
  std::chrono::microseconds per_toy{0};
};

core::ToyRange toys_of(int rank, Workload const& work) {
  auto const r = static_cast<std::uint64_t>(rank);
  return {{5 + work.toys_per_rank * r * (r + 1) / 2}, work.toys_per_rank * (r + 1)};
}

FarmTask task_of(Workload const& work) {
  FarmTask task;
  task.threads = work.threads;
  task.row_words = work.row_words;
  task.run = [work](core::ToyId toy, int, std::span<std::uint64_t> row) {
    for (std::size_t k = 0; k < row.size(); ++k) {
      row[k] = word(toy.value, k);
    }
    if (work.per_toy > 0us) {
      std::this_thread::sleep_for(work.per_toy);
    }
  };
  return task;
}

FarmOrders orders_of(Job const& job, Workload const& work) {
  FarmOrders orders;
  for (int rank = 0; rank < job.size(); ++rank) {
    orders.shares.push_back({{toys_of(rank, work)}, work.threads});
  }
  orders.limits.most = work.most;
  orders.limits.block_seconds = 0.02;
  return orders;
}

/// Counts rows by toy and those with wrong words.
struct Count {
  std::map<std::uint64_t, int> seen;
  std::uint64_t n_wrong = 0;

  void take(std::span<std::uint64_t const> rows, std::size_t width) {
    for (std::size_t i = 0; i < rows.size(); i += width) {
      ++seen[rows[i]];
      for (std::size_t k = 0; k < width; ++k) {
        n_wrong += rows[i + k] == word(rows[i], k) ? 0U : 1U;
      }
    }
  }
};

class Farm : public testing::Test {
 protected:
  Farm() : job(Job::Kind::mpi, argc, argv) {}

  /// Runs a farm whose rank 0 ends it with `code`; every rank must leave with it. @collective
  void run(Workload const& work,
           FarmTask const& task,
           Coordinator::Outcome outcome = Coordinator::Outcome::complete,
           int code = 7) {
    if (job.rank() != 0) {
      auto const leave = Member(job, task).run();
      EXPECT_EQ(leave.code, code);
      EXPECT_FALSE(leave.has_lost_ranks);
      return;
    }
    auto orders = orders_of(job, work);
    orders.take = [&](auto rows) { count.take(rows, work.row_words); };
    auto watched = task;
    int n_turns = 0;
    watched.turned = [&] { ++n_turns; };
    Coordinator farm(job, watched, orders);
    EXPECT_EQ(farm.run(), outcome);
    int const n_before = n_turns;
    EXPECT_EQ(farm.while_serving([] {
      std::this_thread::sleep_for(20ms);
      return 3;
    }),
              3);
    EXPECT_GT(n_turns, n_before);  // also while publishing takes its time
    farm.end(code);
    view = farm.view();
    EXPECT_FALSE(farm.has_lost_ranks());
  }

  /// @collective
  void expect_each_toy_once(Workload const& work) {
    count = {};
    run(work, task_of(work));
    if (job.rank() == 0) {
      std::uint64_t n = 0;
      for (int rank = 0; rank < job.size(); ++rank) {
        n += toys_of(rank, work).count;
      }
      EXPECT_EQ(count.seen.size(), n);
      EXPECT_EQ(count.n_wrong, 0U);
      for (auto const& [toy, times] : count.seen) {
        EXPECT_EQ(times, 1) << toy;
      }
      EXPECT_TRUE(n == 0 ||
                  (count.seen.begin()->first == 5 && count.seen.rbegin()->first == 4 + n));
      EXPECT_EQ(view.n_done, n);
    }
  }

  int argc = 0;
  char** argv = nullptr;
  Job job;
  Count count;
  FarmView view;
};

}  // namespace

TEST_F(Farm, brings_every_row_to_rank_0_once) {
  expect_each_toy_once({0});
  expect_each_toy_once({1});
  expect_each_toy_once({.toys_per_rank = 97, .row_words = 16});
  expect_each_toy_once({.toys_per_rank = 20'000, .row_words = 16, .threads = 2});
}

TEST_F(Farm, brings_every_row_when_blocks_are_many_and_small) {
  expect_each_toy_once({.toys_per_rank = 500, .most = 1});
}

TEST_F(Farm, brings_blocks_of_half_a_MiB_and_more) {
  expect_each_toy_once({.toys_per_rank = 2000, .row_words = 1024, .most = 64});
  expect_each_toy_once({.toys_per_rank = 40, .row_words = 40'000, .most = 4});
}

TEST_F(Farm, can_be_run_one_after_the_other) {
  for (int i = 0; i < 10; ++i) {
    expect_each_toy_once({.toys_per_rank = 10, .row_words = 4, .most = 5});
  }
}

TEST_F(Farm, shares_out_slow_toys_by_speed_not_by_plan) {
  expect_each_toy_once({.toys_per_rank = 20, .per_toy = 2ms});
  if (job.rank() == 0 && job.size() >= 3) {
    // By the plan the last rank has job.size() times the toys of rank 0.
    EXPECT_GT(view.ranks.front().n_done, 20U);
    EXPECT_LT(view.ranks.back().n_done, 20U * static_cast<std::uint64_t>(job.size()));
  }
}

TEST_F(Farm, answers_soon_while_its_own_rank_computes) {
  expect_each_toy_once({.toys_per_rank = 200, .most = 5, .per_toy = 500us});
  if (job.rank() == 0) {
    // Ranks share cores here: a bound for a busy machine, still far below a block.
    EXPECT_GE(view.latencies.share_within(200), 0.99);
  }
}

TEST_F(Farm, stops_when_a_rank_is_asked_to_and_keeps_what_is_finished) {
  Workload const work{.toys_per_rank = 100'000, .row_words = 2, .per_toy = 1ms};
  auto task = task_of(work);
  auto const start = std::chrono::steady_clock::now();
  int const who = job.size() - 1;
  task.stop_asked = [&]() -> std::optional<double> {
    auto const is_time = std::chrono::steady_clock::now() - start > 100ms;
    return job.rank() == who && is_time ? std::optional(0.5) : std::nullopt;
  };
  run(work, task, Coordinator::Outcome::stopped, 75);
  if (job.rank() == 0) {
    EXPECT_GT(count.seen.size(), 0U);
    EXPECT_LT(count.seen.size(), 100'000U);
    EXPECT_EQ(count.n_wrong, 0U);
    EXPECT_EQ(view.n_done, count.seen.size());
  }
}

// schwimmbad#23, schwimmbad#52, emcee#117, emcee#151, desispec#2209: a worker that throws must end
// the job with a code rather than leave it waiting.
TEST_F(Farm, fails_with_the_code_of_what_a_toy_throws_on_any_rank) {
  Workload const work{.toys_per_rank = 100'000, .per_toy = 1ms};
  auto task = task_of(work);
  if (job.rank() == job.size() - 1) {
    task.run = [](core::ToyId, int, auto) {
      throw core::RuntimeFailure(core::ExitCode::io_error, "as meant by this test");
    };
  }
  if (job.rank() != 0) {
    EXPECT_EQ(Member(job, task).run().code, 74);
    return;
  }
  auto orders = orders_of(job, work);
  orders.take = [&](auto rows) { count.take(rows, work.row_words); };
  Coordinator farm(job, task, orders);
  EXPECT_EQ(farm.run(), Coordinator::Outcome::failed);
  EXPECT_EQ(farm.failure().code(), core::ExitCode::io_error);
  std::string const what = farm.failure().what();
  EXPECT_TRUE(what.ends_with("as meant by this test")) << what;
  EXPECT_TRUE(what.starts_with("rank " + std::to_string(job.size() - 1))) << what;
  farm.end(static_cast<int>(farm.failure().code()));
}

// Rows of one farm must not come to the next: toys taken over are run twice, and the second rows
// may still be under way when all have come.
TEST_F(Farm, come_one_after_the_other_without_rows_of_the_one_before) {
  Workload const work{.toys_per_rank = 20, .most = 4, .threads = 2, .per_toy = 200us};
  for (std::uint64_t round = 0; round < 15; ++round) {
    auto task = task_of(work);
    task.run = [&, round](core::ToyId toy, int, std::span<std::uint64_t> row) {
      row[0] = toy.value;
      row[1] = round;
      std::this_thread::sleep_for(toy.value % 7 == round % 7 ? 3ms : 200us);
    };
    if (job.rank() != 0) {
      EXPECT_EQ(Member(job, task).run().code, 9);
      continue;
    }
    auto orders = orders_of(job, work);
    std::uint64_t n = 0;
    std::uint64_t n_foreign = 0;
    orders.take = [&](std::span<std::uint64_t const> rows) {
      for (std::size_t i = 0; i < rows.size(); i += 2) {
        ++n;
        n_foreign += rows[i + 1] == round ? 0U : 1U;
      }
    };
    Coordinator farm(job, task, orders);
    EXPECT_EQ(farm.run(), Coordinator::Outcome::complete);
    farm.settle();
    farm.end(9);
    EXPECT_EQ(n_foreign, 0U) << round;
    EXPECT_EQ(n, farm.view().n_done) << round;
  }
}

// schwimmbad#52, mpi4py#223: a rank that is there but silent holds nobody up. What it sends late
// may come to the next farm: a job ends after such a loss.
TEST_F(Farm, goes_on_without_a_rank_that_falls_silent) {
  Workload const work{.toys_per_rank = 30, .per_toy = 2ms};
  auto task = task_of(work);
  task.patience = 1.5;
  if (job.rank() != 0) {
    if (job.rank() == job.size() - 1) {
      std::this_thread::sleep_for(3s);  // longer than rank 0 has patience
    }
    auto const leave = Member(job, task).run();
    EXPECT_EQ(leave.code, 0);
    EXPECT_EQ(leave.has_lost_ranks, job.size() > 1);
    return;
  }
  auto orders = orders_of(job, work);
  orders.take = [&](auto rows) { count.take(rows, work.row_words); };
  Coordinator farm(job, task, orders);
  EXPECT_EQ(farm.run(), Coordinator::Outcome::complete);
  if (job.size() > 1) {
    farm.while_serving([&] {  // as long as publishing takes, for the rank to be given up
      std::this_thread::sleep_for(2s);
      return 0;
    });
  }
  EXPECT_EQ(farm.has_lost_ranks(), job.size() > 1);
  farm.end(0);
  for (auto const& [toy, times] : count.seen) {
    EXPECT_EQ(times, 1) << toy;
  }
  EXPECT_EQ(count.seen.size(), 30U * static_cast<unsigned>(job.size() * (job.size() + 1)) / 2);
}

// Nor does the loss of rank 0 hold up the others. To be the last of these: what they say to rank 0
// is never read.
TEST_F(Farm, ranks_leave_when_rank_0_falls_silent) {
  if (job.rank() != 0) {
    auto task = task_of({});
    task.patience = 0.5;
    auto const leave = Member(job, task).run();
    EXPECT_EQ(leave.code, 75);
    EXPECT_TRUE(leave.has_lost_ranks);
  }
}

TEST(FarmAlone, works_without_MPI) {
  int argc = 0;
  char** argv = nullptr;
  Job const job(Job::Kind::single, argc, argv);
  Workload const work{.toys_per_rank = 1000, .threads = 2};
  Count count;
  auto orders = orders_of(job, work);
  orders.take = [&](auto rows) { count.take(rows, work.row_words); };
  Coordinator farm(job, task_of(work), orders);
  EXPECT_EQ(farm.run(), Coordinator::Outcome::complete);
  farm.end(0);
  EXPECT_EQ(count.seen.size(), 1000U);
  EXPECT_EQ(count.n_wrong, 0U);
}

TEST(Latencies, tells_the_share_within_a_bound) {
  Latencies latencies;
  EXPECT_EQ(latencies.share_within(20), 1);
  latencies.add(0.0005);
  latencies.add(0.02);
  latencies.add(0.03);
  latencies.add(5);
  EXPECT_EQ(latencies.share_within(1), 0.25);
  EXPECT_EQ(latencies.share_within(20), 0.5);
  EXPECT_EQ(latencies.share_within(1000), 0.75);
  EXPECT_EQ(latencies.counts.back(), 1U);
}

}  // namespace toyfarm::parallel
