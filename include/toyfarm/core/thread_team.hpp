#pragma once
#include <cstddef>
#include <functional>

namespace toyfarm::core {

/// Calls body(index, thread) for every index in [0, n) on `threads` OpenMP threads (the count given
/// here, whatever OMP_NUM_THREADS says). Indices are handed out one by one; thread is in [0,
/// threads). The first exception thrown by a body is rethrown after the loop; indices not yet begun
/// are then left out.
void parallel_for(std::size_t n,
                  int threads,
                  std::function<void(std::size_t index, int thread)> const& body);

}  // namespace toyfarm::core
