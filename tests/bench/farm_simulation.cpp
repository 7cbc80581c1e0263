#include "bench/farm_simulation.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <limits>
#include <queue>
#include <random>
#include <vector>

#include "toyfarm/parallel/farm.hpp"

#include "parallel/roster.hpp"

namespace toyfarm::bench {
namespace {

using parallel::Schedule;

/// Rank 0 looks at its schedule at least this often.
constexpr double turn_seconds = 0.005;
/// A job that takes longer than this many times its ideal time has failed.
constexpr double hopeless = 100;
/// Blocks of more toys for each thread are timed as a whole.
constexpr std::uint64_t toys_one_by_one = 16;

enum class What { order, rows, heartbeat_due, heartbeat, turn };

struct Event {
  double at = 0;
  std::uint64_t number = 0;  ///< orders what happens at the same time
  What what = What::turn;
  int rank = 0;
  core::ToyRange toys{};
  double seconds = 0;  ///< what the toys took, by thread

  friend bool operator>(Event const& a, Event const& b) {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }
};

struct Worker {
  double toys_per_second = 1;  ///< of one thread
  double unseen = 1;           ///< time that passes by time that the toys' clocks see
  std::vector<double> free_at{};
  double spoke_at = 0;
  double dies_at = std::numeric_limits<double>::infinity();
};

class Simulation {
 public:
  explicit Simulation(SimulatedFarm const& farm);
  [[nodiscard]] SimulatedRun run();

 private:
  [[nodiscard]] static std::vector<parallel::ScheduleShare> shares_of(SimulatedFarm const& farm);
  [[nodiscard]] static parallel::ScheduleLimits limits_of(SimulatedFarm const& farm);

  void add(double at, What what, int rank, core::ToyRange toys = {}, double seconds = 0) {
    events_.push({at, n_events_++, what, rank, toys, seconds});
  }
  [[nodiscard]] Worker& worker(int rank) { return workers_[static_cast<std::size_t>(rank)]; }
  void set_up_workers();
  void handle(Event const& event);
  void begin(int rank, core::ToyRange toys, double now);
  [[nodiscard]] double block_seconds(Worker& worker, std::uint64_t n, double now, double& end);
  void take_rows(Event const& event, double now);
  void take_turn(double now);
  [[nodiscard]] double serve(double arrived, int rank, std::uint64_t bytes);
  void count_message(double now);

  template <class Call>
  auto timed(Call call) {
    auto const from = std::chrono::steady_clock::now();
    auto result = call();
    run_.schedule_seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
    return result;
  }

  SimulatedFarm farm_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_{};
  std::vector<Worker> workers_;
  Schedule schedule_;
  parallel::Roster roster_;
  double heartbeat_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t n_events_ = 0;
  std::deque<double> last_second_;
  double busy_until_ = 0;
  double busy_ = 0;
  std::uint64_t n_blocks_ = 0;
  std::uint64_t n_given_ = 0;
  SimulatedRun run_{};
};

Simulation::Simulation(SimulatedFarm const& farm)
    : farm_(farm),
      random_(farm.seed),
      workers_(static_cast<std::size_t>(farm.n_ranks)),
      schedule_(shares_of(farm), limits_of(farm)),
      roster_(farm.n_ranks, parallel::default_patience(farm.n_ranks)),
      heartbeat_(parallel::heartbeat_seconds(farm.n_ranks)) {
  for (auto const& share : shares_of(farm)) {
    run_.n_toys += share.toys.front().count;
  }
  set_up_workers();
}

std::vector<parallel::ScheduleShare> Simulation::shares_of(SimulatedFarm const& farm) {
  auto const by_thread = std::max(farm.least_toys, farm.least_seconds / farm.toy_seconds);
  auto const count =
      static_cast<std::uint64_t>(std::ceil(by_thread)) * static_cast<std::uint64_t>(farm.threads);
  std::vector<parallel::ScheduleShare> shares(static_cast<std::size_t>(farm.n_ranks));
  std::uint64_t next = 0;
  for (auto& share : shares) {
    share = {.toys = {{{next}, count}}, .threads = farm.threads};
    next += count;
  }
  return shares;
}

parallel::ScheduleLimits Simulation::limits_of(SimulatedFarm const& farm) {
  return {.mode = farm.mode,
          .most = parallel::most_toys_per_block(farm.n_ranks * farm.threads, farm.row_bytes)};
}

void Simulation::set_up_workers() {
  auto const ratio = std::log(farm_.speed_ratio);
  double const mean = ratio > 0 ? (farm_.speed_ratio - 1) / ratio : 1;
  std::uniform_real_distribution<double> uniform(0, 1);
  double all = 0;
  for (auto& worker : workers_) {
    worker.toys_per_second = std::exp(uniform(random_) * ratio) / mean / farm_.toy_seconds;
    worker.free_at.assign(static_cast<std::size_t>(farm_.threads), 0.0);
    if (&worker != workers_.data() && (&worker - workers_.data()) % 2 == 1) {
      worker.toys_per_second /= farm_.threads_per_core;
      worker.unseen = farm_.toys_see_waits ? 1 : farm_.threads_per_core;
    }
    all += worker.toys_per_second * farm_.threads;
  }
  auto const half = static_cast<double>(run_.n_toys) / all / 2;
  double alive = all;
  for (int rank = 1; rank < farm_.n_ranks; ++rank) {
    if (uniform(random_) < farm_.dying) {
      worker(rank).dies_at = half;
      alive -= worker(rank).toys_per_second * farm_.threads;
    }
  }
  run_.ideal_seconds = half + static_cast<double>(run_.n_toys) / 2 / alive;
}

SimulatedRun Simulation::run() {
  add(0, What::turn, 0);
  for (int rank = 1; rank < farm_.n_ranks; ++rank) {
    add(heartbeat_ * (1 + static_cast<double>(rank) / farm_.n_ranks), What::heartbeat_due, rank);
  }
  double now = 0;
  while (!schedule_.is_complete() && now < hopeless * run_.ideal_seconds) {
    auto const event = events_.top();
    events_.pop();
    now = event.at;
    handle(event);
  }
  run_.is_complete = schedule_.is_complete();
  run_.seconds = std::max(now, busy_until_);
  run_.efficiency = run_.ideal_seconds / run_.seconds;
  run_.mean_messages = static_cast<double>(run_.n_messages) / run_.seconds;
  run_.n_twice = schedule_.n_twice();
  run_.mean_block_toys = static_cast<double>(n_given_) / static_cast<double>(n_blocks_);
  run_.busiest = busy_ / run_.seconds;
  return run_;
}

void Simulation::handle(Event const& event) {
  switch (event.what) {
    case What::order:
      begin(event.rank, event.toys, event.at);
      break;
    case What::rows:
      take_rows(event, event.at);
      break;
    case What::heartbeat_due: {
      auto& its = worker(event.rank);
      if (event.at >= its.dies_at) {
        break;
      }
      if (event.at >= its.spoke_at + heartbeat_) {
        its.spoke_at = event.at;
        add(event.at + farm_.latency, What::heartbeat, event.rank);
      }
      add(event.at + heartbeat_, What::heartbeat_due, event.rank);
      break;
    }
    case What::heartbeat: {
      // The answer is a message too.
      auto const now = serve(serve(event.at, event.rank, 0), event.rank, 0);
      if (roster_.heard(event.rank, now)) {
        schedule_.back(event.rank);
      }
      break;
    }
    case What::turn:
      take_turn(event.at);
      add(event.at + turn_seconds, What::turn, 0);
      break;
  }
}

/// All threads of a rank take toys of one queue, block after block without a barrier.
double Simulation::block_seconds(Worker& worker, std::uint64_t n, double now, double& end) {
  double total = 0;
  auto& free_at = worker.free_at;
  for (auto& free : free_at) {
    free = std::max(free, now);
  }
  if (n <= toys_one_by_one * free_at.size()) {
    for (std::uint64_t i = 0; i < n; ++i) {
      auto const seconds =
          std::exp(farm_.spread * normal_(random_) - farm_.spread * farm_.spread / 2) /
          worker.toys_per_second;
      auto const thread = std::ranges::min_element(free_at);
      *thread += seconds;
      total += seconds;
      end = std::max(end, *thread);
    }
    return total;
  }
  auto const count = static_cast<double>(n);
  auto const deviation = std::sqrt(std::expm1(farm_.spread * farm_.spread) * count);
  total = std::max(count / 2, count + deviation * normal_(random_)) / worker.toys_per_second;
  double sum = total;
  for (auto const free : free_at) {
    sum += free;
  }
  auto const middle = sum / static_cast<double>(free_at.size());
  // Threads come free within about a toy's time of each other.
  std::uniform_real_distribution<double> apart(-0.5, 0.5);
  for (auto& free : free_at) {
    free = middle + (free_at.size() > 1 ? apart(random_) / worker.toys_per_second : 0);
    end = std::max(end, free);
  }
  return total;
}

void Simulation::begin(int rank, core::ToyRange toys, double now) {
  auto& its = worker(rank);
  double end = now;
  auto const seconds = block_seconds(its, toys.count, now, end);
  if (end < its.dies_at) {
    auto const seen = seconds / farm_.threads / its.unseen;
    add(end + (rank == 0 ? 0 : farm_.latency), What::rows, rank, toys, seen);
  }
}

double Simulation::serve(double arrived, int rank, std::uint64_t bytes) {
  auto const begin = std::max(arrived, busy_until_);
  if (rank == 0) {
    return begin;
  }
  auto const seconds = farm_.message_seconds + static_cast<double>(bytes) / farm_.bytes_per_second;
  busy_ += seconds;
  busy_until_ = begin + seconds;
  count_message(busy_until_);
  return busy_until_;
}

void Simulation::count_message(double now) {
  ++run_.n_messages;
  last_second_.push_back(now);
  while (last_second_.front() <= now - 1) {
    last_second_.pop_front();
  }
  run_.peak_messages = std::max(run_.peak_messages, static_cast<double>(last_second_.size()));
}

void Simulation::take_rows(Event const& event, double now) {
  worker(event.rank).spoke_at = now;
  auto const done = serve(now, event.rank, event.toys.count * farm_.row_bytes);
  if (event.rank != 0 && roster_.heard(event.rank, done)) {
    schedule_.back(event.rank);
  }
  timed([&] {
    auto const parts = schedule_.came(event.rank, event.toys, done);
    schedule_.ended(event.rank, event.toys, event.seconds, done);
    return parts.size();
  });
  take_turn(done);
}

void Simulation::take_turn(double now) {
  now = std::max(now, busy_until_);
  for (int const rank : roster_.newly_silent(now)) {
    schedule_.lost(rank);
  }
  for (auto const& order : timed([&] { return schedule_.orders(now); })) {
    ++n_blocks_;
    n_given_ += order.toys.count;
    auto const sent = serve(now, order.rank, 0);
    add(sent + (order.rank == 0 ? 0 : farm_.latency), What::order, order.rank, order.toys);
  }
}

}  // namespace

SimulatedRun simulate(SimulatedFarm const& farm) {
  return Simulation(farm).run();
}

}  // namespace toyfarm::bench
