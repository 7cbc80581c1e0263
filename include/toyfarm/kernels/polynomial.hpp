#pragma once
#include <cstddef>
#include <cstdint>

// Polynomials sum_k c_k u^k by Horner's rule, fused, clamped to [lower, upper]: what turns uniform
// deviates into events.
namespace toyfarm::kernels {

/// x_i = clamp(sum_{k <= order} c_k u_i^k). x may be u.
struct Polynomial {
  double const* coefficients;  ///< order + 1 of them, constant term first
  std::size_t order;
  double lower;
  double upper;
};
void polynomial_n(Polynomial const& polynomial, double const* u, double* x, std::size_t n);

/// Many polynomials of one order.
struct PolynomialTable {
  double const* coefficients;  ///< [polynomial * (order + 1) + k]
  std::size_t order;
  double const* lower;  ///< [polynomial]
  double const* upper;
};
/// x_i = polynomial number which[i] of the table at u_i. x may be u.
void polynomials_n(PolynomialTable const& table,
                   std::uint64_t const* which,
                   double const* u,
                   double* x,
                   std::size_t n);

}  // namespace toyfarm::kernels
