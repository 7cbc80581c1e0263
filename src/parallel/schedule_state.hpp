#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "toyfarm/parallel/schedule.hpp"

#include "parallel/pace.hpp"
#include "parallel/toy_pool.hpp"

namespace toyfarm::parallel {

/// The books of a schedule. Every toy that has not come is in one place: in the pool of a rank, in
/// that of returned toys, or in the block of one rank not lost that answers for it. Copies of
/// blocks are extra.
struct Schedule::State {
  using RankNumber = std::size_t;

  /// A rank that runs one block and has the next in hand wants no more.
  static constexpr std::size_t n_blocks_held = 2;
  enum class Queue { none, dry, hungry, resting };

  struct Block {
    core::ToyRange toys;
    bool is_copy = false;
    std::vector<core::ToyRange> answers_for{};  ///< of its toys; none of a copy
    Arrivals::Slot arrives = Arrivals::none;
    bool is_copied = false;  ///< nothing of it is left to copy
  };
  struct Rank {
    ToyPool own{};
    int threads = 1;
    bool is_scout = false;
    bool is_lost = false;
    Queue queue = Queue::none;
    std::vector<Block> blocks{};  ///< running and in hand, in order
    Speed speed{};
    std::uint64_t last_size = 0;
    std::uint64_t n_done = 0;
    double begun_at = 0;  ///< when the first of `blocks` began
    double idle_at = 0;   ///< when it last ran dry
  };
  /// What is expected of all ranks together, some blocks or moments old.
  struct Outlook {
    double toys_per_second = 0;  ///< of all ranks not lost, 0 = not known
    double mean_toy_seconds = 0;
    double end = 0;  ///< when all would end if what no rank holds yet were spread ideally
    double at = 0;
    std::uint64_t n_given_left = 0;  ///< blocks given until it is made anew
  };
  /// A rank others may take from, and when it would end.
  struct Candidate {
    RankNumber rank = 0;
    core::ToyId block{};  ///< first toy of its block to copy
    double end = 0;
    double at = -1;  ///< when it was found
    bool is_valid = false;
  };

  State(std::vector<ScheduleShare> shares, ScheduleLimits given);

  // schedule.cpp, schedule_orders.cpp: the books
  [[nodiscard]] std::uint64_t n_unassigned() const noexcept { return n_own + returned.size(); }
  /// The toys of a block that has ended or is lost and that have not come go back.
  void release(Block const& block);
  void give(RankNumber number, core::ToyRange toys, bool is_copy, double now);
  [[nodiscard]] std::optional<core::ToyRange> next(RankNumber number, double now);
  /// Puts a rank into the queue that is its; what is left of it in others is passed over.
  void want(RankNumber number);
  void serve(Queue queue, double now, std::vector<Order>& given);
  [[nodiscard]] std::vector<Order> orders(double now);
  /// Ranks came or went.
  void forget() noexcept;

  // schedule_sizes.cpp: how many toys
  [[nodiscard]] double least_seconds() const noexcept;
  [[nodiscard]] double wanted_seconds() const noexcept;
  /// Toys per second; a guess from the others' if not measured, 0 if none is.
  [[nodiscard]] double rate(Rank const& rank) const noexcept;
  /// Expected end of the first `n_blocks` blocks of a rank.
  [[nodiscard]] double end_of(Rank const& rank, std::size_t n_blocks, double now) const noexcept;
  void look_out(double now);
  [[nodiscard]] bool must_wait(Rank const& rank, double now) const noexcept;
  /// Toys of the largest block that what is known of toys' times allows.
  [[nodiscard]] double unproven() const noexcept;
  /// Toys of the next block; 0 if the rank had better not begin another.
  [[nodiscard]] std::uint64_t size_for(RankNumber number, double now);
  [[nodiscard]] double fair_share(RankNumber number, double size, double now) const noexcept;

  // schedule_balance.cpp: from whom
  /// Fills the pool of a rank that wants a block of `size` toys.
  void steal(Rank& thief, std::uint64_t size, double now);
  [[nodiscard]] std::optional<core::ToyRange> copy(Rank const& thief, double now);
  [[nodiscard]] Candidate slowest_with_toys(double now) const;
  [[nodiscard]] Candidate last_to_end(double now) const;

  ScheduleLimits limits;
  std::vector<Rank> ranks;
  ToyPool missing{};   ///< have not come
  ToyPool returned{};  ///< of lost ranks, to be given first
  ToyPool copied{};    ///< a second rank not lost runs them
  MessageBudget budget;
  Arrivals arrivals;  ///< of blocks under way at ranks not lost
  std::uint64_t n_toys = 0;
  std::uint64_t n_own = 0;  ///< in the pools of ranks
  std::uint64_t n_twice = 0;
  std::uint64_t n_ended = 0;  ///< toys of blocks that ended
  double thread_seconds = 0;  ///< that they took
  std::size_t n_alive = 0;
  std::optional<double> start{};
  Outlook outlook{};
  Candidate rich{};                   ///< to steal from
  Candidate late{};                   ///< to copy from
  std::deque<RankNumber> dry{};       ///< hold nothing
  std::deque<RankNumber> hungry{};    ///< hold one block
  std::vector<RankNumber> resting{};  ///< were given nothing; asked again after a while
  double rested_at = 0;
};

}  // namespace toyfarm::parallel
