#pragma once
#include <algorithm>
#include <cmath>
#include <optional>

namespace toyfarm::inference {

/// An argument and the function's value there.
struct Place {
  double x = 0;
  double f = 0;
};

/// Root of `f` between two places whose values differ in sign, within `tolerance` of it and within
/// `relative` times itself: inverse
/// quadratic steps where they are safe, halving elsewhere (Chandrupatla 1997,
/// doi:10.1016/S0965-9978(96)00051-8). Values may be infinite; nothing once one is NaN.
template <class F>
[[nodiscard]] std::optional<double> find_root(
    F&& f, Place newest, Place other, double tolerance, double relative = 0) {
  double share = 0.5;
  for (int step = 0; step < 200; ++step) {
    double const x = newest.x + share * (other.x - newest.x);
    Place const next{x, f(x)};
    if (std::isnan(next.f)) {
      return std::nullopt;
    }
    Place third = newest;
    if ((next.f < 0) != (newest.f < 0)) {
      third = other;
      other = newest;
    }
    newest = next;
    double const width = std::abs(other.x - newest.x);
    double const within = tolerance + relative * std::abs(newest.x);
    if (newest.f == 0 || width <= 2 * within) {
      break;
    }
    double const xi = (newest.x - other.x) / (third.x - other.x);
    double const phi = (newest.f - other.f) / (third.f - other.f);
    share = 0.5;
    if (1 - std::sqrt(1 - xi) < phi && phi < std::sqrt(xi)) {
      share = newest.f / (other.f - newest.f) * third.f / (other.f - third.f) +
              (third.x - newest.x) / (other.x - newest.x) * newest.f / (third.f - newest.f) *
                  other.f / (third.f - other.f);
    }
    double const least = within / width;
    share = std::clamp(share, least, 1 - least);
  }
  return std::abs(newest.f) <= std::abs(other.f) ? newest.x : other.x;
}

}  // namespace toyfarm::inference
