#include "parallel/team.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <new>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/thread_team.hpp"

#include "parallel/message.hpp"

namespace toyfarm::parallel {
namespace {

using Clock = std::chrono::steady_clock;

/// Toys that a thread takes at a time: few enough for all to end together, many enough to seldom
/// meet at the lock.
constexpr std::uint64_t most_toys_at_a_time = 16;
constexpr std::uint64_t turns_per_thread = 8;

struct Block {
  core::ToyRange toys;
  std::vector<std::uint64_t> words;
  std::uint64_t n_begun = 0;
  std::uint64_t n_done = 0;
  std::vector<core::ToyRange> done;  ///< pieces not sent yet, positions within the block
  Clock::duration busy{0};           ///< of all threads
};

core::Error as_error(std::exception_ptr const& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (core::Error const& error) {
    return error;
  } catch (std::bad_alloc const&) {
    return {core::ExitCode::internal, "out of memory"};
  } catch (std::exception const& error) {
    return {core::ExitCode::internal, std::string("internal error: ") + error.what()};
  } catch (...) {
    return {core::ExitCode::internal, "internal error of unknown kind"};
  }
}

}  // namespace

struct Team::State {
  struct Piece {
    Block* block = nullptr;
    std::uint64_t first = 0;  ///< within the block
    std::uint64_t count = 0;
  };

  State(int n, std::size_t words, Run function)
      : threads(n), row_words(words), run(std::move(function)) {}

  /// Waits for toys; nothing once cancelled.
  std::optional<Piece> take_piece(std::unique_lock<std::mutex>& lock) {
    auto const find = [this] {
      return std::ranges::find_if(
          blocks, [](Block const& block) { return block.n_begun < block.toys.count; });
    };
    changed.wait(lock, [&] { return cancelled || find() != blocks.end(); });
    if (cancelled) {
      return std::nullopt;
    }
    auto& block = *find();
    auto const left = block.toys.count - block.n_begun;
    auto const turns = turns_per_thread * static_cast<std::uint64_t>(threads);
    Piece const piece{
        &block,
        block.n_begun,
        std::min(left,
                 std::clamp<std::uint64_t>(block.toys.count / turns, 1, most_toys_at_a_time))};
    block.n_begun += piece.count;
    ++n_under_way;
    return piece;
  }

  /// Returns how many toys of the piece were run.
  std::uint64_t run_piece(Piece const& piece, int thread) {
    for (std::uint64_t i = 0; i < piece.count; ++i) {
      if (is_cancelled.load(std::memory_order_relaxed)) {
        return i;
      }
      auto const row = piece.first + i;
      run({piece.block->toys.first.value + row},
          thread,
          std::span(piece.block->words).subspan(head_words + row * row_words, row_words));
    }
    return piece.count;
  }

  /// What the block has cost, as if all threads had shared it.
  [[nodiscard]] double seconds(Block const& block) const {
    return std::chrono::duration<double>(block.busy).count() / threads;
  }

  void end_piece(Piece const& piece, std::uint64_t n, Clock::duration busy) {
    auto& block = *piece.block;
    --n_under_way;
    block.busy += busy;
    if (n > 0) {
      block.n_done += n;
      block.done.push_back({{piece.first}, n});
    }
    if (block.n_done == block.toys.count) {
      yields.push_back({block.toys, true, seconds(block), std::move(block.words)});
      blocks.remove_if([&block](Block const& other) { return &other == &block; });
    }
  }

  void work(int thread) {
    std::unique_lock lock(mutex);
    while (auto const piece = take_piece(lock)) {
      lock.unlock();
      std::uint64_t n = 0;
      std::exception_ptr thrown;
      auto const start = Clock::now();
      try {
        n = run_piece(*piece, thread);
      } catch (...) {
        thrown = std::current_exception();
      }
      auto const busy = Clock::now() - start;
      lock.lock();
      if (thrown) {
        error = error ? error : as_error(thrown);
        cancel();
      }
      end_piece(*piece, n, busy);
    }
  }

  void cancel() {
    cancelled = true;
    is_cancelled = true;
    changed.notify_all();
  }

  /// Rows of a cancelled block that were not taken yet.
  std::optional<Yield> take_part() {
    for (auto& block : blocks) {
      if (block.done.empty()) {
        continue;
      }
      Yield yield{block.toys, false, seconds(block), std::vector<std::uint64_t>(head_words)};
      block.busy = {};
      std::ranges::sort(block.done, {}, &core::ToyRange::first);
      for (auto const& piece : block.done) {
        auto const begin = block.words.begin() +
                           static_cast<std::ptrdiff_t>(head_words + piece.first.value * row_words);
        yield.words.insert(
            yield.words.end(), begin, begin + static_cast<std::ptrdiff_t>(piece.count * row_words));
      }
      block.done.clear();
      return yield;
    }
    return std::nullopt;
  }

  int const threads;
  std::size_t const row_words;
  Run const run;
  std::mutex mutex;
  std::condition_variable changed;
  std::list<Block> blocks;
  std::deque<Yield> yields;
  std::optional<core::Error> error;
  int n_under_way = 0;  ///< pieces
  bool cancelled = false;
  std::atomic<bool> is_cancelled = false;  ///< the same, read between toys
};

Team::Team(int threads, std::size_t row_words, Run run)
    : state_(std::make_unique<State>(threads, row_words, std::move(run))), thread_([this] {
        auto const n = static_cast<std::size_t>(state_->threads);
        core::parallel_for(
            n, state_->threads, [this](std::size_t, int thread) { state_->work(thread); });
      }) {}

Team::~Team() {
  cancel();
  thread_.join();
}

void Team::add(core::ToyRange block) {
  TOYFARM_EXPECTS(block.count > 0);
  Block made;
  made.toys = block;
  made.words.resize(head_words + block.count * state_->row_words);
  std::scoped_lock const lock(state_->mutex);
  state_->blocks.push_back(std::move(made));
  state_->changed.notify_all();
}

std::size_t Team::n_in_hand() const {
  std::scoped_lock const lock(state_->mutex);
  return state_->blocks.size();
}

std::optional<Yield> Team::take() {
  std::scoped_lock const lock(state_->mutex);
  if (state_->yields.empty()) {
    return state_->cancelled ? state_->take_part() : std::nullopt;
  }
  auto yield = std::move(state_->yields.front());
  state_->yields.pop_front();
  return yield;
}

void Team::cancel() {
  std::scoped_lock const lock(state_->mutex);
  state_->cancel();
}

bool Team::has_stopped() const {
  std::scoped_lock const lock(state_->mutex);
  return state_->cancelled && state_->n_under_way == 0;
}

std::optional<core::Error> Team::failure() const {
  std::scoped_lock const lock(state_->mutex);
  return state_->error;
}

}  // namespace toyfarm::parallel
