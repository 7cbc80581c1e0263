#include "toyfarm/core/thread_team.hpp"

#include <atomic>
#include <exception>

#include <omp.h>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::core {

void parallel_for(std::size_t n, int threads, std::function<void(std::size_t, int)> const& body) {
  TOYFARM_EXPECTS(threads >= 1);
  std::atomic<bool> stop = false;
  std::exception_ptr thrown;
  std::size_t thrown_by = n;
  omp_set_dynamic(0);  // OMP_DYNAMIC=true in the environment must not shrink the team
#pragma omp parallel for schedule(monotonic : dynamic, 1) num_threads(threads)
  for (std::size_t i = 0; i < n; ++i) {
    if (stop.load(std::memory_order_relaxed)) {
      continue;
    }
    try {
      body(i, omp_get_thread_num());
    } catch (...) {
#pragma omp critical(toyfarm_lowest_exception)
      if (i < thrown_by) {
        thrown = std::current_exception();
        thrown_by = i;
      }
      stop.store(true, std::memory_order_relaxed);
    }
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

int usable_threads() noexcept {
  return omp_get_num_procs();
}

}  // namespace toyfarm::core
