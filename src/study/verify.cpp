#include "toyfarm/study/verify.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace toyfarm::study {

Difference difference(record::ToyRecord const& first, record::ToyRecord const& second) {
  Difference out;
  out.nll = std::abs(first.nll - second.nll);
  out.same_status = first.status == second.status;
  for (std::size_t j = 0; j < first.estimates.size(); ++j) {
    bool const has_error = std::isfinite(first.errors[j]);
    if (has_error != std::isfinite(second.errors[j])) {
      out.shift = std::numeric_limits<double>::infinity();
    } else if (has_error) {
      out.shift = std::max(out.shift,
                           std::abs(first.estimates[j] - second.estimates[j]) / second.errors[j]);
    }
  }
  out.as_promised = out.same_status && fit::is_certified({out.nll, out.shift}, second.nll);
  return out;
}

Difference verify(ToyRunner& runner, core::ToyId toy) {
  auto const first = runner.run(toy);
  return difference(first, runner.run_by_events(toy));
}

}  // namespace toyfarm::study
