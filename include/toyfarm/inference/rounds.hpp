#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "toyfarm/inference/belt.hpp"
#include "toyfarm/inference/limit.hpp"

// Which toys decide most: the next round of toys as a pure function of the finished ones, so that
// rounds are the same on any ranks, after any kill.
namespace toyfarm::inference {

/// Toys at one value of the POI.
struct PointToys {
  double poi = 0;
  std::uint64_t n = 0;
};

struct RoundPolicy {
  double accuracy = 0.02;            ///< error wanted: of a limit relative to it, of an interval's
                                     ///< end relative to the interval's width
  std::uint64_t n_first = 500;       ///< toys a new point starts with
  std::uint64_t max_toys = 200'000;  ///< of all points and rounds together
  std::uint64_t granularity = 100;   ///< numbers of toys are multiples of it
  double max_growth = 4;             ///< of what a point has, in one round
  double background_cost = 1;        ///< time of a background-only toy over that of another toy: it
                                     ///< is fitted under every grid point's hypothesis
  Range bounds{0, 0};                ///< values the POI can take
};

enum class RoundState {
  done,       ///< as accurate as wanted
  more,       ///< these toys next
  exhausted,  ///< `max_toys` are reached before
  at_bound    ///< what is sought lies beyond the POI's bounds
};

struct Round {
  RoundState state = RoundState::done;
  std::vector<PointToys>
      points;  ///< more toys at values there are, first toys at new ones; in order
  std::uint64_t background = 0;  ///< more background-only toys
};

/// Toys so far.
struct ToysSoFar {
  std::span<PointToys const> points;  ///< in order of the POI
  std::uint64_t background = 0;       ///< 0 for intervals
};

/// For limits: widens a grid that does not reach, adds values near a crossing where there are none
/// within a tenth of it, then shares toys between signal and background such that the time to the
/// accuracy is least (Neyman 1934, doi:10.2307/2342192). `wanted` are those that must be accurate.
[[nodiscard]] Round next_round(std::span<Limit const> wanted,
                               double cl,
                               ToysSoFar const& so_far,
                               RoundPolicy const& policy);

/// For intervals: goes on beyond open ends, halves the steps around ends that are wider than the
/// accuracy, adds toys beside them and at noise.
[[nodiscard]] Round next_round(Interval const& interval,
                               ToysSoFar const& so_far,
                               RoundPolicy const& policy);

}  // namespace toyfarm::inference
