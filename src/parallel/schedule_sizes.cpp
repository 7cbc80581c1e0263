#include <algorithm>
#include <cmath>
#include <limits>

#include "parallel/schedule_state.hpp"

// How many toys a block has. With n ranks and m messages per second, blocks of 2 n / m seconds use
// up what rank 0 can take, so shorter ones are given only where all ranks together stay below.
namespace toyfarm::parallel {
namespace {

/// Blocks leave this much of the messages unused, or those that wait for one would pile up.
constexpr double headroom = 1.1;
/// Growth of blocks: of one rank from block to block, and against all toys that have been measured
/// as long as these are few.
constexpr double growth = 4;
constexpr std::uint64_t few = 64;
/// Ranks that are no scouts wait this share of a block for the scouts' measurements.
constexpr double patience = 0.125;
/// Toys of a block for each of several threads, where toys are slow: with one, threads that are
/// done with theirs would have run all toys in hand too before the slowest has ended its first, at
/// whose end more come.
constexpr double toys_by_thread = 1.5;
/// Reserve of toys by thread from which on a second block is given before anything is measured.
constexpr std::uint64_t plenty = 4;
/// How many times slower than guessed a rank not measured may be.
constexpr double slowest = 4;
/// Of the messages per second, how many may be rows.
constexpr double most_arrivals = 0.55;
constexpr double most_at_end = 0.8;
constexpr int n_iterations = 30;

}  // namespace

double Schedule::State::least_seconds() const noexcept {
  return headroom * 2 * static_cast<double>(n_alive) / limits.messages_per_second;
}

double Schedule::State::wanted_seconds() const noexcept {
  return std::max(limits.block_seconds, least_seconds());
}

double Schedule::State::rate(Rank const& rank) const noexcept {
  if (rank.speed.is_known()) {
    return rank.speed.toys_per_second();
  }
  return thread_seconds > 0 ? static_cast<double>(n_ended) / thread_seconds * rank.threads : 0;
}

double Schedule::State::end_of(Rank const& rank, std::size_t n_blocks, double now) const noexcept {
  if (n_blocks == 0 || rank.blocks.empty()) {
    return now;
  }
  double toys = 0;
  for (std::size_t i = 0; i < n_blocks; ++i) {
    toys += static_cast<double>(rank.blocks[i].toys.count);
  }
  auto const speed = rate(rank);
  double const end = rank.begun_at + (speed > 0 ? toys / speed : 0);
  // The longer it is overdue the longer it may take still.
  return end > now ? end : now + (now - end) / 2;
}

void Schedule::State::look_out(double now) {
  // Ten thousand ranks are looked at ten times a second, ten ranks nearly each time.
  auto const n = static_cast<double>(ranks.size());
  if (outlook.n_given_left > 0 && now < outlook.at + 1e-5 * n) {
    return;
  }
  outlook = {.at = now, .n_given_left = ranks.size() / 16 + 1};
  double threads = 0;
  std::vector<std::pair<double, double>> busy;  // rate, end
  busy.reserve(ranks.size());
  for (auto const& rank : ranks) {
    if (!rank.is_lost) {
      auto const speed = rate(rank);
      outlook.toys_per_second += speed;
      threads += rank.threads;
      busy.emplace_back(speed, end_of(rank, rank.blocks.size(), now));
    }
  }
  if (outlook.toys_per_second <= 0) {
    return;
  }
  outlook.mean_toy_seconds = threads / outlook.toys_per_second;
  // The end T at which sum of rate * (T - end of rank), over ranks that end before T, is what is
  // left: comes down to it from above.
  auto const left = static_cast<double>(n_unassigned());
  for (int i = 0; i < n_iterations; ++i) {
    double rates = 0;
    double weighted = 0;
    for (auto const& [speed, end] : busy) {
      if (i == 0 || end < outlook.end) {
        rates += speed;
        weighted += speed * (end - now);
      }
    }
    if (rates <= 0) {
      return;
    }
    double const better = now + (left + weighted) / rates;
    if (i > 0 && better >= outlook.end) {
      return;
    }
    outlook.end = better;
  }
}

bool Schedule::State::must_wait(Rank const& rank, double now) const noexcept {
  if (rank.speed.is_known()) {
    return false;
  }
  auto const speed = rate(rank);
  if (speed <= 0 && !rank.blocks.empty() &&
      rank.own.size() < plenty * static_cast<std::uint64_t>(rank.threads)) {
    return true;
  }
  if (rank.is_scout || now >= *start + patience * wanted_seconds()) {
    return false;
  }
  return speed <= 0 || unproven() < speed * wanted_seconds();
}

double Schedule::State::fair_share(RankNumber number, double size, double now) const noexcept {
  auto const& rank = ranks[number];
  bool const is_idle = rank.blocks.empty();
  auto const threads = static_cast<double>(rank.threads);
  auto const doubt = rank.speed.is_known() ? 1 : slowest;
  auto const speed = rate(rank) / doubt;
  auto end = end_of(rank, rank.blocks.size(), now);
  if (!is_idle && !rank.speed.is_known()) {
    end = std::max(now, rank.begun_at + doubt * (end - rank.begun_at));
  }
  auto spare = outlook.end - end;
  if (is_idle) {
    spare = std::max(spare, static_cast<double>(n_unassigned()) / outlook.toys_per_second);
  }
  auto const reserve = least_seconds();
  if (spare > 0 && spare < reserve) {
    // Less is left than messages for each rank's share of it: longer blocks for fewer of them. With
    // blocks of x seconds, what is left takes spare * reserve / x to hand out.
    spare = std::sqrt(spare * reserve);
  }
  // Whole toys that are done half a toy of mean speed after the common end. The threads of a rank
  // at work come free one after the other.
  auto const waves = (spare + outlook.mean_toy_seconds / 2) / (threads / speed);
  auto const share =
      is_idle ? threads * std::floor(waves) : std::floor(threads * waves - (threads - 1) / 2);
  if (share < 1) {
    // Better on a faster rank, unless none takes them.
    auto const toy_seconds = threads / rate(rank);
    bool const is_last_resort = now - std::max(rank.idle_at, *start) > toy_seconds / 2;
    bool const is_fast = toy_seconds <= outlook.mean_toy_seconds;
    return is_idle && (is_fast || is_last_resort) ? std::min(size, threads) : 0;
  }
  auto const least = std::max(threads, rate(rank) * least_seconds());
  return std::min(size, share / 2 < least ? share : std::floor(share / 2));
}

double Schedule::State::unproven() const noexcept {
  return n_ended < few ? growth * static_cast<double>(n_ended)
                       : std::numeric_limits<double>::infinity();
}

std::uint64_t Schedule::State::size_for(RankNumber number, double now) {
  auto const& rank = ranks[number];
  auto const threads = static_cast<double>(rank.threads);
  auto const speed = rate(rank);
  double size = threads;
  if (speed > 0) {
    auto const grown = std::max(unproven(), growth * static_cast<double>(rank.last_size));
    auto const least = rank.threads > 1 ? std::ceil(toys_by_thread * threads) : threads;
    size = std::max(least, std::min(speed * wanted_seconds(), grown));
    if (limits.mode == ScheduleMode::dynamic || (rank.own.empty() && !returned.empty())) {
      size = fair_share(number, size, now);
    }
  }
  if (speed > 0 && size >= 2 * threads && number != 0) {
    // Not all rows at the same time; where each thread has one toy, they differ anyway.
    auto const begin = end_of(rank, rank.blocks.size(), now);
    auto const end = begin + size / speed;
    // The last block of a rank needs no answer.
    auto const room = outlook.end - end < least_seconds() / 2 ? most_at_end : most_arrivals;
    auto const latest = rank.speed.is_known() ? outlook.end + least_seconds() / 1.5 : end;
    auto const free = arrivals.free_near(end, {begin, latest}, room);
    if (!free) {
      return 0;
    }
    if (*free != end) {
      size = std::max(1.0, speed * (*free - begin));
    }
  }
  return std::min(limits.most, static_cast<std::uint64_t>(std::ceil(size)));
}

}  // namespace toyfarm::parallel
