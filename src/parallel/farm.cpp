#include "toyfarm/parallel/farm.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "parallel/block_sizer.hpp"
#include "parallel/exchange.hpp"

namespace toyfarm::parallel {

using Clock = std::chrono::steady_clock;

struct Farm::State {
  State(Job const& job, FarmTask given) : rank(job.rank()), task(std::move(given)), exchange(job) {}

  void take(std::span<std::uint64_t const> rows) {
    task.take(rows);
    n_taken += rows.size() / task.row_words;
  }
  void receive() {
    exchange.receive([&](std::span<std::uint64_t const> rows) { take(rows); });
  }
  /// Returns how long the toys took, in seconds, without what their rows had to wait for.
  double run_block(core::ToyRange toys) {
    auto const rows = exchange.buffer(toys.count * task.row_words);
    auto const start = Clock::now();
    task.run(toys, rows);
    std::chrono::duration<double> const seconds = Clock::now() - start;
    if (rank == 0) {
      take(rows);
      receive();
    } else {
      exchange.send();
    }
    return seconds.count();
  }

  int rank;
  FarmTask task;
  Exchange exchange;
  std::uint64_t n_taken = 0;
};

Farm::Farm(Job const& job, FarmTask task) : state_(std::make_unique<State>(job, std::move(task))) {}

Farm::~Farm() = default;

void Farm::run() {
  auto const& task = state_->task;
  BlockSizer sizer(task.least, task.most);
  for (std::uint64_t done = 0; done < task.mine.count;) {
    auto const n = sizer.next(task.mine.count - done);
    sizer.took(n, state_->run_block({{task.mine.first.value + done}, n}));
    done += n;
  }
}

void Farm::finish() {
  constexpr std::chrono::microseconds nap{500};
  while (state_->rank == 0 && state_->n_taken < state_->task.n_total) {
    state_->receive();
    if (state_->n_taken < state_->task.n_total) {
      std::this_thread::sleep_for(nap);
    }
  }
  // Together, so that rows of a farm that comes next are not taken for rows of this one.
  state_->exchange.finish();
}

}  // namespace toyfarm::parallel
