#include "run/watchdog.hpp"

#include <chrono>
#include <cstdlib>

#include <unistd.h>

#include "toyfarm/core/log.hpp"

namespace toyfarm::run {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr std::chrono::milliseconds between_looks{250};

}  // namespace

Watchdog::Watchdog() : thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    std::scoped_lock const lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watchdog::expect(char const* what, double seconds, int code) {
  std::scoped_lock const lock(mutex_);
  what_ = what;
  seconds_ = seconds;
  deadline_ = now() + seconds;
  code_ = code;
}

void Watchdog::rest() {
  std::scoped_lock const lock(mutex_);
  what_ = nullptr;
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  double last = now();
  while (!changed_.wait_for(lock, between_looks, [this] { return over_; })) {
    // A job that was suspended is not one that hangs.
    double const slept = now() - last;
    last += slept;
    deadline_ += slept > 5 ? slept : 0;
    if (what_ != nullptr && last > deadline_) {
      core::log_error(std::string(what_) + " has not come back for " +
                      std::to_string(static_cast<int>(seconds_)) +
                      " s: another rank, or the launcher, is lost. This rank ends.");
      std::_Exit(code_);
    }
  }
}

}  // namespace toyfarm::run
