#pragma once
#include <functional>

#include "toyfarm/inference/statistic.hpp"

// Intervals of the profile likelihood, each end where 2 Delta NLL is the quantile of chi^2 with one
// degree of freedom (Wilks 1938; MINOS: James, Roos 1975, doi:10.1016/0010-4655(75)90039-9).
namespace toyfarm::inference {

/// The conditional fit with the POI at a value.
using ProfileFit = std::function<FitEnd(double)>;

enum class ProfileState {
  crossing,
  at_bound,      ///< the POI's bound lies within the interval
  unbounded,     ///< 2 Delta NLL stays below the quantile as far as was looked
  failed,        ///< a conditional fit has not converged
  lower_minimum  ///< a conditional fit lies below the free one: fit again from `value`
};

struct ProfileEnd {
  double value = 0;  ///< the end; where the search stopped otherwise
  ProfileState state = ProfileState::failed;
};

struct ProfileInterval {
  ProfileEnd low;
  ProfileEnd high;
  int n_fits = 0;
};

struct ProfileOptions {
  double cl = 0.6827;
  double error = 1;  ///< about the POI's standard error, > 0: where the search starts
  double lower = 0;  ///< the POI's bounds
  double upper = 0;
  double tolerance = 1e-6;  ///< of an end, relative to its distance from the estimate
};

/// Both ends around the free fit `best`. An NLL of +inf is outside of the interval.
[[nodiscard]] ProfileInterval profile_interval(ProfileFit const& fit,
                                               FitEnd const& best,
                                               ProfileOptions const& options);

}  // namespace toyfarm::inference
