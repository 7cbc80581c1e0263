#pragma once
#include <cstddef>

// Loops over arrays, vectorised for the CPU at hand (see isa.hpp). Sums run over 8 logical lanes
// and are folded in a fixed order, so that AVX2 and AVX-512 give the same bits. Arrays need no
// alignment; nothing is read or written past n.
namespace toyfarm::kernels {

/// y_i = exp(x_i), within 1.1 ulp; exp(-inf) = 0, overflow +inf, NaN stays. y may be x.
void exp_n(double const* x, double* y, std::size_t n);

/// y_i = ln(x_i), within 1 ulp; ln(0) = -inf, ln(+inf) = +inf, NaN for negative or NaN x. y may be
/// x.
void log_n(double const* x, double* y, std::size_t n);

/// sum_i x_i
[[nodiscard]] double sum(double const* x, std::size_t n);

/// sum_i a_i b_i
[[nodiscard]] double dot(double const* a, double const* b, std::size_t n);

/// sum_i a_i b_i c_i
[[nodiscard]] double dot3(double const* a, double const* b, double const* c, std::size_t n);

/// sum_i |a_i b_i|
[[nodiscard]] double dot_of_magnitudes(double const* a, double const* b, std::size_t n);

/// Weighted Gram matrix of m columns, added to `out`: out[k(k+1)/2 + l] += sum_i w_i columns[k][i]
/// columns[l][i] for l <= k. `w` null means all 1.
void gram(double const* w, double const* const* columns, std::size_t m, std::size_t n, double* out);

/// y_i += a x_i
void axpy(double a, double const* x, double* y, std::size_t n);

/// y_i = shares[0] x_i + sum_{0 < d <= reach} shares[d] (x_{i-d} + x_{i+d}). Read are x_{-reach} to
/// x_{n+reach+7}.
void convolve(double const* shares, std::size_t reach, double const* x, double* y, std::size_t n);

/// y_i = a_i b_i; y may be a or b.
void multiply(double const* a, double const* b, double* y, std::size_t n);

}  // namespace toyfarm::kernels
