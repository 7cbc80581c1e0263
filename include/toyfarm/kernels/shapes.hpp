#pragma once
#include <cstddef>

#include "toyfarm/kernels/density_columns.hpp"

// Densities made of elementary functions of one variable.
namespace toyfarm::kernels {

/// p = P(y) e^-log_norm, P = 1 + sum_{k=1}^{n_params} coefficients[k-1] T_k(y), y the point on
/// [-1, 1]; p = 0 where P <= chebyshev_zero.
struct Chebyshev {
  double lower;  ///< of the window
  double upper;
  double log_norm;
  std::size_t n_params;
  double const* coefficients;
  double const* means;  ///< of T_k / P over p
};

/// What is left of P at a zero may be anything down to this by rounding; products of two inverses
/// of what is above it are finite.
inline constexpr double chebyshev_zero = 1e-100;

/// P at n values y.
void chebyshev_sum_n(Chebyshev const& c, double const* y, std::size_t n, double* p);

/// ln p and derivatives: T_k/P - means_k, and means_k means_l - T_k T_l / P^2; both 0 where p = 0.
void chebyshev_n(Chebyshev const& c, double const* x, std::size_t n, DensityColumns const& out);

/// p = x u^power e^{slope u - log_norm}, u = 1 - (x/cut_off)^2, 0 < x < cut_off; parameters (slope,
/// power), of whose second derivatives p is free (Albrecht et al. (ARGUS) 1990,
/// doi:10.1016/0370-2693(90)91293-K).
struct Argus {
  double cut_off;
  double slope;
  double power;
  double log_norm;
  double mean_first[2];   ///< of u and ln u
  double mean_second[3];  ///< their covariances
};

/// ln p and derivatives; these are 0 where p = 0.
void argus_n(Argus const& c, double const* x, std::size_t n, DensityColumns const& out);

}  // namespace toyfarm::kernels
