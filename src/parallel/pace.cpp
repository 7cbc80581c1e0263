#include "parallel/pace.hpp"

#include <algorithm>
#include <cmath>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::parallel {
namespace {

/// Times of blocks are believed within this factor of what was expected.
constexpr double largest_change = 4;
/// History that a block of many toys leaves, and how many toys are remembered at least.
constexpr double kept = 0.5;
constexpr double n_remembered = 32;
/// A clock that did not tick between start and end of a block.
constexpr double shortest = 1e-9;
/// Messages that may go at once, as seconds of the rate.
constexpr double burst_seconds = 0.15;
/// Length of a slot of arrivals, and how many slots away from its own a block may be put.
constexpr double slot_seconds = 0.25;
constexpr Arrivals::Slot farthest = 100;

}  // namespace

void Speed::measured(std::uint64_t n, double seconds) noexcept {
  TOYFARM_EXPECTS(n > 0);
  auto const toys = static_cast<double>(n);
  seconds = std::max(seconds, shortest * toys);
  if (is_known()) {
    double const expected = toys * seconds_ / toys_;
    seconds = std::clamp(seconds, expected / largest_change, expected * largest_change);
  }
  double const keep = std::max(kept, 1 - toys / n_remembered);
  toys_ = keep * toys_ + toys;
  seconds_ = keep * seconds_ + seconds;
}

MessageBudget::MessageBudget(double per_second) noexcept
    : per_second_(per_second), left_(burst_seconds * per_second) {
  TOYFARM_EXPECTS(per_second > 0);
}

void MessageBudget::refill(double now) noexcept {
  if (now > at_) {
    left_ = std::min(left_ + (now - at_) * per_second_, burst_seconds * per_second_);
    at_ = now;
  }
}

bool MessageBudget::allows(double now) noexcept {
  refill(now);
  return left_ >= 1;
}

void MessageBudget::spend(double now) noexcept {
  refill(now);
  left_ -= 1;
}

Arrivals::Arrivals(double per_second) noexcept : most_(per_second * slot_seconds) {}

Arrivals::Slot Arrivals::add(double at) {
  auto const slot = static_cast<Slot>(std::floor(at / slot_seconds));
  expected_[slot] += 1;
  return slot;
}

void Arrivals::remove(Slot slot) {
  auto const found = expected_.find(slot);
  if (found != expected_.end() && --found->second < 1) {
    expected_.erase(found);
  }
}

bool Arrivals::is_full(Slot slot, double share) const {
  auto const found = expected_.find(slot);
  return found != expected_.end() && found->second >= share * most_;
}

std::optional<double> Arrivals::free_near(double at, Window window, double share) const {
  auto const own = static_cast<Slot>(std::floor(at / slot_seconds));
  if (!is_full(own, share)) {
    return at;
  }
  auto const middle = [](Slot slot) { return (static_cast<double>(slot) + 0.5) * slot_seconds; };
  for (Slot away = 1; away < farthest; ++away) {
    if (middle(own - away) > window.from && !is_full(own - away, share)) {
      return middle(own - away);
    }
    if (middle(own + away) <= window.to && !is_full(own + away, share)) {
      return middle(own + away);
    }
  }
  return std::nullopt;
}

}  // namespace toyfarm::parallel
