#include "toyfarm/run/run_farm.hpp"

#include <optional>
#include <utility>

#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/kernels/isa.hpp"
#include "toyfarm/run/speed_probe.hpp"
#include "toyfarm/run/stop.hpp"

#include "run/lead.hpp"

namespace toyfarm::run {
namespace {

using core::ExitCode;

/// For collectives of the set-up: they wait for the slowest rank to start, no longer.
constexpr double set_up_seconds = 300;
/// For the main thread between two looks at its messages.
constexpr double turn_seconds = 60;

parallel::RankReport own_report() {
  auto report = parallel::local_report();
  report.isa = kernels::isa_name();
  return report;
}

}  // namespace

Orders share_orders(parallel::Job const& job, std::vector<int> const& threads, Orders orders) {
  job.broadcast(orders.setup);
  auto text = fmt::format("{} {:.17g} {}", orders.code, orders.patience, orders.rank_0_host);
  for (int const n : threads) {
    text += fmt::format("\n{}", n);
  }
  job.broadcast(text);
  std::size_t end = 0;
  orders.code = std::stoi(text, &end);
  text.erase(0, end + 1);
  orders.patience = std::stod(text, &end);
  auto line = text.find('\n');
  orders.rank_0_host = text.substr(end + 1, line - end - 1);
  if (orders.code != 0) {
    return orders;
  }
  for (int rank = 0; rank < job.rank(); ++rank) {
    line = text.find('\n', line + 1);
  }
  orders.threads = std::stoi(text.substr(line + 1));
  return orders;
}

std::vector<parallel::RankReport> gather_reports(parallel::Job const& job,
                                                 parallel::WeightMode mode) {
  std::string probes(1, mode == parallel::WeightMode::speed ? '1' : '0');
  job.broadcast(probes);
  auto reports = job.gather(own_report());
  if (probes == "1") {
    static_cast<void>(probe_speeds(job, reports));
  }
  return reports;
}

parallel::FarmTask task_of(Workers& workers,
                           Orders const& orders,
                           Conduct const& control,
                           Watchdog& watchdog) {
  parallel::FarmTask task;
  task.threads = orders.threads;
  task.row_words = record::row_words(workers.layout());
  task.run = [&workers](core::ToyId toy, int thread, std::span<std::uint64_t> row) {
    workers.run(toy, thread, row);
  };
  task.stop_asked = [limit = control.time_limit] { return stop_asked(limit); };
  task.turned = [&watchdog] {
    watchdog.expect("the main thread", turn_seconds, static_cast<int>(ExitCode::stopped));
  };
  task.patience = orders.patience;
  task.rank_0_host = orders.rank_0_host;
  return task;
}

int lead_farm(parallel::Job const& job, OpenRun& run) {
  Watchdog watchdog;
  watchdog.expect("the set-up of the job", set_up_seconds, static_cast<int>(ExitCode::internal));
  auto reports = gather_reports(job, run.order.conduct.weight_mode);
  std::optional<Lead> lead;
  try {
    lead.emplace(job, run, std::move(reports));
  } catch (core::Error const& error) {
    core::log_error(error.what());
    return share_orders(job, {}, {.code = static_cast<int>(error.code())}).code;
  }
  auto const orders = share_orders(job, lead->threads(), lead->orders());
  auto const ensemble = study::decode_ensemble(orders.setup);
  Workers workers(ensemble, orders.threads, event_files(run.order.conduct));
  return lead->run(task_of(workers, orders, run.order.conduct, watchdog), workers, watchdog);
}

int join_farm(parallel::Job const& job, Order const& order) {
  Watchdog watchdog;
  watchdog.expect("the set-up of the job", set_up_seconds, static_cast<int>(ExitCode::internal));
  static_cast<void>(gather_reports(job, order.conduct.weight_mode));
  auto const orders = share_orders(job, {}, {});
  if (orders.code != 0) {
    return orders.code;
  }
  auto const ensemble = study::decode_ensemble(orders.setup);
  Workers workers(ensemble, orders.threads, event_files(order.conduct));
  // Time limits are rank 0's: it stops all.
  auto control = order.conduct;
  control.time_limit = std::nullopt;
  parallel::Member member(job, task_of(workers, orders, control, watchdog));
  auto const end = member.run();
  return leave(job, watchdog, end.code, end.has_lost_ranks, end.is_busy);
}

}  // namespace toyfarm::run
