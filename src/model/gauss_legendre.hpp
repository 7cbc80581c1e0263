#pragma once
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace toyfarm::model {

template <std::size_t N>
struct GaussLegendre {
  std::array<double, N> x;  ///< nodes on [-1, 1], ascending
  std::array<double, N> w;
};

/// The N-node Gauss-Legendre rule; roots of P_N by Newton's method in long double (Abramowitz &
/// Stegun 25.4.29).
template <std::size_t N>
[[nodiscard]] GaussLegendre<N> const& gauss_legendre() {
  static GaussLegendre<N> const rule = [] {
    GaussLegendre<N> r{};
    for (std::size_t i = 0; i < N; ++i) {
      long double x =
          -std::cos(std::numbers::pi_v<long double> * (static_cast<long double>(i) + 0.75L) /
                    (static_cast<long double>(N) + 0.5L));
      long double slope = 1;
      for (int step = 0; step < 20; ++step) {
        long double previous = 1;
        long double current = x;
        for (std::size_t k = 2; k <= N; ++k) {
          auto const n = static_cast<long double>(k);
          long double const next = ((2 * n - 1) * x * current - (n - 1) * previous) / n;
          previous = current;
          current = next;
        }
        slope = static_cast<long double>(N) * (x * current - previous) / (x * x - 1);
        long double const change = current / slope;
        x -= change;
        if (std::abs(change) < 1e-18L) {
          break;
        }
      }
      r.x[i] = static_cast<double>(x);
      r.w[i] = static_cast<double>(2 / ((1 - x * x) * slope * slope));
    }
    return r;
  }();
  return rule;
}

}  // namespace toyfarm::model
