#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/parallel/farm.hpp"

#include "parallel/mailbox.hpp"
#include "parallel/message.hpp"
#include "parallel/roster.hpp"
#include "parallel/seconds.hpp"
#include "parallel/team.hpp"

namespace toyfarm::parallel {

struct Coordinator::State {
  struct Rank {
    bool has_heard_stop = false;
    bool is_drained = false;
    FarmView::Rank seen;
  };

  State(Job const& job, FarmTask given_task, FarmOrders given_orders)
      : task(std::move(given_task)),
        orders(std::move(given_orders)),
        mailbox(job),
        schedule(orders.shares, orders.limits),
        roster(job.size(), task.patience),
        ranks(static_cast<std::size_t>(job.size())),
        team(task.threads, task.row_words, task.run) {}

  void give(Schedule::Order const& order);
  void hand_out();
  void take_rows(int rank, std::span<std::uint64_t const> rows);
  void take_block(int rank, Head const& head, std::span<std::uint64_t const> words);
  void handle(Mailbox::Message const& message);
  /// True if anything had come.
  bool receive();
  bool take_own();
  void fail(core::Error const& failure, int rank);
  std::string name(int rank) const;
  void hear(int rank);
  void lose(int rank);
  void call_roll();
  /// True if anything happened.
  bool turn();
  void count_messages(double now);

  // coordinator_end.cpp
  void tell_all(Head const& head);
  [[nodiscard]] bool is_drained() const;
  /// Tells every rank, once, to begin no other toy.
  void begin_stop();
  /// Takes what is finished, for `grace` seconds at most.
  void stop(double grace);
  /// Gives up whoever does not answer the stop that was told: MPI_Finalize would wait for it.
  void await_answers();

  [[nodiscard]] std::optional<double> grace_asked() const;
  [[nodiscard]] bool has_lost_ranks() const;
  [[nodiscard]] FarmView view() const;
  Rank& at(int rank) { return ranks[static_cast<std::size_t>(rank)]; }

  FarmTask task;
  FarmOrders orders;
  Seconds clock;
  Mailbox mailbox;
  Schedule schedule;
  Roster roster;
  std::vector<Rank> ranks;
  Team team;
  Latencies latencies;
  std::optional<core::Error> error;
  std::optional<double> asked;  ///< grace, by a rank that got a signal
  bool stopping = false;
  bool is_serving = false;  ///< rows are no longer taken
  double last_empty = 0;    ///< when there was no message, last
  double next_look = 0;
  double second_began = 0;
  std::uint64_t n_messages_before = 0;
  double most_messages = 0;
};

}  // namespace toyfarm::parallel
