#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "toyfarm/parallel/job.hpp"

namespace toyfarm::parallel {

/// Messages of words between any two ranks. Nothing here waits: whoever has nothing to do sleeps
/// himself, for his core may be another's. Only the main thread may call it. A rank that died is
/// noticed by nobody here: what was sent to it stays under way for ever.
class Mailbox {
 public:
  explicit Mailbox(Job const& job);
  Mailbox(Mailbox const&) = delete;
  Mailbox& operator=(Mailbox const&) = delete;
  /// Buffers still under way are left to MPI: this happens only where the job is about to end.
  ~Mailbox();

  /// Starts sending. False if MPI refuses, as it may for a rank that is no more.
  bool send(int to, std::vector<std::uint64_t> words);
  struct Message {
    int from = 0;
    std::vector<std::uint64_t> words;
  };
  /// A message that has arrived, of one sender in the order of sending.
  [[nodiscard]] std::optional<Message> receive();
  /// Pushes sends on; returns how many are under way.
  std::size_t push();
  /// Messages sent and received so far.
  [[nodiscard]] std::uint64_t n_messages() const noexcept { return n_messages_; }

 private:
  struct Slots;
  Job const& job_;
  std::unique_ptr<Slots> slots_;
  std::uint64_t n_messages_ = 0;
};

}  // namespace toyfarm::parallel
