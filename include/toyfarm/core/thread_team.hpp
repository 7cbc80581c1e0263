#pragma once
#include <cstddef>
#include <functional>

namespace toyfarm::core {

/// Calls body(index, thread) for every index in [0, n) on `threads` OpenMP threads (the count given
/// here, whatever OMP_NUM_THREADS says). Indices are handed out one by one, rising; thread
/// is in [0, threads). Once a body has thrown, indices not yet begun are left out, and the
/// exception of the lowest index is rethrown after the loop: the one that a plain loop would throw.
void parallel_for(std::size_t n,
                  int threads,
                  std::function<void(std::size_t index, int thread)> const& body);

/// Threads that this process may run at the same time: processing units of its cpuset.
[[nodiscard]] int usable_threads() noexcept;

}  // namespace toyfarm::core
