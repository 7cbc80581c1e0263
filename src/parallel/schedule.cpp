#include "toyfarm/parallel/schedule.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/error.hpp"

#include "parallel/schedule_state.hpp"

namespace toyfarm::parallel {
namespace {

constexpr std::uint64_t smallest_message = std::uint64_t{1} << 19U;
constexpr int n_threads_of_smallest = 1000;
constexpr std::uint64_t largest_factor = 8;
/// Of the time from order to rows, what messages and naps may take, in seconds.
constexpr double not_the_toys = 0.003;

}  // namespace

std::uint64_t most_toys_per_block(int n_threads, std::uint64_t row_bytes) noexcept {
  TOYFARM_EXPECTS(n_threads >= 1 && row_bytes >= 1);
  auto const steps = static_cast<std::uint64_t>((n_threads - 1) / n_threads_of_smallest + 1);
  return std::max<std::uint64_t>(1, smallest_message * std::min(steps, largest_factor) / row_bytes);
}

Schedule::State::State(std::vector<ScheduleShare> shares, ScheduleLimits given)
    : limits(given),
      ranks(shares.size()),
      budget(given.messages_per_second),
      arrivals(given.messages_per_second) {
  TOYFARM_EXPECTS(!shares.empty() && limits.most >= 1 && limits.block_seconds > 0);
  n_alive = ranks.size();
  // As many as may send tiny blocks all at once: the first to be measured.
  auto const n_scouts = std::clamp<std::size_t>(
      static_cast<std::size_t>(limits.messages_per_second * limits.block_seconds / 2),
      1,
      ranks.size());
  for (RankNumber i = 0; i < ranks.size(); ++i) {
    auto& rank = ranks[i];
    rank.threads = std::max(1, shares[i].threads);
    rank.is_scout = i == 0 || (i * n_scouts) / ranks.size() != ((i + 1) * n_scouts) / ranks.size();
    for (auto const& toys : shares[i].toys) {
      TOYFARM_EXPECTS(missing.common(toys).empty());
      rank.own.insert(toys);
      missing.insert(toys);
    }
    n_own += rank.own.size();
    want(i);
  }
  n_toys = missing.size();
}

void Schedule::State::release(Block const& block) {
  if (block.is_copy) {
    copied.erase(block.toys);
  }
  arrivals.remove(block.arrives);
  for (auto const& part : block.answers_for) {
    for (auto const& toys : missing.common(part)) {
      returned.insert(toys);
    }
  }
}

void Schedule::State::give(RankNumber number, core::ToyRange toys, bool is_copy, double now) {
  auto& rank = ranks[number];
  if (rank.blocks.empty()) {
    rank.begun_at = now;
  }
  Block block{.toys = toys, .is_copy = is_copy};
  if (is_copy) {
    copied.insert(toys);
  } else {
    block.answers_for.push_back(toys);
  }
  if (number != 0 && rate(rank) > 0) {
    auto const begin = end_of(rank, rank.blocks.size(), now);
    block.arrives = arrivals.add(begin + static_cast<double>(toys.count) / rate(rank));
  }
  rank.blocks.push_back(std::move(block));
  rank.last_size = toys.count;
  outlook.n_given_left -= std::min<std::uint64_t>(1, outlook.n_given_left);
  if (number != 0) {
    budget.spend(now);
  }
}

std::optional<core::ToyRange> Schedule::State::next(RankNumber number, double now) {
  auto& rank = ranks[number];
  start = start.value_or(now);
  if (rank.is_lost || rank.blocks.size() >= n_blocks_held || missing.empty() ||
      (number != 0 && !budget.allows(now))) {
    return std::nullopt;
  }
  look_out(now);
  if (must_wait(rank, now)) {
    return std::nullopt;
  }
  if (n_unassigned() == 0) {
    auto const toys = rank.blocks.empty() ? copy(rank, now) : std::nullopt;
    if (toys) {
      give(number, *toys, true, now);
    }
    return toys;
  }
  auto size = size_for(number, now);
  if (size == 0) {
    return std::nullopt;
  }
  if (returned.empty() && rank.own.empty()) {
    steal(rank, size, now);
  }
  if (returned.empty() && rank.own.empty()) {
    return std::nullopt;
  }
  bool const is_returned = !returned.empty();
  if (!is_returned && rank.own.size() <= size + size / 4) {
    size = std::min(limits.most, rank.own.size());  // leaves no crumbs, each worth a message
  }
  auto const toys = (is_returned ? returned : rank.own).take_first(size);
  n_own -= is_returned ? 0 : toys.count;
  give(number, toys, false, now);
  return toys;
}

Schedule::Schedule(std::vector<ScheduleShare> shares, ScheduleLimits limits)
    : state_(std::make_unique<State>(std::move(shares), limits)) {}
Schedule::Schedule(Schedule&&) noexcept = default;
Schedule& Schedule::operator=(Schedule&&) noexcept = default;
Schedule::~Schedule() = default;

std::optional<core::ToyRange> Schedule::next(int rank, double now) {
  return state_->next(static_cast<std::size_t>(rank), now);
}

std::vector<Schedule::Order> Schedule::orders(double now) {
  return state_->orders(now);
}

std::vector<core::ToyRange> Schedule::came(int rank, core::ToyRange toys, double /*now*/) {
  auto& s = *state_;
  auto parts = s.missing.common(toys);
  std::uint64_t n_new = 0;
  for (auto const& part : parts) {
    s.missing.erase(part);
    s.returned.erase(part);
    n_new += part.count;
  }
  s.n_twice += toys.count - n_new;
  s.ranks[static_cast<std::size_t>(rank)].n_done += n_new;
  return parts;
}

void Schedule::ended(int number, core::ToyRange toys, double seconds, double now) {
  auto& s = *state_;
  auto& rank = s.ranks[static_cast<std::size_t>(number)];
  if (number != 0) {
    s.budget.spend(now);
  }
  auto const block = std::ranges::find(rank.blocks, toys, &State::Block::toys);
  if (block == rank.blocks.end()) {
    return;
  }
  auto const ended = std::move(*block);
  bool const is_first = block == rank.blocks.begin();
  rank.blocks.erase(block);
  if (is_first) {
    // Where threads outnumber cores, short toys do not see how long their threads wait for one.
    seconds = std::max(seconds, now - rank.begun_at - not_the_toys);
  }
  rank.begun_at = now;
  if (rank.blocks.empty()) {
    rank.idle_at = now;
  }
  s.release(ended);
  rank.speed.measured(toys.count, seconds);
  if (s.n_ended == 0) {
    s.forget();
  }
  s.n_ended += toys.count;
  s.thread_seconds += static_cast<double>(toys.count) * rank.threads / rank.speed.toys_per_second();
  s.want(static_cast<std::size_t>(number));
}

void Schedule::lost(int number) {
  auto& s = *state_;
  auto& rank = s.ranks[static_cast<std::size_t>(number)];
  if (rank.is_lost) {
    return;
  }
  for (auto& block : rank.blocks) {
    s.release(block);
    block.answers_for.clear();
    block.is_copy = false;
    block.arrives = Arrivals::none;
  }
  rank.is_lost = true;
  while (!rank.own.empty()) {
    auto const toys = rank.own.take_first(rank.own.size());
    s.returned.insert(toys);
    s.n_own -= toys.count;
  }
  --s.n_alive;
  s.forget();
}

void Schedule::back(int number) {
  auto& s = *state_;
  auto& rank = s.ranks[static_cast<std::size_t>(number)];
  if (!rank.is_lost) {
    return;
  }
  rank.is_lost = false;
  ++s.n_alive;
  // What nobody else has begun is its own again.
  for (auto& block : rank.blocks) {
    block.answers_for = s.returned.common(block.toys);
    for (auto const& part : block.answers_for) {
      s.returned.erase(part);
    }
  }
  s.forget();
  s.want(static_cast<std::size_t>(number));
}

bool Schedule::is_complete() const noexcept {
  return state_->missing.empty();
}
std::uint64_t Schedule::n_come() const noexcept {
  return state_->n_toys - state_->missing.size();
}
std::uint64_t Schedule::n_twice() const noexcept {
  return state_->n_twice;
}

double Schedule::toys_per_second() const {
  double sum = 0;
  for (auto const& rank : state_->ranks) {
    sum += rank.is_lost ? 0 : state_->rate(rank);
  }
  return sum;
}

double Schedule::seconds_left() const {
  if (is_complete()) {
    return 0;
  }
  auto const rate = toys_per_second();
  return rate > 0 ? static_cast<double>(state_->missing.size()) / rate
                  : std::numeric_limits<double>::infinity();
}

Schedule::RankStatus Schedule::status(int number) const {
  auto const& rank = state_->ranks[static_cast<std::size_t>(number)];
  std::uint64_t n_in_hand = 0;
  for (auto const& block : rank.blocks) {
    n_in_hand += block.toys.count;
  }
  return {rank.n_done, rank.speed.toys_per_second(), rank.is_lost, n_in_hand};
}

}  // namespace toyfarm::parallel
