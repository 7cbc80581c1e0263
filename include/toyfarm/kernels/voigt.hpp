#pragma once
#include <cstddef>

#include "toyfarm/kernels/density_columns.hpp"

// The Voigt profile, a Gaussian folded with a Lorentzian of half width gamma, by the Faddeeva
// function w(z) = e^{-z^2} erfc(-i z):
//   V(d; sigma, gamma) = Re w(z) / (sigma sqrt(2 pi)), z = (d + i gamma) / (sigma sqrt 2).
namespace toyfarm::kernels {

/// Beyond this |z| w is summed as an asymptotic series.
inline constexpr double faddeeva_far = 8;

/// Below this y the Gaussian e^{-x^2} can show beyond faddeeva_far.
inline constexpr double faddeeva_thin = 1e-15;

/// w and its first two derivatives at x_i + i y, y > 0: out[c * stride + i] for c = 0 … 5 is Re w,
/// Im w, Re w', Im w', Re w'', Im w''. Re w, and all three as complex numbers, are right to about
/// 1e-14 relative for |z| <= 8, near rounding beyond.
void faddeeva_n(double const* x, std::size_t n, double y, double* out, std::size_t stride);

/// Re w alone, y_i = Re w(x_i + i y).
void faddeeva_real_n(double const* x, std::size_t n, double y, double* re);

/// What ln p = ln V(x - mu) - log_norm needs at every point, parameters being (mu, sigma, gamma).
struct Voigt {
  double mu;
  double sigma;
  double gamma;
  double log_norm;
  double mean_first[3];   ///< subtracted from first derivatives of ln V
  double mean_second[6];  ///< subtracted from second derivatives of ln V
};

/// ln p and derivatives: 3 columns of first derivatives, 6 of second ones.
void voigt_n(Voigt const& c, double const* x, std::size_t n, DensityColumns const& out);

}  // namespace toyfarm::kernels
