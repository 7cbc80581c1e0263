#include <utility>

#include "parallel/schedule_state.hpp"

// Which rank is served next.
namespace toyfarm::parallel {
namespace {

/// Ranks that were given nothing are asked again after this share of a block.
constexpr double rest = 0.05;

}  // namespace

void Schedule::State::want(RankNumber number) {
  auto& rank = ranks[number];
  if (rank.is_lost || rank.blocks.size() >= n_blocks_held) {
    return;
  }
  auto const queue = rank.blocks.empty() ? Queue::dry : Queue::hungry;
  if (rank.queue != queue) {
    rank.queue = queue;
    (queue == Queue::dry ? dry : hungry).push_back(number);
  }
}

void Schedule::State::forget() noexcept {
  outlook.n_given_left = 0;
  rich.at = late.at = -1;
  rested_at = -1;
}

void Schedule::State::serve(Queue queue, double now, std::vector<Order>& given) {
  auto& waiting = queue == Queue::dry ? dry : hungry;
  for (auto n = waiting.size(); n > 0; --n) {
    auto const number = waiting.front();
    auto& rank = ranks[number];
    if (number != 0 && !budget.allows(now)) {
      return;
    }
    waiting.pop_front();
    if (rank.queue != queue) {
      continue;
    }
    rank.queue = Queue::none;
    if (auto const toys = next(number, now)) {
      given.push_back({static_cast<int>(number), *toys});
      want(number);
    } else if (!rank.is_lost && rank.blocks.size() < n_blocks_held) {
      rank.queue = Queue::resting;
      resting.push_back(number);
    }
  }
}

std::vector<Schedule::Order> Schedule::State::orders(double now) {
  if (rested_at < 0 || now >= rested_at + rest * wanted_seconds()) {
    rested_at = now;
    for (auto const number : std::exchange(resting, {})) {
      if (ranks[number].queue == Queue::resting) {
        ranks[number].queue = Queue::none;
        want(number);
      }
    }
  }
  std::vector<Order> given;
  serve(Queue::dry, now, given);
  serve(Queue::hungry, now, given);
  return given;
}

}  // namespace toyfarm::parallel
