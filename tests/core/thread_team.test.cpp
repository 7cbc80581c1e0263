#include "toyfarm/core/thread_team.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace toyfarm::core {
namespace {

/// Whether `threads` bodies run at the same time: each waits until all have come.
bool all_meet(int threads) {
  std::atomic<int> here = 0;
  std::atomic<int> met = 0;
  parallel_for(static_cast<std::size_t>(threads), threads, [&](std::size_t, int) {
    ++here;
    for (int patience = 0; here.load() < threads && patience < 2000; ++patience) {
      usleep(1000);
    }
    met += here.load() == threads ? 1 : 0;
  });
  return met.load() == threads;
}

constexpr char const* child_flag = "TOYFARM_TEST_TEAM_CHILD";

}  // namespace

TEST(ParallelFor, calls_every_index_once_whatever_the_threads) {
  for (int const threads : {1, 2, 3, 8}) {
    for (std::size_t const n : {0U, 1U, 2U, 7U, 1000U}) {
      std::vector<std::atomic<int>> calls(n);
      std::atomic<bool> strange_thread = false;
      parallel_for(n, threads, [&](std::size_t index, int thread) {
        ++calls[index];
        if (thread < 0 || thread >= threads) {
          strange_thread = true;
        }
      });
      EXPECT_TRUE(std::ranges::all_of(calls, [](auto const& count) { return count.load() == 1; }))
          << n << " on " << threads;
      EXPECT_FALSE(strange_thread.load());
    }
  }
}

TEST(ParallelFor, never_runs_two_bodies_under_one_thread_number) {
  std::vector<std::atomic<int>> busy(4);
  std::atomic<bool> shared = false;
  parallel_for(400, 4, [&](std::size_t, int thread) {
    auto& mine = busy[static_cast<std::size_t>(thread)];
    if (mine.fetch_add(1) != 0) {
      shared = true;
    }
    usleep(10);
    mine.fetch_sub(1);
  });
  EXPECT_FALSE(shared.load());
}

// pyhf#1427, schwimmbad#23: an exception ends the loop with its own words, not the process.
TEST(ParallelFor, rethrows_what_a_body_threw) {
  for (int const threads : {1, 2, 4}) {
    try {
      parallel_for(100, threads, [](std::size_t index, int) {
        if (index == 17) {
          throw std::out_of_range("seventeen");
        }
      });
      FAIL() << "nothing thrown on " << threads;
    } catch (std::out_of_range const& error) {
      EXPECT_STREQ(error.what(), "seventeen");
    }
  }
}

TEST(ParallelFor, rethrows_what_a_plain_loop_would_throw) {
  for (int repetition = 0; repetition < 50; ++repetition) {
    try {
      parallel_for(100, 4, [](std::size_t index, int) {
        if (index == 20) {
          usleep(1000);
        }
        if (index >= 20) {
          throw index;
        }
      });
      FAIL();
    } catch (std::size_t const index) {
      EXPECT_EQ(index, 20U);
    }
  }
}

TEST(ParallelFor, begins_no_new_index_after_an_exception) {
  std::atomic<int> begun = 0;
  EXPECT_THROW(parallel_for(10000,
                            1,
                            [&](std::size_t index, int) {
                              ++begun;
                              if (index == 5) {
                                throw std::runtime_error("five");
                              }
                            }),
               std::runtime_error);
  EXPECT_EQ(begun.load(), 6);
}

TEST(ParallelFor, works_again_after_an_exception) {
  EXPECT_THROW(parallel_for(4, 2, [](std::size_t, int) { throw 1; }), int);
  EXPECT_TRUE(all_meet(2));
}

TEST(ParallelFor, uses_as_many_threads_as_asked) {
  EXPECT_TRUE(all_meet(3));
}

// root#17344 (a number of cores that is silently ignored): what a site's profile sets must not
// cripple a job that was planned otherwise.
TEST(ParallelFor, uses_as_many_threads_as_asked_whatever_the_environment_says) {
  if (std::getenv(child_flag)) {
    GTEST_SKIP() << "this is the child";
  }
  // OpenMP reads its environment when the program starts, hence a program started anew.
  for (char const* const environment : {"OMP_NUM_THREADS=1",
                                        "OMP_NUM_THREADS=1,1",
                                        "OMP_MAX_ACTIVE_LEVELS=1",
                                        "OMP_DYNAMIC=true"}) {
    auto const child = fork();
    if (child == 0) {
      std::string setting = environment;
      auto const equals = setting.find('=');
      setenv(setting.substr(0, equals).c_str(), setting.c_str() + equals + 1, 1);
      setenv(child_flag, "1", 1);
      execl("/proc/self/exe",
            "test",
            "--gtest_filter=ParallelFor.uses_as_many_threads_as_asked",
            "--gtest_brief=1",
            nullptr);
      std::_Exit(127);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << environment;
  }
}

}  // namespace toyfarm::core
