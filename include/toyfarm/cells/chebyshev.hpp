#pragma once
#include <cstddef>
#include <span>
#include <vector>

// Polynomials on [-1, 1] as Chebyshev series sum_k c_k T_k(t), c_0 not halved.
namespace toyfarm::cells {

/// Nodes of the first kind, cos(pi (j + 1/2) / n), j = 0 … n-1, falling, and the transform from
/// values there to a series. n >= 1.
class ChebyshevNodes {
 public:
  explicit ChebyshevNodes(std::size_t n);
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
  [[nodiscard]] std::span<double const> nodes() const noexcept { return nodes_; }
  /// The series of degree n-1 that has these values at the nodes.
  [[nodiscard]] std::vector<double> series(std::span<double const> values) const;

 private:
  std::vector<double> nodes_;
  std::vector<double> to_series_;  ///< [k * n + j]
};

/// Value at t (Clenshaw's recurrence).
[[nodiscard]] double chebyshev_value(std::span<double const> series, double t) noexcept;
/// The derivative's series, one shorter (but of at least one term).
[[nodiscard]] std::vector<double> chebyshev_derivative(std::span<double const> series);
/// The series of the integral from -1, one longer.
[[nodiscard]] std::vector<double> chebyshev_integral(std::span<double const> series);
/// The same polynomial as sum_k a_k t^k. Loses about 1.2 bits per degree beyond what the series'
/// decay gives back: for degrees up to 15 or so.
[[nodiscard]] std::vector<double> chebyshev_to_monomial(std::span<double const> series);

}  // namespace toyfarm::cells
