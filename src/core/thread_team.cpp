#include "toyfarm/core/thread_team.hpp"

#include <atomic>
#include <exception>

#include <omp.h>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::core {

void parallel_for(std::size_t n, int threads, std::function<void(std::size_t, int)> const& body) {
  TOYFARM_EXPECTS(threads >= 1);
  std::atomic<bool> stop = false;
  std::exception_ptr first;
  omp_set_dynamic(0);  // OMP_DYNAMIC=true in the environment must not shrink the team
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (std::size_t i = 0; i < n; ++i) {
    if (stop.load(std::memory_order_relaxed)) {
      continue;
    }
    try {
      body(i, omp_get_thread_num());
    } catch (...) {
#pragma omp critical(toyfarm_first_exception)
      if (!first) {
        first = std::current_exception();
      }
      stop.store(true, std::memory_order_relaxed);
    }
  }
  if (first) {
    std::rethrow_exception(first);
  }
}

}  // namespace toyfarm::core
