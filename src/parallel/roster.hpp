#pragma once
#include <vector>

namespace toyfarm::parallel {

/// Seconds after which a rank that had nothing else to send says that it lives: 2, or as many as
/// keep these and their answers below 500 messages per second, 40 at most.
[[nodiscard]] double heartbeat_seconds(int n_ranks) noexcept;

/// Who has been heard of lately. Times are seconds that never decrease from call to call. Time that
/// rank 0 slept, that is, gaps between calls beyond a second, does not count: a suspended job
/// wakes with nobody thought dead.
class Roster {
 public:
  /// All are heard of at the first call. `patience_seconds` > 0. Rank 0 is never silent.
  Roster(int n_ranks, double patience_seconds);
  /// Says that rank 0 is awake, as every other call does; to be called at least once a second.
  void tick(double now) noexcept;
  /// Returns whether `rank` was silent and is back.
  bool heard(int rank, double now) noexcept;
  /// Those not heard of for longer than the patience, each told once until it is heard again.
  [[nodiscard]] std::vector<int> newly_silent(double now);
  [[nodiscard]] bool is_silent(int rank) const noexcept;

 private:
  struct Entry {
    double heard_at = 0;  ///< in seconds awake
    bool is_silent = false;
  };
  double patience_;
  std::vector<Entry> ranks_;
  bool is_started_ = false;
  double last_call_ = 0;
  double awake_ = 0;        ///< seconds since the first call without those slept
  double none_before_ = 0;  ///< in seconds awake, nobody falls silent
};

}  // namespace toyfarm::parallel
