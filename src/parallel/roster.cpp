#include "parallel/roster.hpp"

#include <algorithm>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/parallel/farm.hpp"

namespace toyfarm::parallel {
namespace {

constexpr double shortest_heartbeat = 2;
constexpr double longest_heartbeat = 40;
constexpr double messages_per_second = 500;
constexpr double shortest_patience = 30;
constexpr double heartbeats_of_patience = 3;
/// A call later than this after the one before was made by a process that slept.
constexpr double longest_gap = 1;

}  // namespace

double heartbeat_seconds(int n_ranks) noexcept {
  TOYFARM_EXPECTS(n_ranks >= 1);
  return std::clamp(2 * n_ranks / messages_per_second, shortest_heartbeat, longest_heartbeat);
}

double default_patience(int n_ranks) noexcept {
  return std::max(shortest_patience, heartbeats_of_patience * heartbeat_seconds(n_ranks));
}

Roster::Roster(int n_ranks, double patience_seconds)
    : patience_(patience_seconds),
      ranks_(static_cast<std::size_t>(n_ranks)),
      none_before_(patience_seconds) {
  TOYFARM_EXPECTS(n_ranks >= 1 && patience_seconds > 0);
}

void Roster::tick(double now) noexcept {
  if (is_started_) {
    awake_ += std::clamp(now - last_call_, 0.0, longest_gap);
  }
  is_started_ = true;
  last_call_ = now;
}

bool Roster::heard(int rank, double now) noexcept {
  tick(now);
  auto& entry = ranks_[static_cast<std::size_t>(rank)];
  bool const was_silent = entry.is_silent;
  entry = {.heard_at = awake_, .is_silent = false};
  none_before_ = std::min(none_before_, awake_ + patience_);
  return was_silent;
}

std::vector<int> Roster::newly_silent(double now) {
  tick(now);
  std::vector<int> silent;
  if (awake_ <= none_before_) {
    return silent;
  }
  none_before_ = awake_ + patience_;
  for (std::size_t rank = 1; rank < ranks_.size(); ++rank) {
    auto& entry = ranks_[rank];
    if (entry.is_silent) {
      continue;
    }
    if (awake_ - entry.heard_at > patience_) {
      entry.is_silent = true;
      silent.push_back(static_cast<int>(rank));
    } else {
      none_before_ = std::min(none_before_, entry.heard_at + patience_);
    }
  }
  return silent;
}

bool Roster::is_silent(int rank) const noexcept {
  return ranks_[static_cast<std::size_t>(rank)].is_silent;
}

}  // namespace toyfarm::parallel
