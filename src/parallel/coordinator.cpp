#include <algorithm>
#include <thread>
#include <utility>

#include "toyfarm/core/log.hpp"

#include "parallel/coordinator_state.hpp"

namespace toyfarm::parallel {
namespace {

/// Between looks at the run as a whole, seconds.
constexpr double look_interval = 0.1;
/// For rows under way once a toy has thrown.
constexpr double grace_after_failure = 1;
/// Messages handled before anything else is looked at again.
constexpr int messages_at_a_time = 256;

}  // namespace

void Coordinator::State::give(Schedule::Order const& order) {
  if (order.rank == 0) {
    team.add(order.toys);
  } else if (!mailbox.send(order.rank, plain_message({Kind::block, order.toys}))) {
    lose(order.rank);
  }
}

void Coordinator::State::hand_out() {
  if (!stopping && !orders.is_full()) {
    for (auto const& order : schedule.orders(clock.now())) {
      give(order);
    }
  }
}

void Coordinator::State::take_rows(int rank, std::span<std::uint64_t const> rows) {
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

void Coordinator::State::take_block(int rank,
                                    Head const& head,
                                    std::span<std::uint64_t const> words) {
  if (!is_serving) {
    take_rows(rank, words.subspan(head_words));
  }
  at(rank).seen.busy_seconds += head.seconds;
  if (head.kind == Kind::ended) {
    schedule.ended(rank, head.toys, head.seconds, clock.now());
    hand_out();
  }
}

void Coordinator::State::handle(Mailbox::Message const& message) {
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

bool Coordinator::State::receive() {
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

bool Coordinator::State::take_own() {
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

void Coordinator::State::fail(core::Error const& failure, int rank) {
  if (!error) {
    error = core::Error(failure.code(), name(rank) + ": " + failure.what());
  }
}

std::string Coordinator::State::name(int rank) const {
  auto const i = static_cast<std::size_t>(rank);
  return "rank " + std::to_string(rank) +
         (i < orders.hosts.size() ? " on host " + orders.hosts[i] : "");
}

void Coordinator::State::hear(int rank) {
  auto const now = clock.now();
  at(rank).seen.last_heard = now;
  roster.heard(rank, now);
  if (at(rank).seen.is_lost) {
    core::log_warn(name(rank) + " answers again");
    at(rank).seen.is_lost = false;
    schedule.back(rank);
  }
}

void Coordinator::State::lose(int rank) {
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

void Coordinator::State::call_roll() {
  auto const now = clock.now();
  roster.heard(0, now);
  roster.tick(now);
  for (int const rank : roster.newly_silent(now)) {
    lose(rank);
  }
}

bool Coordinator::State::turn() {
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

void Coordinator::State::count_messages(double now) {
  if (now - second_began >= 1) {
    auto const n = static_cast<double>(mailbox.n_messages() - n_messages_before);
    most_messages = std::max(most_messages, n / (now - second_began));
    n_messages_before = mailbox.n_messages();
    second_began = now;
  }
}

std::optional<double> Coordinator::State::grace_asked() const {
  return asked ? asked : task.stop_asked();
}

bool Coordinator::State::has_lost_ranks() const {
  return std::ranges::any_of(ranks, [](Rank const& rank) { return rank.seen.is_lost; });
}

FarmView Coordinator::State::view() const {
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
