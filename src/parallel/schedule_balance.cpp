#include <algorithm>
#include <cmath>

#include "parallel/schedule_state.hpp"

// Whose toys a rank takes that has none left of its own.
namespace toyfarm::parallel {
namespace {

/// A copy must be done within this share of the time the first needs still.
constexpr double well_before = 0.6;
/// A candidate found is good for this long, per rank that was looked at.
constexpr double seconds_per_rank = 1e-5;

template <class Candidate>
bool is_fresh(Candidate const& candidate, std::size_t n_ranks, double now) {
  return candidate.at >= 0 && now <= candidate.at + seconds_per_rank * static_cast<double>(n_ranks);
}

}  // namespace

Schedule::State::Candidate Schedule::State::slowest_with_toys(double now) const {
  Candidate slowest{.at = now};
  for (RankNumber i = 0; i < ranks.size(); ++i) {
    auto const& rank = ranks[i];
    auto const speed = rate(rank);
    if (rank.own.empty() || speed <= 0) {
      continue;
    }
    auto const end =
        end_of(rank, rank.blocks.size(), now) + static_cast<double>(rank.own.size()) / speed;
    if (!slowest.is_valid || end > slowest.end) {
      slowest = {.rank = i, .end = end, .at = now, .is_valid = true};
    }
  }
  return slowest;
}

void Schedule::State::steal(Rank& thief, std::uint64_t size, double now) {
  if (limits.mode == ScheduleMode::fixed || rate(thief) <= 0) {
    return;
  }
  if (!is_fresh(rich, ranks.size(), now) || (rich.is_valid && ranks[rich.rank].own.empty())) {
    rich = slowest_with_toys(now);
  }
  if (!rich.is_valid) {
    return;
  }
  auto& victim = ranks[rich.rank];
  auto const begin = end_of(thief, thief.blocks.size(), now);
  auto const fast = rate(thief);
  auto const slow = rate(victim);
  auto const fair = std::max(static_cast<double>(size), fast * (outlook.end - begin));
  auto const toys = std::min(fair, std::round((rich.end - begin) * fast * slow / (fast + slow)));
  if (toys < 1) {
    return;
  }
  auto n = std::min(victim.own.size(), static_cast<std::uint64_t>(toys));
  if (victim.own.size() - n <= size / 2) {
    n = victim.own.size();  // as in next(): no crumbs
  }
  while (n > 0) {
    auto const taken = victim.own.take_last(n);
    thief.own.insert(taken);
    n -= taken.count;
  }
  rich.at = -1;
}

Schedule::State::Candidate Schedule::State::last_to_end(double now) const {
  Candidate last{.at = now};
  for (RankNumber i = 0; i < ranks.size(); ++i) {
    auto const& rank = ranks[i];
    for (auto k = rank.is_lost ? 0 : rank.blocks.size(); k > 0; --k) {
      auto const& block = rank.blocks[k - 1];
      if (block.is_copied || block.answers_for.empty()) {
        continue;
      }
      auto const end = end_of(rank, k, now);
      if (!last.is_valid || end > last.end) {
        last = {.rank = i, .block = block.toys.first, .end = end, .at = now, .is_valid = true};
      }
      break;
    }
  }
  return last;
}

std::optional<core::ToyRange> Schedule::State::copy(Rank const& thief, double now) {
  auto const speed = rate(thief);
  if (limits.mode == ScheduleMode::fixed || speed <= 0) {
    return std::nullopt;
  }
  while (true) {
    if (!is_fresh(late, ranks.size(), now)) {
      late = last_to_end(now);
    }
    auto const seconds = well_before * (late.end - now);
    if (!late.is_valid || seconds < thief.threads / speed || seconds * speed < 1) {
      return std::nullopt;
    }
    auto& blocks = ranks[late.rank].blocks;
    auto const block =
        std::ranges::find_if(blocks, [this](auto const& b) { return b.toys.first == late.block; });
    late.at = -1;
    if (block == blocks.end()) {
      continue;
    }
    ToyPool open;
    for (auto const& part : block->answers_for) {
      for (auto const& toys : missing.common(part)) {
        open.insert(toys);
      }
    }
    for (auto const& toys : copied.common(block->toys)) {
      open.erase(toys);
    }
    if (!open.empty()) {
      auto const n = std::min(limits.most, static_cast<std::uint64_t>(seconds * speed));
      return open.take_last(n);
    }
    block->is_copied = true;
  }
}

}  // namespace toyfarm::parallel
