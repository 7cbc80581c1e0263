#include "toyfarm/run/stop.hpp"

#include <chrono>
#include <csignal>

namespace toyfarm::run {
namespace {

using Clock = std::chrono::steady_clock;

// A signal handler can reach nothing else.
volatile std::sig_atomic_t caught = 0;
Clock::time_point const begin = Clock::now();

extern "C" void note_signal(int number) {
  caught = number;
}

/// mpirun kills one second after SIGTERM or SIGINT, and publishing takes some of that.
constexpr double grace_before_kill = 0.15;
/// Batch systems send SIGUSR1 minutes before the end.
constexpr double grace_with_time = 2;

[[nodiscard]] bool is_over(std::optional<double> time_limit) {
  return time_limit && std::chrono::duration<double>(Clock::now() - begin).count() >= *time_limit;
}

}  // namespace

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

std::optional<double> stop_asked(std::optional<double> time_limit) {
  if (caught != 0) {
    return caught == SIGUSR1 ? grace_with_time : grace_before_kill;
  }
  return is_over(time_limit) ? std::optional(grace_with_time) : std::nullopt;
}

char const* stop_reason(std::optional<double> time_limit) {
  switch (caught) {
    case SIGTERM:
      return "SIGTERM";
    case SIGUSR1:
      return "SIGUSR1";
    case SIGINT:
      return "SIGINT";
    default:
      return is_over(time_limit) ? "the time limit" : "";
  }
}

}  // namespace toyfarm::run
