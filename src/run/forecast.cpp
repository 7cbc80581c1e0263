#include "toyfarm/run/forecast.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>

#include "toyfarm/os/program.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/speed_probe.hpp"

namespace toyfarm::run {
namespace {

constexpr double measured_seconds = 0.2;

/// Toys per second of a rank: less than was measured on all its host's cores if it gets fewer
/// threads than there are.
double speed_of(parallel::RankReport const& report,
                parallel::RankPlan const& plan,
                parallel::Plan const& all) {
  int threads_there = 0;
  for (auto const& other : all.ranks) {
    threads_there += other.host == plan.host ? other.threads : 0;
  }
  return report.toys_per_s *
         std::min(1.0, static_cast<double>(threads_there) / std::max(1, report.physical_cores));
}

std::string count_or_dash(int n) {
  return n > 0 ? std::to_string(n) : "-";
}

std::string table(parallel::Plan const& plan,
                  std::vector<parallel::RankReport> const& reports,
                  Forecast const& expected) {
  std::size_t width = 20;
  for (auto const& rank : plan.ranks) {
    width = std::max(width, rank.host.size());
  }
  auto text = fmt::format("{:>4}  {:<{}}  {:>8}  {:>8}  {:>7}  {:>8}  {:>12}  {:>12}{}\n",
                          "rank",
                          "host",
                          width,
                          "physical",
                          "logical",
                          "threads",
                          "weight",
                          "first toy",
                          "toys",
                          expected.seconds.empty() ? "" : "  expected s");
  for (std::size_t i = 0; i < plan.ranks.size(); ++i) {
    auto const& r = plan.ranks[i];
    text += fmt::format("{:>4}  {:<{}}  {:>8}  {:>8}  {:>7}  {:>8.4g}  {:>12}  {:>12}",
                        r.rank,
                        r.host,
                        width,
                        count_or_dash(reports[i].physical_cores),
                        count_or_dash(reports[i].logical_cores),
                        r.threads,
                        r.weight,
                        r.range.first.value,
                        r.range.count);
    text += expected.seconds.empty() ? "\n" : fmt::format("  {:>10.3g}\n", expected.seconds[i]);
  }
  return text;
}

std::string totals(parallel::Plan const& plan,
                   std::vector<parallel::RankReport> const& reports,
                   Forecast const& expected) {
  int threads = 0;
  std::uint64_t toys = 0;
  for (auto const& rank : plan.ranks) {
    threads += rank.threads;
    toys += rank.range.count;
  }
  auto const several = [](std::uint64_t n, char const* noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
  };
  auto text = fmt::format("{} on {}, {}, {}\n",
                          several(toys, "toy"),
                          several(parallel::group_by_node(reports).size(), "host"),
                          several(plan.ranks.size(), "rank"),
                          several(static_cast<std::uint64_t>(threads), "thread"));
  if (!expected.seconds.empty()) {
    text += fmt::format("expected time {:.3g} s: {}\n",
                        *std::ranges::max_element(expected.seconds),
                        expected.basis);
  }
  return text;
}

io::RankRun planned(parallel::RankPlan const& rank, std::uint64_t index, std::string const& login) {
  io::RankRun run;
  run.index = index;
  run.host = rank.host;
  run.user = rank.user;
  run.login = rank.user.empty() ? login : rank.user;
  run.port = rank.port;
  run.weight = rank.weight;
  run.threads = rank.threads;
  run.range = rank.range;
  return run;
}

}  // namespace

Forecast forecast(FarmRequest const& farm,
                  parallel::Plan const& plan,
                  std::vector<parallel::RankReport> const& reports,
                  study::StudySetup const* setup) {
  bool const knows_speeds = std::ranges::all_of(
      reports, [](parallel::RankReport const& report) { return report.toys_per_s > 0; });
  bool const is_here = farm.hosts_file.empty() && farm.preflight_json.empty();
  if (!knows_speeds && !(is_here && setup != nullptr)) {
    return {};
  }
  double const own = setup != nullptr ? measure_speed(*setup, 1, measured_seconds) : 1;
  double const scale = setup != nullptr && knows_speeds
                           ? own / measure_speed(probe_study(), 1, measured_seconds)
                           : 1;
  Forecast out;
  out.basis = !knows_speeds      ? "toys of this spec, measured here on one thread"
              : setup != nullptr ? "the preflight's speeds, scaled to toys of this spec by "
                                   "measuring both here on one thread"
                                 : "toys as fast as the preflight's own (give --config for yours)";
  for (std::size_t i = 0; i < plan.ranks.size(); ++i) {
    auto const& rank = plan.ranks[i];
    double const speed =
        knows_speeds ? scale * speed_of(reports[i], rank, plan) : own * rank.threads;
    out.seconds.push_back(static_cast<double>(rank.range.count) / speed);
  }
  return out;
}

std::string forecast_text(parallel::Plan const& plan,
                          std::vector<parallel::RankReport> const& reports,
                          Forecast const& expected) {
  return table(plan, reports, expected) + totals(plan, reports, expected);
}

io::PlannedRun planned_run(Order const& order, parallel::Plan const& plan) {
  std::error_code error;
  io::PlannedRun run;
  run.created_at_utc = os::utc_now();
  run.run_id = order.to.run_id.empty() ? default_run_id() : order.to.run_id;
  run.config = order.request.input.config;
  run.hosts_file = order.farm.hosts_file;
  run.threads_policy = order.conduct.threads;
  run.weight_mode = std::string(core::word_of(order.conduct.weight_mode));
  run.program = os::own_program().string();
  run.working_directory = std::filesystem::current_path(error).string();
  run.n_toys = order.request.n_toys;
  run.seed = order.request.seed;
  run.missing_hosts = plan.missing;
  for (auto const& rank : plan.ranks) {
    if (rank.range.count == 0) {
      run.idle_hosts.push_back(rank.host);
    } else {
      run.ranks.push_back(planned(rank, run.ranks.size(), order.farm.login.user));
    }
  }
  return run;
}

}  // namespace toyfarm::run
