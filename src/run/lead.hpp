#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "toyfarm/os/utc.hpp"
#include "toyfarm/parallel/farm.hpp"
#include "toyfarm/parallel/plan.hpp"
#include "toyfarm/run/open_run.hpp"

#include "run/progress.hpp"
#include "run/watchdog.hpp"
#include "run/workers.hpp"

namespace toyfarm::run {

/// What rank 0 tells every rank before the first toy.
struct Orders {
  int code = 0;  ///< not 0: nothing can be run, and the job ends with it
  std::string setup{};
  int threads = 1;
  double patience = 30;
  std::string rank_0_host{};
};

/// Leaves the process from under the watchdog's eyes, or returns `code` where nothing can hang.
int leave(
    parallel::Job const& job, Watchdog& watchdog, int code, bool has_lost_ranks, bool is_busy);

/// Rank 0's side of a run, from the plan to the published files.
class Lead {
 public:
  /// Plans what is missing. Throws what parallel::make_plan throws.
  Lead(parallel::Job const& job, OpenRun& run, std::vector<parallel::RankReport> reports);
  [[nodiscard]] Orders orders() const;
  /// [rank]
  [[nodiscard]] std::vector<int> threads() const;
  /// Runs the farm, publishes and ends every rank. Returns, or leaves with, the exit code.
  int run(parallel::FarmTask const& task, Workers& workers, Watchdog& watchdog);

 private:
  [[nodiscard]] RunStatus first_status() const;
  [[nodiscard]] parallel::FarmOrders farm_orders();
  /// Flushes the journal and publishes; on a thread of its own.
  int publish(parallel::Coordinator& farm, Workers& workers);
  [[nodiscard]] std::vector<io::RankRun> rank_runs(parallel::FarmView const& view) const;
  [[nodiscard]] io::FarmEntry farm_entry(parallel::FarmView const& view) const;

  parallel::Job const& job_;
  OpenRun& run_;
  std::vector<parallel::RankReport> reports_;
  std::vector<core::ToyRange> missing_;
  parallel::Plan plan_;
  std::vector<parallel::ScheduleShare> shares_;
  std::string start_utc_ = os::utc_now();
  std::chrono::system_clock::time_point farm_start_ = std::chrono::system_clock::now();
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<io::JournalWriter> writer_;
  std::string stop_reason_;
};

}  // namespace toyfarm::run
