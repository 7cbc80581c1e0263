#pragma once
#include <complex>

#include "toyfarm/kernels/voigt.hpp"

namespace toyfarm::model {

/// w(z) = e^{-z^2} erfc(-i z) and its first two derivatives.
struct Faddeeva {
  std::complex<double> w;
  std::complex<double> d;
  std::complex<double> dd;
};

/// At z = x + i y, y > 0: kernels::faddeeva_n of one point.
[[nodiscard]] Faddeeva faddeeva(double x, double y);

using kernels::faddeeva_far;
using kernels::faddeeva_thin;

/// Real part of an antiderivative of w along a line of constant y, for |z| >= faddeeva_far;
/// differences of it are integrals of Re w - e^{-x^2}, the Gaussian being nothing there unless y <
/// faddeeva_thin.
[[nodiscard]] double faddeeva_integral(double x, double y);

}  // namespace toyfarm::model
