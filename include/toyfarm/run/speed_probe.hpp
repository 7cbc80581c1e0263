#pragma once
#include <vector>

#include "toyfarm/parallel/job.hpp"
#include "toyfarm/study/toy_runner.hpp"

namespace toyfarm::run {

/// Toys per second that `threads` threads of this process make of a study, measured for `seconds`.
[[nodiscard]] double measure_speed(study::StudySetup const& setup, int threads, double seconds);

/// The study that hosts are compared by: a Gaussian on an exponential, 10^4 events.
[[nodiscard]] study::StudySetup probe_study();

/// What a rank measured: threads, and toys per second of the probe study.
struct ProbedRank {
  int threads = 0;
  double toys_per_s = 0;
};

/// Has all ranks measure at the same time for 0.2 s, each on its share of all allowed cores, and
/// sets the speed in `reports`, at rank 0. Returns what was measured [rank] at rank 0; empty
/// elsewhere. @collective
std::vector<ProbedRank> probe_speeds(parallel::Job const& job,
                                     std::vector<parallel::RankReport>& reports);

}  // namespace toyfarm::run
