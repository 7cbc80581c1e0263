#pragma once
#include <cstdint>

#include "toyfarm/parallel/schedule.hpp"

namespace toyfarm::bench {

/// A farm that does not exist: ranks of different speeds, a network with latency and a rank 0 that
/// takes one message after the other.
struct SimulatedFarm {
  int n_ranks = 10;
  int threads = 1;                ///< of each rank
  double toy_seconds = 1;         ///< on a thread of mean speed, in the mean
  double spread = 0.3;            ///< sigma of the logarithm of a toy's time
  double speed_ratio = 10;        ///< of the fastest to the slowest rank; uniform in the logarithm
  double least_toys = 100;        ///< of each thread in the mean, or more, to last as long as ...
  double least_seconds = 60;      ///< ... this in the mean
  int threads_per_core = 1;       ///< of every second rank: each waits for its core in turn ...
  bool toys_see_waits = true;     ///< ... and the clocks of toys shorter than its turn do not
  double dying = 0;               ///< share of ranks that die half-way, not rank 0
  double latency = 1e-4;          ///< of a message, in seconds
  double message_seconds = 2e-5;  ///< rank 0 spends on a message, in or out
  double bytes_per_second = 1e9;  ///< and on rows
  std::uint64_t row_bytes = 128;
  parallel::ScheduleMode mode = parallel::ScheduleMode::dynamic;
  std::uint64_t seed = 1;
};

struct SimulatedRun {
  bool is_complete = false;
  double seconds = 0;        ///< until rank 0 had all rows
  double ideal_seconds = 0;  ///< if all ranks had worked at their speeds to the end
  double efficiency = 0;     ///< ideal_seconds / seconds
  double mean_messages = 0;  ///< per second at rank 0, in and out, heartbeats and answers included
  double peak_messages = 0;  ///< most in any one second
  std::uint64_t n_toys = 0;
  std::uint64_t n_twice = 0;  ///< toys whose rows came a second time
  std::uint64_t n_messages = 0;
  double mean_block_toys = 0;
  double busiest = 0;           ///< share of the time rank 0 spent on messages
  double schedule_seconds = 0;  ///< real time spent in the schedule
};

/// Runs the very schedule and roster of the farm against it. Same farm, same run, up to
/// `schedule_seconds`.
[[nodiscard]] SimulatedRun simulate(SimulatedFarm const& farm);

}  // namespace toyfarm::bench
