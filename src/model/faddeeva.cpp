#include "model/faddeeva.hpp"

#include <array>
#include <cmath>
#include <numbers>

namespace toyfarm::model {

Faddeeva faddeeva(double x, double y) {
  std::array<double, 6> f;
  kernels::faddeeva_n(&x, 1, y, f.data(), 1);
  return {{f[0], f[1]}, {f[2], f[3]}, {f[4], f[5]}};
}

double faddeeva_integral(double x, double y) {
  // Termwise: (i/sqrt(pi)) [ln z - sum_{m>=1} (2m-1)!!/(2m) q^m] with q = 1/(2 z^2), and Re(i ln z)
  // = -arg z, counted here from the imaginary axis. Products are written out: std::complex's own
  // checks for infinities cost more than the arithmetic.
  double const r = 1 / (x * x + y * y);
  double const re = x * r;
  double const im = -y * r;
  double const q_re = 0.5 * (re * re - im * im);
  double const q_im = re * im;
  double term_re = 1;
  double term_im = 0;
  double sum = 0;
  for (int m = 1; m <= 16; ++m) {
    double const next = (2 * m - 1) * (q_re * term_re - q_im * term_im);
    term_im = (2 * m - 1) * (q_re * term_im + q_im * term_re);
    term_re = next;
    sum += term_im / (2 * m);
  }
  return std::numbers::inv_sqrtpi * (std::atan2(x, y) + sum);
}

}  // namespace toyfarm::model
