#pragma once
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/parallel/farm.hpp"
#include "toyfarm/run/order.hpp"

#include "run/watchdog.hpp"
#include "run/workers.hpp"

// What every job that runs toys does before and between its farms.
namespace toyfarm::run {

/// What rank 0 tells every rank before the first toy.
struct Orders {
  int code = 0;  ///< not 0: nothing is run any more, and the job ends with exit_code_of this
  std::string setup{};
  int threads = 1;
  double patience = 30;
  std::string rank_0_host{};
};

/// Code of orders that end a job with `code`, also with 0.
[[nodiscard]] constexpr int orders_end(int code) noexcept {
  return code == 0 ? -1 : code;
}
[[nodiscard]] inline int exit_code_of(Orders const& orders) noexcept {
  return orders.code == -1 ? 0 : orders.code;
}

/// The code with which a farm ends after which another one comes.
constexpr int next_round = 256;

/// Every rank's report at rank 0, with its speed where rank 0's `mode` needs it. @collective
[[nodiscard]] std::vector<parallel::RankReport> gather_reports(parallel::Job const& job,
                                                               parallel::WeightMode mode);

/// Sends each rank its threads and all the set-up. @collective
[[nodiscard]] Orders share_orders(parallel::Job const& job,
                                  std::vector<int> const& threads,
                                  Orders orders);

[[nodiscard]] parallel::FarmTask task_of(Workers& workers,
                                         Orders const& orders,
                                         Conduct const& control,
                                         Watchdog& watchdog);

/// Leaves the process from under the watchdog's eyes, or returns `code` where nothing can hang.
int leave(
    parallel::Job const& job, Watchdog& watchdog, int code, bool has_lost_ranks, bool is_busy);

}  // namespace toyfarm::run
