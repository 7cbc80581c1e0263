#pragma once
#include "toyfarm/study/toy_runner.hpp"

namespace toyfarm::study {

/// How far two fits of one toy are apart.
struct Difference {
  double nll = 0;    ///< of the NLLs at the estimates, absolute
  double shift = 0;  ///< largest distance between estimates of a parameter, in errors of the second
  bool same_status = true;
  bool as_promised = true;  ///< within the limits of the certificate, and of one status
};
/// Infinite where only one of the fits has an error of a parameter.
[[nodiscard]] Difference difference(record::FitRecord const& first,
                                    record::FitRecord const& second);

/// A toy by the study's engine against the same event by event.
[[nodiscard]] Difference verify(ToyRunner& runner, core::ToyId toy);

}  // namespace toyfarm::study
