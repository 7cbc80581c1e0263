#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/core/words.hpp"

// Which rank runs which toys next: pure, without MPI, threads or a clock. Times are seconds since
// any fixed moment and never decrease from call to call.
namespace toyfarm::parallel {

enum class ScheduleMode { fixed, dynamic };
constexpr core::WordTable<ScheduleMode, 2> words_of(ScheduleMode /*any*/) {
  return {{{ScheduleMode::fixed, "static"}, {ScheduleMode::dynamic, "dynamic"}}};
}

/// Toys of one rank by the plan, as far as they are still to be run, and its threads.
struct ScheduleShare {
  std::vector<core::ToyRange> toys{};
  int threads = 1;
};

struct ScheduleLimits {
  ScheduleMode mode = ScheduleMode::dynamic;
  std::uint64_t most = 4096;          ///< toys of a block at most: rows that fit one message
  double block_seconds = 0.2;         ///< wanted; longer where many ranks would send too much
  double messages_per_second = 1300;  ///< at rank 0 for blocks, in and out together
};

/// Rows that fit a message: half a MiB of them up to 1000 threads of all ranks together, up to 4
/// MiB for more, so that short toys on many ranks cause no more messages than rank 0 can take; at
/// least one.
[[nodiscard]] std::uint64_t most_toys_per_block(int n_threads, std::uint64_t row_bytes) noexcept;

/// Hands out toys in blocks. A rank holds two at most: one that it runs and one in hand, which it
/// begins when the first has ended.
class Schedule {
 public:
  /// `shares` by rank, disjoint, at least one rank. Rank 0 is the one that asks: its blocks cause
  /// no messages.
  Schedule(std::vector<ScheduleShare> shares, ScheduleLimits limits);
  Schedule(Schedule&&) noexcept;
  Schedule& operator=(Schedule&&) noexcept;
  ~Schedule();

  /// Next block for `rank`, under way there from now on; nothing while there is none for it, it
  /// holds two, is lost, or another message would be one too many. Ask again later then.
  [[nodiscard]] std::optional<core::ToyRange> next(int rank, double now);

  struct Order {
    int rank = 0;
    core::ToyRange toys{};
  };
  /// next() for all ranks that hold fewer than two blocks, those that hold none and have waited
  /// longest first: what is to be sent now. To be called often; cheap when there is nothing.
  [[nodiscard]] std::vector<Order> orders(double now);

  /// Rows of `toys`, any range, came from `rank`, also one thought lost: the parts that had not
  /// come before, whose rows count.
  [[nodiscard]] std::vector<core::ToyRange> came(int rank, core::ToyRange toys, double now);
  /// `rank` has ended `block`. `seconds`: what its toys took, added up, divided by its threads.
  void ended(int rank, core::ToyRange block, double seconds, double now);

  /// `rank` is thought dead: what it has not brought is given to others.
  void lost(int rank);
  /// A rank thought dead spoke again. It runs on what it held, and gets more.
  void back(int rank);

  [[nodiscard]] bool is_complete() const noexcept;
  [[nodiscard]] std::uint64_t n_come() const noexcept;
  /// Toys that came again, or were none of this job's.
  [[nodiscard]] std::uint64_t n_twice() const noexcept;
  /// Of all ranks not lost; those not measured yet count like the others, by thread. 0 before the
  /// first block has ended.
  [[nodiscard]] double toys_per_second() const;
  /// Expected until all toys have come; infinite before the first block has ended.
  [[nodiscard]] double seconds_left() const;

  struct RankStatus {
    std::uint64_t n_done = 0;    ///< toys that it was first to bring
    double toys_per_second = 0;  ///< measured; 0 before
    bool is_lost = false;
    std::uint64_t n_in_hand = 0;  ///< toys under way there
  };
  [[nodiscard]] RankStatus status(int rank) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace toyfarm::parallel
