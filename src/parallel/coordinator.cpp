#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "toyfarm/core/log.hpp"
#include "toyfarm/parallel/farm.hpp"

#include "parallel/mailbox.hpp"
#include "parallel/message.hpp"
#include "parallel/roster.hpp"
#include "parallel/seconds.hpp"
#include "parallel/team.hpp"

namespace toyfarm::parallel {
namespace {

/// Between looks at the run as a whole, seconds.
constexpr double look_interval = 0.1;
/// For rows under way once a toy has thrown.
constexpr double grace_after_failure = 1;
/// For the last messages to leave.
constexpr double time_to_tell = 5;
/// Messages handled before anything else is looked at again.
constexpr int messages_at_a_time = 256;

}  // namespace

struct Coordinator::State {
  struct Rank {
    bool has_heard_stop = false;
    bool is_drained = false;
    FarmView::Rank seen;
  };

  State(Job const& job, FarmTask given_task, FarmOrders given_orders)
      : task(std::move(given_task)),
        orders(std::move(given_orders)),
        mailbox(job),
        schedule(orders.shares, orders.limits),
        roster(job.size(), task.patience),
        ranks(static_cast<std::size_t>(job.size())),
        team(task.threads, task.row_words, task.run) {}

  // --- handing out

  void give(Schedule::Order const& order) {
    if (order.rank == 0) {
      team.add(order.toys);
    } else if (!mailbox.send(order.rank, plain_message({Kind::block, order.toys}))) {
      lose(order.rank);
    }
  }

  void hand_out() {
    if (!stopping && !orders.is_full()) {
      for (auto const& order : schedule.orders(clock.now())) {
        give(order);
      }
    }
  }

  // --- taking in

  void take_rows(int rank, std::span<std::uint64_t const> rows) {
    auto const width = task.row_words;
    for (std::size_t i = 0; i < rows.size();) {
      core::ToyRange run{{rows[i]}, 1};
      while (i + run.count * width < rows.size() &&
             rows[i + run.count * width] == run.first.value + run.count) {
        ++run.count;
      }
      for (auto const& part : schedule.came(rank, run, clock.now())) {
        at(rank).seen.n_done += part.count;
        orders.take(
            rows.subspan(i + (part.first.value - run.first.value) * width, part.count * width));
      }
      i += run.count * width;
    }
  }

  void take_block(int rank, Head const& head, std::span<std::uint64_t const> words) {
    if (!is_serving) {
      take_rows(rank, words.subspan(head_words));
    }
    at(rank).seen.busy_seconds += head.seconds;
    if (head.kind == Kind::ended) {
      schedule.ended(rank, head.toys, head.seconds, clock.now());
      hand_out();
    }
  }

  void handle(Mailbox::Message const& message) {
    auto const head = read_head(message.words);
    hear(message.from);
    switch (head.kind) {
      case Kind::ended:
      case Kind::part:
        take_block(message.from, head, message.words);
        break;
      case Kind::alive:
        mailbox.send(message.from, plain_message({Kind::alive}));
        break;
      case Kind::heard:
        at(message.from).has_heard_stop = true;
        break;
      case Kind::drained:
        at(message.from).is_drained = true;
        break;
      case Kind::failed:
        fail({static_cast<core::ExitCode>(head.toys.count), text_of(message.words)}, message.from);
        break;
      case Kind::asked:
        asked = asked ? asked : head.seconds;
        break;
      default:
        break;
    }
  }

  /// True if anything had come.
  bool receive() {
    bool any = false;
    for (int i = 0; i < messages_at_a_time; ++i) {
      auto const message = mailbox.receive();
      if (!message) {
        last_empty = clock.now();
        break;
      }
      any = true;
      handle(*message);
      latencies.add(clock.now() - last_empty);
    }
    return any;
  }

  bool take_own() {
    bool any = false;
    while (auto yield = team.take()) {
      any = true;
      take_block(0,
                 {yield->has_ended ? Kind::ended : Kind::part, yield->block, yield->seconds},
                 yield->words);
    }
    if (auto const failure = team.failure()) {
      fail(*failure, 0);
    }
    return any;
  }

  void fail(core::Error const& failure, int rank) {
    if (!error) {
      error = core::Error(failure.code(), name(rank) + ": " + failure.what());
    }
  }

  // --- who is there

  std::string name(int rank) const {
    auto const i = static_cast<std::size_t>(rank);
    return "rank " + std::to_string(rank) +
           (i < orders.hosts.size() ? " on host " + orders.hosts[i] : "");
  }

  void hear(int rank) {
    auto const now = clock.now();
    at(rank).seen.last_heard = now;
    roster.heard(rank, now);
    if (at(rank).seen.is_lost) {
      core::log_warn(name(rank) + " answers again");
      at(rank).seen.is_lost = false;
      schedule.back(rank);
    }
  }

  void lose(int rank) {
    auto& mine = at(rank);
    if (mine.seen.is_lost) {
      return;
    }
    core::log_warn(name(rank) + " has not been heard of for " +
                   std::to_string(static_cast<int>(clock.now() - mine.seen.last_heard)) +
                   " s and is given up; its toys go to other ranks");
    mine.seen.is_lost = true;
    schedule.lost(rank);
  }

  void call_roll() {
    auto const now = clock.now();
    roster.heard(0, now);
    roster.tick(now);
    for (int const rank : roster.newly_silent(now)) {
      lose(rank);
    }
  }

  // --- the run

  /// True if anything happened.
  bool turn() {
    task.turned();
    call_roll();
    bool const busy = receive();
    bool const own = take_own();
    hand_out();
    auto const now = clock.now();
    if (now >= next_look) {
      next_look = now + look_interval;
      count_messages(now);
      orders.look(view());
    }
    return busy || own;
  }

  void count_messages(double now) {
    if (now - second_began >= 1) {
      auto const n = static_cast<double>(mailbox.n_messages() - n_messages_before);
      most_messages = std::max(most_messages, n / (now - second_began));
      n_messages_before = mailbox.n_messages();
      second_began = now;
    }
  }

  void tell_all(Head const& head) {
    for (int rank = 1; rank < static_cast<int>(ranks.size()); ++rank) {
      mailbox.send(rank, plain_message(head));
    }
  }

  [[nodiscard]] bool is_drained() const {
    return team.has_stopped() && std::all_of(ranks.begin() + 1, ranks.end(), [](Rank const& rank) {
             return rank.is_drained || rank.seen.is_lost;
           });
  }

  /// Tells every rank, once, to begin no other toy.
  void begin_stop() {
    if (!stopping) {
      stopping = true;
      tell_all({Kind::stop});
      team.cancel();
    }
  }

  /// Takes what is finished, for `grace` seconds at most.
  void stop(double grace) {
    orders.on_stop();
    begin_stop();
    auto const deadline = clock.now() + grace;
    while (!schedule.is_complete() && clock.now() < deadline) {
      bool const was_drained = is_drained();
      bool const busy = turn();
      if (was_drained && !busy) {
        break;
      }
      if (!busy) {
        std::this_thread::sleep_for(nap);
      }
    }
  }

  /// Gives up whoever does not answer the stop that was told: MPI_Finalize would wait for it.
  void await_answers() {
    auto const deadline = clock.now() + time_to_tell;
    for (int rank = 1; rank < static_cast<int>(ranks.size()); ++rank) {
      while (!at(rank).has_heard_stop && !at(rank).seen.is_lost && clock.now() < deadline) {
        std::this_thread::sleep_for(nap);
        turn();
      }
      if (!at(rank).has_heard_stop && !at(rank).seen.is_lost) {
        core::log_warn(name(rank) + " does not answer at the end and is left behind");
        at(rank).seen.is_lost = true;
      }
    }
  }

  [[nodiscard]] std::optional<double> grace_asked() const {
    return asked ? asked : task.stop_asked();
  }

  [[nodiscard]] bool has_lost_ranks() const {
    return std::ranges::any_of(ranks, [](Rank const& rank) { return rank.seen.is_lost; });
  }

  [[nodiscard]] FarmView view() const {
    FarmView out;
    out.n_done = schedule.n_come();
    out.n_twice = schedule.n_twice();
    out.toys_per_second = schedule.toys_per_second();
    out.seconds_left = schedule.seconds_left();
    out.seconds = clock.now();
    for (auto const& rank : ranks) {
      out.ranks.push_back(rank.seen);
    }
    out.ranks.front().last_heard = out.seconds;  // this one sends itself no messages
    out.latencies = latencies;
    out.n_messages = mailbox.n_messages();
    out.most_messages_per_second = most_messages;
    return out;
  }

  Rank& at(int rank) { return ranks[static_cast<std::size_t>(rank)]; }

  FarmTask task;
  FarmOrders orders;
  Seconds clock;
  Mailbox mailbox;
  Schedule schedule;
  Roster roster;
  std::vector<Rank> ranks;
  Team team;
  Latencies latencies;
  std::optional<core::Error> error;
  std::optional<double> asked;  ///< grace, by a rank that got a signal
  bool stopping = false;
  bool is_serving = false;  ///< rows are no longer taken
  double last_empty = 0;    ///< when there was no message, last
  double next_look = 0;
  double second_began = 0;
  std::uint64_t n_messages_before = 0;
  double most_messages = 0;
};

Coordinator::Coordinator(Job const& job, FarmTask task, FarmOrders orders)
    : state_(std::make_unique<State>(job, std::move(task), std::move(orders))) {}

Coordinator::~Coordinator() = default;

Coordinator::Outcome Coordinator::run() {
  auto& s = *state_;
  s.hand_out();
  while (!s.schedule.is_complete()) {
    bool const busy = s.turn();
    if (s.error) {
      s.stop(grace_after_failure);
      return Outcome::failed;
    }
    if (auto const grace = s.grace_asked()) {
      s.stop(*grace);
      return s.schedule.is_complete() ? Outcome::complete : Outcome::stopped;
    }
    if (!busy) {
      std::this_thread::sleep_for(nap);
    }
  }
  // Some may still run toys that others have brought.
  s.begin_stop();
  return Outcome::complete;
}

int Coordinator::while_serving(std::function<int()> const& work) {
  auto& s = *state_;
  s.is_serving = true;
  auto result = std::async(std::launch::async, work);
  while (result.wait_for(nap) != std::future_status::ready) {
    s.turn();
  }
  return result.get();
}

void Coordinator::end(int code) {
  auto& s = *state_;
  s.is_serving = true;
  s.begin_stop();
  s.await_answers();
  core::ToyRange const how{{s.has_lost_ranks() ? 1U : 0U}, static_cast<std::uint64_t>(code)};
  s.tell_all({Kind::end, how});
  auto const deadline = s.clock.now() + time_to_tell;
  while (s.mailbox.push() > 0 && s.clock.now() < deadline) {
    std::this_thread::sleep_for(nap);
  }
}

FarmView Coordinator::view() const {
  return state_->view();
}

core::Error Coordinator::failure() const {
  return state_->error.value_or(core::Error(core::ExitCode::internal, "nothing failed"));
}

bool Coordinator::has_lost_ranks() const {
  return state_->has_lost_ranks();
}

bool Coordinator::is_busy() const {
  return !state_->team.has_stopped();
}

}  // namespace toyfarm::parallel
