#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/spec/spec.hpp"

// Local scales of densities (Density::scale), such that eight nodes over half of a scale
// interpolate to 1e-9.
namespace toyfarm::model {

/// Where the tails of a Gaussian end, in sigma: e^-32 is nothing beside any background.
inline constexpr double gaussian_reach = 8;

/// How far `place` is from [lower, upper].
[[nodiscard]] inline double distance_to(double place, double lower, double upper) noexcept {
  return std::max({lower - place, place - upper, 0.0});
}

/// Of a Gaussian normalised over a window. One whose mean is outside falls off like an exponential
/// from the nearest end, however far away it is.
[[nodiscard]] inline double gaussian_scale(
    double mu, double sigma, spec::Interval const& window, double lower, double upper) noexcept {
  double const outside = distance_to(mu, window.lower, window.upper) / sigma;
  double const z = distance_to(mu, lower, upper) / sigma;
  if (z * z - outside * outside >= gaussian_reach * gaussian_reach) {
    return std::numeric_limits<double>::infinity();
  }
  if (!(outside > 0)) {
    return sigma;
  }
  // It falls off fastest where it is furthest from its mean and not yet nothing.
  double const furthest = std::min(std::max(std::abs(lower - mu), std::abs(upper - mu)) / sigma,
                                   std::hypot(outside, gaussian_reach));
  return sigma * std::min(1.0, 4 / furthest);
}

/// Of a function with a singularity at so much distance.
[[nodiscard]] inline double pole_scale(double distance) noexcept {
  return 2.0 / 3.0 * distance;
}

/// A Lorentzian of half width gamma smeared by sigma.
[[nodiscard]] inline double voigt_scale(
    double mu, double sigma, double gamma, double lower, double upper) noexcept {
  double const core = std::hypot(sigma, pole_scale(gamma));
  double const distance = distance_to(mu, lower, upper);
  return distance < gaussian_reach * sigma
             ? core
             : std::max(core, pole_scale(std::hypot(gamma, distance)));
}

}  // namespace toyfarm::model
