#pragma once
#include <complex>

namespace toyfarm::model {

/// w(z) = e^{-z^2} erfc(-i z) and its first two derivatives.
struct Faddeeva {
  std::complex<double> w;
  std::complex<double> d;
  std::complex<double> dd;
};

/// At z = x + i y, y > 0. Re w, and w, d, dd as complex numbers, are right to about 1e-14 relative
/// for |z| <= 8, near rounding beyond.
[[nodiscard]] Faddeeva faddeeva(double x, double y);

/// Beyond this |z| faddeeva() is an asymptotic series, and faddeeva_integral() can be used.
inline constexpr double faddeeva_far = 8;

/// Below this y the Gaussian e^{-x^2} can show beyond faddeeva_far.
inline constexpr double faddeeva_thin = 1e-15;

/// Real part of an antiderivative of w along a line of constant y, for |z| >= faddeeva_far;
/// differences of it are integrals of Re w - e^{-x^2}, the Gaussian being nothing there unless y <
/// faddeeva_thin.
[[nodiscard]] double faddeeva_integral(double x, double y);

}  // namespace toyfarm::model
