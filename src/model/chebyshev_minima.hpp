#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "toyfarm/spec/spec.hpp"

// Where P(y) = 1 + sum c_k T_k(y) is lowest on [-1, 1]. With y = cos(phi) it is the cosine sum
// f(phi) = 1 + sum c_k cos(k phi) on [0, pi], whose derivatives are bounded by sums of k^j |c_k|.
namespace toyfarm::model {

/// A local minimum of P on [-1, 1]. Both ends are stationary points of f, so that P has a minimum
/// at an end of the window where f has one.
struct ChebyshevMinimum {
  double angle;      ///< arccos y, exactly 0 or pi at an end of the window
  double value;      ///< P there; never within rounding below zero, but zero instead
  double curvature;  ///< d2f/dphi2
};

/// What P may be off zero by rounding: some ulp of |constant| + sum |c_k|.
[[nodiscard]] double chebyshev_rounding(std::span<double const> c, double constant = 1);

/// Where y = cos(angle) is in a window; its ends exactly.
[[nodiscard]] double chebyshev_place(double angle, spec::Interval window);

/// Looks for minima of polynomials of one degree.
class ChebyshevMinima {
 public:
  explicit ChebyshevMinima(std::size_t degree);

  /// Doubles of scratch that nowhere_negative needs.
  [[nodiscard]] std::size_t scratch_size() const noexcept { return y_.size(); }

  /// True where P >= 0 on all of [-1, 1], to rounding. Values on a grid and a bound of what lies
  /// between them decide most cases; the others, the minima that may lie below zero.
  [[nodiscard]] bool nowhere_negative(std::span<double const> c, std::span<double> scratch) const;

  /// All local minima, lowest first; of a constant, both ends. |c_k| of any size. `constant` stands
  /// in the place of 1.
  [[nodiscard]] std::vector<ChebyshevMinimum> all(std::span<double const> c,
                                                  double constant = 1) const;

 private:
  [[nodiscard]] double angle(std::size_t i) const noexcept;

  std::vector<double> y_;  ///< cos(phi), phi uniform on [0, pi], ends included
};

/// T_k(y) and dT_k/dy, k = 1 … gradient.size(), at y = cos(angle).
void chebyshev_slopes(double angle, std::span<double> value, std::span<double> slope);

}  // namespace toyfarm::model
