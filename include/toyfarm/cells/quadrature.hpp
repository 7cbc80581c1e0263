#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace toyfarm::cells {

/// Gauss-Legendre rule of n points on [-1, 1], exact for polynomials of degree 2n-1; nodes rising.
/// n >= 1.
class GaussLegendre {
 public:
  explicit GaussLegendre(std::size_t n);
  [[nodiscard]] std::span<double const> nodes() const noexcept { return nodes_; }
  [[nodiscard]] std::span<double const> weights() const noexcept { return weights_; }

  /// Integral of f over [lower, upper].
  template <class Function>
  [[nodiscard]] double integrate(double lower, double upper, Function f) const {
    double const middle = 0.5 * (lower + upper);
    double const half = 0.5 * (upper - lower);
    double sum = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      sum += weights_[i] * f(middle + half * nodes_[i]);
    }
    return half * sum;
  }

  /// Integral of f over cells that share rising borders.
  template <class Function>
  [[nodiscard]] double integrate(std::span<double const> borders, Function f) const {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
      sum += integrate(borders[i], borders[i + 1], f);
    }
    return sum;
  }

 private:
  std::vector<double> nodes_;
  std::vector<double> weights_;
};

}  // namespace toyfarm::cells
