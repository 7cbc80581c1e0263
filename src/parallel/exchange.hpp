#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "toyfarm/parallel/job.hpp"

namespace toyfarm::parallel {

/// Carries blocks of words from every rank to rank 0 while all go on computing, in a fixed number
/// of buffers. Only the main thread may call it. Nothing here waits inside MPI: a rank that waits
/// sleeps, for its core may be another's.
class Exchange {
 public:
  using Take = std::function<void(std::span<std::uint64_t const> words)>;

  explicit Exchange(Job const& job);
  Exchange(Exchange const&) = delete;
  Exchange& operator=(Exchange const&) = delete;
  /// Buffers still under way are left to MPI: this happens only where the job is about to end.
  ~Exchange();

  /// A buffer of n > 0 words to fill, valid until the next call; waits while all are under way.
  [[nodiscard]] std::span<std::uint64_t> buffer(std::uint64_t n);
  /// Starts sending the buffer given last to rank 0. Not at rank 0.
  void send();
  /// Returns once all that this rank sent has left and every rank is here. @collective
  void finish();
  /// Hands over the blocks that have arrived since, in any order. At rank 0.
  void receive(Take const& take);

 private:
  struct Slots;
  Job const& job_;
  std::unique_ptr<Slots> slots_;
};

}  // namespace toyfarm::parallel
