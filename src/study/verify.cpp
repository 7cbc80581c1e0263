#include "toyfarm/study/verify.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace toyfarm::study {

Difference difference(record::FitRecord const& first, record::FitRecord const& second) {
  Difference out;
  out.nll = std::abs(first.nll - second.nll);
  out.same_status = first.status == second.status;
  for (std::size_t j = 0; j < first.values.size(); ++j) {
    bool const has_error = std::isfinite(first.errors[j]);
    if (has_error != std::isfinite(second.errors[j])) {
      out.shift = std::numeric_limits<double>::infinity();
    } else if (has_error) {
      out.shift =
          std::max(out.shift, std::abs(first.values[j] - second.values[j]) / second.errors[j]);
    }
  }
  out.as_promised = out.same_status && fit::is_certified({out.nll, out.shift}, second.nll);
  return out;
}

Difference verify(ToyRunner& runner, core::ToyId toy) {
  auto const first = runner.run(toy).fit();
  return difference(first, runner.run_by_events(toy).fit());
}

}  // namespace toyfarm::study
