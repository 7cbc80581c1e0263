#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "toyfarm/io/journal.hpp"

namespace toyfarm::io {
namespace {

constexpr std::size_t most_waiting_words = (std::size_t{64} << 20U) / sizeof(std::uint64_t);

/// Signals are for the thread that waits for them, so a thread made meanwhile gets none.
class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    for (int const fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
      sigdelset(&all, fault);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(BlockedSignals const&) = delete;
  BlockedSignals& operator=(BlockedSignals const&) = delete;
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

class JournalWriter::Thread {
 public:
  using Clock = std::chrono::steady_clock;

  Thread(Journal& journal, std::chrono::duration<double> interval)
      : journal_(journal),
        interval_(std::chrono::duration_cast<Clock::duration>(interval)),
        written_(journal.toys().size()) {
    BlockedSignals const none;
    thread_ = std::thread([this] { run(); });
  }
  Thread(Thread const&) = delete;
  Thread& operator=(Thread const&) = delete;
  ~Thread() {
    {
      std::scoped_lock const lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void put(std::vector<std::uint64_t> rows) {
    std::scoped_lock const lock(mutex_);
    rethrow();
    waiting_words_ += rows.size();
    waiting_.push_back(std::move(rows));
    ++n_put_;
    wake_.notify_one();
  }
  bool is_full() const {
    std::scoped_lock const lock(mutex_);
    return waiting_words_ > most_waiting_words;
  }
  void sync_soon() {
    std::scoped_lock const lock(mutex_);
    want_sync();
  }
  void flush() {
    std::unique_lock lock(mutex_);
    auto const mine = want_sync();
    synced_.wait(lock, [&] { return failure_ || n_answered_ >= mine; });
    rethrow();
  }
  Journal const& journal() const noexcept { return journal_; }
  std::uint64_t written() const noexcept { return written_.load(std::memory_order_acquire); }
  std::exception_ptr failure() const {
    std::scoped_lock const lock(mutex_);
    return failure_;
  }

 private:
  void rethrow() const {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

  /// Number of this wish; a sync that begins once n_put_ blocks are written answers it.
  std::uint64_t want_sync() {
    blocks_to_sync_ = n_put_;
    wake_.notify_one();
    return ++n_wishes_;
  }
  bool must_sync() const { return n_answered_ < n_wishes_ && n_written_ >= blocks_to_sync_; }

  void run() {
    std::unique_lock lock(mutex_);
    try {
      while (work(lock)) {
      }
    } catch (...) {
      if (!lock.owns_lock()) {
        lock.lock();
      }
      failure_ = std::current_exception();
      waiting_.clear();
      waiting_words_ = 0;
      synced_.notify_all();
    }
  }

  /// One block or one sync, without the lock meanwhile; false at the end.
  bool work(std::unique_lock<std::mutex>& lock) {
    auto const ready = [&] { return stopping_ || !waiting_.empty() || must_sync(); };
    if (is_dirty_) {
      wake_.wait_until(lock, last_sync_ + interval_, ready);
    } else {
      wake_.wait(lock, ready);
    }
    if (must_sync() || (is_dirty_ && Clock::now() - last_sync_ >= interval_)) {
      sync(lock);
    } else if (!waiting_.empty()) {
      write(lock);
    }
    return !stopping_ || !waiting_.empty();
  }
  void sync(std::unique_lock<std::mutex>& lock) {
    auto const answered = must_sync() ? n_wishes_ : n_answered_;
    lock.unlock();
    journal_.sync();
    lock.lock();
    n_answered_ = answered;
    is_dirty_ = false;
    last_sync_ = Clock::now();
    synced_.notify_all();
  }
  void write(std::unique_lock<std::mutex>& lock) {
    auto const rows = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    journal_.put(rows);
    written_.store(journal_.toys().size(), std::memory_order_release);
    lock.lock();
    waiting_words_ -= rows.size();
    ++n_written_;
    is_dirty_ = true;
  }

  Journal& journal_;
  Clock::duration interval_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable synced_;
  std::deque<std::vector<std::uint64_t>> waiting_;
  std::size_t waiting_words_ = 0;  ///< that of the block being written included
  std::uint64_t n_put_ = 0;        ///< blocks, as n_written_ and blocks_to_sync_
  std::uint64_t n_written_ = 0;
  std::uint64_t blocks_to_sync_ = 0;
  std::uint64_t n_wishes_ = 0;
  std::uint64_t n_answered_ = 0;
  bool is_dirty_ = false;  ///< written to since the last sync
  bool stopping_ = false;
  Clock::time_point last_sync_ = Clock::now();
  std::exception_ptr failure_;
  std::atomic<std::uint64_t> written_;
  std::thread thread_;
};

JournalWriter::JournalWriter(Journal& journal, std::chrono::duration<double> interval)
    : thread_(std::make_unique<Thread>(journal, interval)) {}
JournalWriter::~JournalWriter() = default;

void JournalWriter::put(std::vector<std::uint64_t> rows) {
  thread_->put(std::move(rows));
}
bool JournalWriter::is_full() const {
  return thread_->is_full();
}
void JournalWriter::sync_soon() {
  thread_->sync_soon();
}
void JournalWriter::flush() {
  thread_->flush();
}
std::uint64_t JournalWriter::acknowledged() const noexcept {
  return thread_->journal().acknowledged();
}
std::uint64_t JournalWriter::written() const noexcept {
  return thread_->written();
}
std::exception_ptr JournalWriter::failure() const {
  return thread_->failure();
}

}  // namespace toyfarm::io
