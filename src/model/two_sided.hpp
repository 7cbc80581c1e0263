#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "model/jet.hpp"

// What peaks with another form on either side share.
namespace toyfarm::model {

/// ln of a Gaussian of parameters mu, sigma, before normalisation.
template <class T>
struct GaussianLog {
  T mu, factor;
  explicit GaussianLog(std::array<T, 2> const& t) : mu(t[0]), factor(-0.5 / (t[1] * t[1])) {}

  [[nodiscard]] T log_f(double x) const {
    T const d = x - mu;
    return d * d * factor;
  }
};

/// The scale of a peak at mu: `side(i, nearest, furthest)` is that left (0) and right (1) of mu
/// between two distances from there.
template <class Side>
[[nodiscard]] double two_sided_scale(double mu, double lower, double upper, Side const& side) {
  double const left = lower < mu ? side(0, std::max(mu - upper, 0.0), mu - lower)
                                 : std::numeric_limits<double>::infinity();
  return upper > mu ? std::min(left, side(1, std::max(lower - mu, 0.0), upper - mu)) : left;
}

}  // namespace toyfarm::model
