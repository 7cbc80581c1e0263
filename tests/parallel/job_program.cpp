// Job without a test framework around it. usage: job_program single|mpi [ABORTING_RANK CODE] |
// throw RANK
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "toyfarm/parallel/job.hpp"
#include "toyfarm/parallel/plan.hpp"

using toyfarm::parallel::Job;

int main(int argc, char** argv) {
  std::string_view const task = argc > 1 ? argv[1] : "";
  Job const job(task == "single" ? Job::Kind::single : Job::Kind::mpi, argc, argv);
  int const chosen = argc > 2 ? std::atoi(argv[2]) : -1;
  if (argc > 3 && job.rank() == chosen) {
    std::printf("said before the end\n");  // in a buffer when stdout is a pipe
    job.abort(std::atoi(argv[3]));
  }
  if (task == "throw" && job.rank() == chosen) {
    throw std::runtime_error("left main on one rank");
  }
  int const largest = job.max(job.rank());  // where the others wait for the one that is gone
  std::printf("%d %d %d %s\n", job.rank(), job.size(), largest, job.library().c_str());
  if (auto const reports = job.gather(toyfarm::parallel::local_report()); !reports.empty()) {
    auto const plan = make_plan(reports,
                                {{0}, 100},
                                toyfarm::parallel::WeightMode::physical,
                                toyfarm::parallel::thread_policy("logical"));
    for (auto const& rank : plan.ranks) {
      std::printf("rank %d: %d threads\n", rank.rank, rank.threads);
    }
    for (auto const& warning : plan.warnings) {
      std::printf("%s\n", warning.c_str());
    }
  }
  return 0;
}
