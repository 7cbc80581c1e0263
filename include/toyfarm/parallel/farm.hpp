#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/parallel/job.hpp"

namespace toyfarm::parallel {

/// What a rank is to do, and what happens to rows.
struct FarmTask {
  core::ToyRange mine;        ///< toys of this rank
  std::uint64_t n_total = 0;  ///< toys of all ranks; rank 0 only
  std::size_t row_words = 1;  ///< words of an encoded row
  std::uint64_t least = 1;    ///< toys that a block should have: enough to keep all threads busy
  std::uint64_t most = 1;     ///< toys that a block may have, >= least
  /// Fills `rows` with the encoded rows of `toys`, in order.
  std::function<void(core::ToyRange toys, std::span<std::uint64_t> rows)> run;
  /// Takes whole rows, of any rank, in any order; called at rank 0 only.
  std::function<void(std::span<std::uint64_t const> rows)> take;
};

/// Runs toys on all ranks in blocks of bounded size and brings their rows to rank 0 meanwhile, so
/// that no rank holds more than a few blocks. Only the main thread may call it. What `run` or
/// `take` throws leaves by the rank it happened on, which must then end the job.
class Farm {
 public:
  Farm(Job const& job, FarmTask task);
  ~Farm();
  /// Runs this rank's toys.
  void run();
  /// Returns once rank 0 has taken n_total rows. @collective
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace toyfarm::parallel
