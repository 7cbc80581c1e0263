#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/ids.hpp"
#include "toyfarm/parallel/job.hpp"
#include "toyfarm/parallel/schedule.hpp"

namespace toyfarm::parallel {

/// How a rank runs toys.
struct FarmTask {
  int threads = 1;
  std::size_t row_words = 1;  ///< words of an encoded row; the first is the toy
  /// Fills `row` with the encoded row of `toy`; called by thread `thread` in [0, threads).
  std::function<void(core::ToyId toy, int thread, std::span<std::uint64_t> row)> run;
  /// Seconds within which to stop and send what is finished, once someone asked this rank to stop.
  std::function<std::optional<double>()> stop_asked = [] { return std::optional<double>(); };
  /// Called at every turn of the main thread, for whoever watches that it still turns.
  std::function<void()> turned = [] {};
  double patience = 30;       ///< seconds of silence after which a rank is given up
  std::string rank_0_host{};  ///< for messages
};

/// Seconds of silence after which a rank of so many is given up: some heartbeats.
[[nodiscard]] double default_patience(int n_ranks) noexcept;

/// How long messages had to wait at rank 0 at most, in bins that end at `ends` milliseconds.
struct Latencies {
  static constexpr std::array<double, 10> ends{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
  std::array<std::uint64_t, ends.size() + 1> counts{};
  void add(double seconds) noexcept;
  /// Share of messages answered within `milliseconds`, one of `ends`; 1 if there were none.
  [[nodiscard]] double share_within(double milliseconds) const noexcept;
};

/// How a run stands, or stood at its end.
struct FarmView {
  std::uint64_t n_done = 0;   ///< toys whose rows have come
  std::uint64_t n_twice = 0;  ///< rows dropped because another rank's had come before
  double toys_per_second = 0;
  double seconds_left = 0;
  double seconds = 0;  ///< since the farm began
  struct Rank {
    std::uint64_t n_done = 0;  ///< toys of which this rank's rows were the first
    double busy_seconds = 0;
    double last_heard = 0;  ///< seconds after the farm began
    bool is_lost = false;
  };
  std::vector<Rank> ranks;
  Latencies latencies;
  std::uint64_t n_messages = 0;         ///< in and out, at rank 0
  double most_messages_per_second = 0;  ///< in any second
};

/// What rank 0 adds to its own task.
struct FarmOrders {
  std::vector<ScheduleShare> shares;  ///< [rank] what of its range is to be run
  std::vector<std::string> hosts;     ///< [rank] for messages
  ScheduleLimits limits;
  /// Takes whole rows, each toy once, in any order.
  std::function<void(std::span<std::uint64_t const> rows)> take;
  /// True while no more toys should be handed out, for rows cannot be kept as fast as they come.
  std::function<bool()> is_full = [] { return false; };
  /// Called once, when the farm begins to stop early.
  std::function<void()> on_stop = [] {};
  /// Called some ten times a second.
  std::function<void(FarmView const&)> look = [](FarmView const&) {};
};

/// Rank 0 of a farm: hands out toys, takes rows, runs toys itself, notices who is gone. Messages
/// are all there is between ranks: no collective waits for a rank that died. Main thread only.
class Coordinator {
 public:
  enum class Outcome { complete, stopped, failed };

  Coordinator(Job const& job, FarmTask task, FarmOrders orders);
  ~Coordinator();
  /// Returns when every row has come, or someone asked to stop, or a toy threw on any rank. Throws
  /// what `take` throws.
  Outcome run();
  /// Runs `work` on another thread and answers messages meanwhile; returns or throws what it does.
  int while_serving(std::function<int()> const& work);
  /// Returns when no toy is under way and every row that was sent has come, on all ranks that are
  /// not lost: what comes after `end` is then of another farm.
  void settle();
  /// Tells every rank to leave with `code`. Returns once they know, or cannot be reached.
  void end(int code);
  [[nodiscard]] FarmView view() const;
  /// What failed and on which rank, after Outcome::failed.
  [[nodiscard]] core::Error failure() const;
  /// Ranks were lost, so that MPI_Finalize would hang.
  [[nodiscard]] bool has_lost_ranks() const;
  /// A toy is still being run on this rank.
  [[nodiscard]] bool is_busy() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Any other rank.
class Member {
 public:
  Member(Job const& job, FarmTask task);
  ~Member();
  struct Leave {
    int code = 0;
    bool has_lost_ranks = false;  ///< MPI_Finalize would hang
    bool is_busy = false;         ///< a toy is still being run on this rank
  };
  /// Runs what rank 0 hands out until it says to leave, or falls silent (exit code 75).
  Leave run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace toyfarm::parallel
