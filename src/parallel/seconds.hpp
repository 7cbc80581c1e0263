#pragma once
#include <chrono>

namespace toyfarm::parallel {

/// How long a main thread with nothing to do sleeps before it looks for messages again.
inline constexpr std::chrono::microseconds nap{500};

/// Seconds since it was made.
class Seconds {
 public:
  [[nodiscard]] double now() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace toyfarm::parallel
