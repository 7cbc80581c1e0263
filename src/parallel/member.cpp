#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "toyfarm/core/log.hpp"
#include "toyfarm/parallel/farm.hpp"

#include "parallel/mailbox.hpp"
#include "parallel/message.hpp"
#include "parallel/roster.hpp"
#include "parallel/seconds.hpp"
#include "parallel/team.hpp"

namespace toyfarm::parallel {

namespace {

/// Place of rank 0 in the roster of another rank.
constexpr int rank_0 = 1;

}  // namespace

struct Member::State {
  State(Job const& given, FarmTask given_task)
      : job(given),
        task(std::move(given_task)),
        mailbox(given),
        team(task.threads, task.row_words, task.run),
        roster(2, task.patience),
        heartbeat(std::min(heartbeat_seconds(given.size()), task.patience / 3)),
        next_beat(heartbeat * given.rank() / given.size()) {
    hear_rank_0();
  }

  void hear_rank_0() { roster.heard(rank_0, clock.now()); }

  void send(std::vector<std::uint64_t> words) {
    mailbox.send(0, std::move(words));
    last_sent = clock.now();
  }
  void send(Head const& head) { send(plain_message(head)); }

  /// True if there was any.
  bool send_rows() {
    bool any = false;
    while (auto yield = team.take()) {
      write_head({yield->has_ended ? Kind::ended : Kind::part, yield->block, yield->seconds},
                 yield->words);
      send(std::move(yield->words));
      any = true;
    }
    return any;
  }

  /// Says that this rank lives where it has said nothing for a heartbeat or more. Ranks do so at
  /// different times, so that rank 0 is not asked by all at once.
  void beat() {
    auto const now = clock.now();
    if (now >= next_beat) {
      if (last_sent < next_beat - heartbeat) {
        send({Kind::alive});
      }
      next_beat += heartbeat * std::ceil((now - next_beat) / heartbeat + 1e-9);
    }
  }

  void tell_troubles() {
    auto const failure = team.failure();
    if (failure && !told_failure) {
      told_failure = true;
      send(text_message({Kind::failed, {{}, static_cast<std::uint64_t>(failure->code())}},
                        failure->what()));
    }
    auto const grace = task.stop_asked();
    if (grace && !told_stop) {
      told_stop = true;
      send({Kind::asked, {}, *grace});
    }
    if (stopping && !told_drained && team.has_stopped()) {
      send_rows();
      told_drained = true;
      send({Kind::drained});
    }
    beat();
  }

  /// True if it was the last message.
  bool obey(Mailbox::Message const& message) {
    auto const head = read_head(message.words);
    switch (head.kind) {
      case Kind::block:
        if (!stopping) {
          team.add(head.toys);
        }
        break;
      case Kind::stop:
        stopping = true;
        send({Kind::heard});
        team.cancel();
        break;
      case Kind::end:
        team.cancel();
        leave = {static_cast<int>(head.toys.count), head.toys.first.value != 0, false};
        return true;
      default:
        break;
    }
    return false;
  }

  /// True if rank 0 has fallen silent: the farm is over then.
  bool misses_rank_0() {
    if (roster.newly_silent(clock.now()).empty()) {
      return false;
    }
    core::log_error("rank 0 on host " + task.rank_0_host + " has not answered for " +
                    std::to_string(static_cast<int>(task.patience)) +
                    " s: it, or its host, is taken to be lost. What its journal holds is kept; go "
                    "on with: toyfarm toys --resume RUN_DIR");
    team.cancel();
    leave = {static_cast<int>(core::ExitCode::stopped), true, false};
    return true;
  }

  Job const& job;
  FarmTask task;
  Seconds clock;
  Mailbox mailbox;
  Team team;
  Roster roster;  ///< this rank, which a roster never thinks silent, and rank 0
  double heartbeat;
  double next_beat;
  double last_sent = 0;
  bool stopping = false;
  bool told_failure = false;
  bool told_stop = false;
  bool told_drained = false;
  Leave leave;
};

Member::Member(Job const& job, FarmTask task)
    : state_(std::make_unique<State>(job, std::move(task))) {}

Member::~Member() = default;

Member::Leave Member::run() {
  auto& s = *state_;
  while (true) {
    s.task.turned();
    bool busy = s.send_rows();
    bool over = false;
    while (!over) {  // what follows the end is of another farm
      auto const message = s.mailbox.receive();
      if (!message) {
        break;
      }
      busy = true;
      s.hear_rank_0();
      over = s.obey(*message);
    }
    s.tell_troubles();
    if (over || s.misses_rank_0()) {
      s.leave.is_busy = !s.team.has_stopped();
      return s.leave;
    }
    if (!busy) {
      std::this_thread::sleep_for(nap);
    }
  }
}

}  // namespace toyfarm::parallel
