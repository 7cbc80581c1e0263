#include "run/lead.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/hosts/mpirun.hpp"
#include "toyfarm/run/stop.hpp"

#include "run/publish_run.hpp"

namespace toyfarm::run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double finalize_seconds = 30;

/// The toys of `range` that are missing, cut into consecutive shares of the sizes of the plan's
/// ranges.
std::vector<parallel::ScheduleShare> shares_of(parallel::Plan const& plan,
                                               std::vector<core::ToyRange> const& missing) {
  std::vector<parallel::ScheduleShare> shares;
  auto piece = missing.begin();
  std::uint64_t used = 0;
  for (auto const& rank : plan.ranks) {
    auto& share = shares.emplace_back();
    share.threads = rank.threads;
    for (auto left = rank.range.count; left > 0;) {
      auto const n = std::min(left, piece->count - used);
      share.toys.push_back({{piece->first.value + used}, n});
      left -= n;
      used += n;
      if (used == piece->count) {
        ++piece;
        used = 0;
      }
    }
  }
  return shares;
}

std::uint64_t count(std::vector<core::ToyRange> const& ranges) {
  std::uint64_t n = 0;
  for (auto const& range : ranges) {
    n += range.count;
  }
  return n;
}

/// Random toys of a range, a function of the seed.
std::vector<core::ToyId> choose_toys(core::ToyRange range, std::uint64_t n, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::set<std::uint64_t> chosen;
  while (chosen.size() < std::min(n, range.count)) {
    chosen.insert(range.first.value + random() % range.count);
  }
  std::vector<core::ToyId> toys;
  for (auto const toy : chosen) {
    toys.push_back({toy});
  }
  return toys;
}

io::VerificationEntry verify(Workers& workers, std::vector<core::ToyId> const& toys) {
  io::VerificationEntry out{toys.size()};
  for (auto const& difference : workers.verify(toys)) {
    out.nll = std::max(out.nll, difference.nll);
    out.shift = std::max(out.shift, difference.shift);
    out.n_other_status += difference.same_status ? 0U : 1U;
    out.passed = out.passed && difference.as_promised;
  }
  return out;
}

}  // namespace

int leave(
    parallel::Job const& job, Watchdog& watchdog, int code, bool has_lost_ranks, bool is_busy) {
  watchdog.expect("MPI_Finalize", finalize_seconds, code);
  if (job.size() > 1 || is_busy) {
    job.leave(code,
              has_lost_ranks ? parallel::Job::Farewell::abort : parallel::Job::Farewell::finalize);
  }
  watchdog.rest();
  return code;
}

Lead::Lead(parallel::Job const& job, OpenRun& run, std::vector<parallel::RankReport> reports)
    : job_(job), run_(run), reports_(std::move(reports)) {
  missing_ = run.journal->toys().missing_of(run.range);
  parallel::look_up_others(run_.sharing.hosts, reports_);
  plan_ = parallel::make_plan(reports_, {{0}, count(missing_)}, run.sharing);
  std::ranges::for_each(plan_.warnings, core::log_warn);
  shares_ = shares_of(plan_, missing_);
}

Orders Lead::orders() const {
  auto const& control = run_.order.conduct;
  return {0,
          run_.setup,
          1,
          control.patience > 0 ? control.patience : parallel::default_patience(job_.size()),
          reports_.front().host};
}

std::vector<int> Lead::threads() const {
  std::vector<int> out;
  for (auto const& rank : plan_.ranks) {
    out.push_back(rank.threads);
  }
  return out;
}

RunStatus Lead::first_status() const {
  RunStatus status;
  status.run_id = run_.run_id;
  status.host = reports_.front().host;
  status.pid = reports_.front().pid;
  status.epoch = run_.journal->epoch();
  status.started_utc = run_.begun.utc;
  status.updated_utc = start_utc_;
  status.n_toys = run_.range.count;
  status.n_done = status.n_acknowledged = run_.journal->size();
  status.n_ranks = job_.size();
  return status;
}

parallel::FarmOrders Lead::farm_orders() {
  parallel::FarmOrders orders;
  orders.shares = shares_;
  orders.limits.mode = run_.order.conduct.schedule;
  auto const n_threads = threads();
  orders.limits.most =
      parallel::most_toys_per_block(std::reduce(n_threads.begin(), n_threads.end()),
                                    record::row_words(run_.study.layout()) * sizeof(std::uint64_t));
  for (auto const& report : reports_) {
    orders.hosts.push_back(report.host);
  }
  orders.take = [this](std::span<std::uint64_t const> rows) {
    progress_->take(rows);
    writer_->put({rows.begin(), rows.end()});
  };
  orders.is_full = [this] { return writer_->is_full(); };
  orders.on_stop = [this] { writer_->sync_soon(); };
  orders.look = [this](parallel::FarmView const& view) {
    progress_->look(view, writer_->acknowledged());
  };
  return orders;
}

std::vector<io::RankRun> Lead::rank_runs(parallel::FarmView const& view) const {
  auto const& farm = run_.order.farm;
  auto const login = farm.hosts_file.empty() ? std::string() : farm.login.user;
  std::vector<io::RankRun> runs;
  for (std::size_t i = 0; i < view.ranks.size(); ++i) {
    auto const& seen = view.ranks[i];
    auto const& report = reports_[i];
    io::RankRun run;
    run.index = i;
    run.host = plan_.ranks[i].host;
    run.user = plan_.ranks[i].user;
    run.port = plan_.ranks[i].port;
    run.login = run.user.empty() ? login : run.user;
    run.weight = plan_.ranks[i].weight;
    run.threads = plan_.ranks[i].threads;
    run.range.count = count(shares_[i].toys);
    run.range.first = shares_[i].toys.empty() ? run_.range.first : shares_[i].toys.front().first;
    run.n_done = seen.n_done;
    run.status = seen.is_lost           ? io::RankState::lost
                 : stop_reason_.empty() ? io::RankState::ok
                                        : io::RankState::failed;
    run.logical_cores = report.logical_cores;
    run.physical_cores = report.physical_cores;
    run.cpuset = report.cpuset;
    run.binding = "cpuset";
    run.cpu_model = report.cpu_model;
    run.isa = report.isa;
    run.pid = report.pid;
    run.start_utc = start_utc_;
    run.end_utc = os::utc_text(farm_start_ + std::chrono::duration_cast<std::chrono::microseconds>(
                                                 std::chrono::duration<double>(seen.last_heard)));
    run.elapsed_s = seen.busy_seconds;
    runs.push_back(std::move(run));
  }
  return runs;
}

io::FarmEntry Lead::farm_entry(parallel::FarmView const& view) const {
  io::FarmEntry entry;
  entry.n_twice = view.n_twice;
  entry.n_messages = view.n_messages;
  entry.most_messages_per_second = view.most_messages_per_second;
  auto const& latencies = view.latencies;
  for (std::size_t i = 0; i < latencies.counts.size(); ++i) {
    auto const end = i < latencies.ends.size() ? std::optional(latencies.ends[i]) : std::nullopt;
    entry.latencies.emplace_back(end, latencies.counts[i]);
  }
  entry.share_within_20_ms = latencies.share_within(20);
  entry.epoch = run_.journal->epoch();
  entry.n_bad_regions = run_.journal->damage().n_bad_regions;
  entry.n_fenced_frames = run_.journal->damage().n_fenced_frames;
  return entry;
}

int Lead::publish(parallel::Coordinator& farm, Workers& workers) {
  writer_->flush();
  progress_->begin_publishing(run_.journal->acknowledged(), run_.journal->size());
  auto const view = farm.view();
  RunResult result{run_,
                   rank_runs(view),
                   run_.begun.utc,
                   std::chrono::duration<double>(Clock::now() - run_.begun.clock).count(),
                   job_.library(),
                   {},
                   farm_entry(view),
                   stop_reason_};
  if (run_.order.conduct.verify > 0 && stop_reason_.empty()) {
    result.verification = verify(
        workers, choose_toys(run_.range, run_.order.conduct.verify, run_.order.request.seed));
  }
  auto const published = publish_run(result);
  progress_->take(published.figures);
  progress_->end(state_of(result), published.exit_code, stop_reason_);
  return published.exit_code;
}

void Lead::begin() {
  farm_start_ = std::chrono::system_clock::now();
  progress_ = std::make_unique<Progress>(run_.study, run_.directory, first_status());
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    progress_->name_rank(fmt::format("rank {} on host {}", i, reports_[i].host));
  }
  writer_ = std::make_unique<io::JournalWriter>(
      *run_.journal, std::chrono::duration<double>(run_.order.conduct.checkpoint_interval));
}

void Lead::gather(parallel::Coordinator& farm) {
  auto const outcome = farm.run();
  if (outcome == parallel::Coordinator::Outcome::stopped) {
    stop_reason_ = stop_reason(run_.order.conduct.time_limit);
    stop_reason_ = stop_reason_.empty() ? "a signal to another rank" : stop_reason_;
  }
  if (outcome == parallel::Coordinator::Outcome::failed) {
    writer_->flush();
    throw farm.failure();
  }
  progress_->hand_over();
}

int Lead::run(parallel::FarmTask const& task, Workers& workers, Watchdog& watchdog) {
  begin();
  parallel::Coordinator farm(job_, task, farm_orders());
  int code = 0;
  try {
    gather(farm);
    code = farm.while_serving([&] { return publish(farm, workers); });
  } catch (core::Error const& error) {
    core::log_error(error.what());
    code = static_cast<int>(error.code());
    progress_->end(io::RunState::failed, code, error.what());
  }
  run_.claims.clear();  // this process leaves without running destructors
  hosts::leave_exit_code(code);
  hosts::tell_verdict(code);
  farm.end(code);
  return leave(job_, watchdog, code, farm.has_lost_ranks(), farm.is_busy());
}

Lead::RoundEnd Lead::run_round(parallel::FarmTask const& task) {
  begin();
  parallel::Coordinator farm(job_, task, farm_orders());
  RoundEnd end;
  try {
    gather(farm);
    farm.while_serving([&] {
      writer_->flush();
      return 0;
    });
  } catch (core::Error const& error) {
    end.failure = error;
  }
  farm.settle();
  farm.end(farm.has_lost_ranks() ? static_cast<int>(core::ExitCode::stopped) : next_round);
  end.stop_reason = stop_reason_;
  end.has_lost_ranks = farm.has_lost_ranks();
  return end;
}

}  // namespace toyfarm::run
