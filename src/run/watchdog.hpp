#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace toyfarm::run {

/// Ends the process when something does not come back in time: what waits for ranks or launchers
/// that are no more would otherwise wait for ever.
class Watchdog {
 public:
  Watchdog();
  Watchdog(Watchdog const&) = delete;
  Watchdog& operator=(Watchdog const&) = delete;
  ~Watchdog();

  /// Unless called again within `seconds`, logs that `what` has not come back and exits with
  /// `code`.
  void expect(char const* what, double seconds, int code);
  /// Nothing is waited for.
  void rest();

 private:
  void watch();

  std::mutex mutex_;
  std::condition_variable changed_;
  char const* what_ = nullptr;
  double seconds_ = 0;
  double deadline_ = 0;  ///< seconds of the steady clock
  int code_ = 0;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace toyfarm::run
