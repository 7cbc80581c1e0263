// How a farm ends: nobody begins another toy, what is finished comes, and everybody leaves.
#include <algorithm>
#include <future>
#include <thread>

#include "toyfarm/core/log.hpp"

#include "parallel/coordinator_state.hpp"

namespace toyfarm::parallel {
namespace {

/// For the last messages to leave.
constexpr double time_to_tell = 5;

}  // namespace

void Coordinator::State::tell_all(Head const& head) {
  for (int rank = 1; rank < static_cast<int>(ranks.size()); ++rank) {
    mailbox.send(rank, plain_message(head));
  }
}

bool Coordinator::State::is_drained() const {
  return team.has_stopped() && std::all_of(ranks.begin() + 1, ranks.end(), [](Rank const& rank) {
           return rank.is_drained || rank.seen.is_lost;
         });
}

void Coordinator::State::begin_stop() {
  if (!stopping) {
    stopping = true;
    tell_all({Kind::stop});
    team.cancel();
  }
}

void Coordinator::State::stop(double grace) {
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

void Coordinator::State::await_answers() {
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

int Coordinator::while_serving(std::function<int()> const& work) {
  auto& s = *state_;
  s.is_serving = true;
  auto result = std::async(std::launch::async, work);
  while (result.wait_for(nap) != std::future_status::ready) {
    s.turn();
  }
  return result.get();
}

void Coordinator::settle() {
  auto& s = *state_;
  s.is_serving = true;
  s.begin_stop();
  while (!s.is_drained()) {
    if (!s.turn()) {
      std::this_thread::sleep_for(nap);
    }
  }
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

}  // namespace toyfarm::parallel
