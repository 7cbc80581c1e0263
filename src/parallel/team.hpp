#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/ids.hpp"

namespace toyfarm::parallel {

/// What became of a block.
struct Yield {
  core::ToyRange block;
  bool has_ended = true;             ///< false: cancelled, and only some of its rows are here
  double seconds = 0;                ///< that its toys took, added up, by number of threads
  std::vector<std::uint64_t> words;  ///< room for a message's head, then rows
};

/// Runs toys on OpenMP threads of its own, block after block, while the thread that made it does
/// something else. Threads take toys from one queue, so none waits for the end of a block.
class Team {
 public:
  /// Fills `row` with the encoded row of `toy`; called by thread `thread` in [0, threads).
  using Run = std::function<void(core::ToyId toy, int thread, std::span<std::uint64_t> row)>;

  Team(int threads, std::size_t row_words, Run run);
  Team(Team const&) = delete;
  Team& operator=(Team const&) = delete;
  /// Cancels. Toys under way are waited for; leave the process where that may take too long.
  ~Team();

  void add(core::ToyRange block);
  /// Blocks that have not ended.
  [[nodiscard]] std::size_t n_in_hand() const;
  /// A block that has ended, or after `cancel` the rows of one that will not.
  [[nodiscard]] std::optional<Yield> take();
  /// Begins no other toy.
  void cancel();
  /// After `cancel`, or a failure: no toy is under way.
  [[nodiscard]] bool has_stopped() const;
  /// What a toy threw; the team has then cancelled itself.
  [[nodiscard]] std::optional<core::Error> failure() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::thread thread_;
};

}  // namespace toyfarm::parallel
