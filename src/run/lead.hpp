#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/os/utc.hpp"
#include "toyfarm/parallel/farm.hpp"
#include "toyfarm/parallel/plan.hpp"
#include "toyfarm/run/open_run.hpp"

#include "run/progress.hpp"
#include "run/rounds.hpp"

namespace toyfarm::run {

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

  /// How a farm ended that another one may come after.
  struct RoundEnd {
    std::string stop_reason{};             ///< empty: it was not stopped
    std::optional<core::Error> failure{};  ///< of a toy
    bool has_lost_ranks = false;
  };
  /// Runs the farm alone: its rows are on disk then, and the other ranks wait for new orders,
  /// unless some were lost.
  [[nodiscard]] RoundEnd run_round(parallel::FarmTask const& task);

 private:
  void begin();
  /// Throws what a toy threw.
  void gather(parallel::Coordinator& farm);
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
