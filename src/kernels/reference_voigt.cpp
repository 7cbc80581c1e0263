#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "toyfarm/kernels/reference.hpp"

namespace toyfarm::kernels::reference {
namespace {

constexpr double inv_sqrt_pi = std::numbers::inv_sqrtpi;

struct Faddeeva {
  std::complex<double> w;
  std::complex<double> d;
  std::complex<double> dd;
};

// Products written out: std::complex's own checks for infinities cost more than the arithmetic.
struct Z {
  double re;
  double im;
};
constexpr Z operator*(Z a, Z b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
constexpr Z operator*(double a, Z b) {
  return {a * b.re, a * b.im};
}
constexpr Z operator+(Z a, Z b) {
  return {a.re + b.re, a.im + b.im};
}
constexpr Z operator-(Z a, Z b) {
  return {a.re - b.re, a.im - b.im};
}
Z inverse(Z a) {
  double const r = 1 / (a.re * a.re + a.im * a.im);
  return {a.re * r, -a.im * r};
}

// Nodes of the trapezoidal sums: squares t^2 and e^{-t^2}, at k h (k >= 1) and at (k + 1/2) h (k >=
// 0).
constexpr std::size_t n_terms = 12;
double const step = std::sqrt(std::numbers::pi / 12);
struct Nodes {
  std::array<double, n_terms> square;
  std::array<double, n_terms> weight;
};
Nodes make_nodes(double first) {
  Nodes nodes;
  for (std::size_t k = 0; k < n_terms; ++k) {
    double const t = (static_cast<double>(k) + first) * step;
    nodes.square[k] = t * t;
    nodes.weight[k] = std::exp(-t * t);
  }
  return nodes;
}
Nodes const at_multiples = make_nodes(1.0);
Nodes const at_halves = make_nodes(0.5);

// Sum of e^{-t^2} z/(z^2 - t^2) times i: the real part comes as y (|z|^2 + t^2) / |z^2 - t^2|^2, a
// sum of positive terms, right however small y is.
Z trapezoid(Nodes const& nodes, double x, double y) {
  double const a = x * x - y * y;
  double const b = 2 * x * y;
  double const m = x * x + y * y;
  double re = 0;
  double im = 0;
  for (std::size_t k = 0; k < n_terms; ++k) {
    double const p = a - nodes.square[k];
    double const f = nodes.weight[k] / (p * p + b * b);
    re += f * (m + nodes.square[k]);
    im += f * (m - nodes.square[k]);
  }
  return {y * re, x * im};
}

// Trapezoidal sums for w(z) = (i/pi) integral of e^{-t^2}/(z - t) dt with the residue of the pole
// added; the rule whose nodes are away from z is taken. Al Azah & Chandler-Wilde, SIAM J. Numer.
// Anal. 59 (2021) 2346, doi:10.1137/20M1373037.
Z near(double x, double y) {
  double const h = step;
  double const fraction = x / h - std::floor(x / h);
  bool const halves = fraction <= 0.25 || fraction >= 0.75 || y >= std::numbers::pi / h;
  Z w = (2 * h * std::numbers::inv_pi) * trapezoid(halves ? at_halves : at_multiples, x, y);
  if (!halves) {
    // The node t = 0: (i h / pi) / z.
    double const m = h * std::numbers::inv_pi / (x * x + y * y);
    w = w + Z{m * y, m * x};
  }
  if (y < std::numbers::pi / h) {
    // 2 e^{-z^2} / (1 -+ e^{-2 pi i z / h})
    double const size = 2 * std::exp(y * y - x * x);
    Z const gauss{size * std::cos(2 * x * y), -size * std::sin(2 * x * y)};
    double const turn = 2 * std::numbers::pi * fraction;
    double const grow = std::exp(2 * std::numbers::pi * y / h);
    double const sign = halves ? 1 : -1;
    w = w + gauss * inverse({1 + sign * grow * std::cos(turn), -sign * grow * std::sin(turn)});
  }
  return w;
}

// w = (i/(sqrt(pi) z)) sum_m (2m-1)!! q^m with q = 1/(2 z^2) (Abramowitz & Stegun 7.1.23), |z|
// >= 8. With S = sum_{m>=1} (2m+1)!! q^m all three come without the cancellation that w' = -2 z w +
// 2i/sqrt(pi) has far out.
Faddeeva far(double x, double y) {
  Z const inv = inverse({x, y});
  Z const q = 0.5 * (inv * inv);
  Z s{0, 0};
  for (int m = 16; m >= 1; --m) {
    s = static_cast<double>(2 * m + 1) * (q * (Z{1, 0} + s));
  }
  Z const s1 = q * (Z{1, 0} + s);
  Z const i_inv{-inv.im, inv.re};
  Z const w = inv_sqrt_pi * (i_inv + i_inv * s1);
  Z const d = (-2 * inv_sqrt_pi) * Z{-s1.im, s1.re};
  Z const dd = (2 * inv_sqrt_pi) * (i_inv * (s - s1));
  return {{w.re, w.im}, {d.re, d.im}, {dd.re, dd.im}};
}

Faddeeva faddeeva(double x, double y) {
  bool const mirror = x < 0;
  double const ax = std::abs(x);
  Faddeeva f;
  if (ax * ax + y * y >= faddeeva_far * faddeeva_far) {
    f = far(ax, y);
    if (y < faddeeva_thin) {
      // The Gaussian that the series does not know shows only where y is smaller still.
      double const gauss = std::exp(-ax * ax);
      f.w += gauss;
      f.d -= 2 * ax * gauss;
      f.dd += (4 * ax * ax - 2) * gauss;
    }
  } else {
    Z const w = near(ax, y);
    Z const z{ax, y};
    Z const d = Z{0, 2 * inv_sqrt_pi} - 2.0 * (z * w);
    Z const dd = -2.0 * (w + z * d);
    f = {{w.re, w.im}, {d.re, d.im}, {dd.re, dd.im}};
  }
  if (mirror) {
    // w(-conj z) = conj w(z)
    f = {std::conj(f.w), -std::conj(f.d), std::conj(f.dd)};
  }
  return f;
}

// V and its derivatives: by d, and by the laws that voigt.cpp names.
void voigt_point(Voigt const& c, double x, std::size_t i, DensityColumns const& out) {
  double const r = 1 / (c.sigma * std::numbers::sqrt2);
  double const d = x - c.mu;
  auto const f = faddeeva(d * r, c.gamma * r);
  double const v = f.w.real();
  out.value[i] = std::log(v * r * inv_sqrt_pi) - c.log_norm;
  double const v_d = f.d.real() * r / v;
  double const v_dd = f.dd.real() * r * r / v;
  double const v_g = -f.d.imag() * r / v;
  double const v_dg = -f.dd.imag() * r * r / v;
  double const v_s = c.sigma * v_dd;
  double const v_ds = -(2 * v_d + d * v_dd + c.gamma * v_dg) / c.sigma;
  double const v_gs = -(2 * v_g + d * v_dg - c.gamma * v_dd) / c.sigma;
  double const v_ss = -(2 * v_s + d * v_ds + c.gamma * v_gs) / c.sigma;
  double const s[3] = {-v_d, v_s, v_g};
  double const second[6] = {v_dd, -v_ds, v_ss, -v_dg, v_gs, -v_dd};
  for (std::size_t k = 0; k < 3 && out.first != nullptr; ++k) {
    out.first[k * out.stride + i] = s[k] - c.mean_first[k];
    for (std::size_t l = 0; l <= k && out.second != nullptr; ++l) {
      std::size_t const e = k * (k + 1) / 2 + l;
      out.second[e * out.stride + i] = second[e] - s[k] * s[l] - c.mean_second[e];
    }
  }
}

}  // namespace

void faddeeva_n(double const* x, std::size_t n, double y, double* out, std::size_t stride) {
  for (std::size_t i = 0; i < n; ++i) {
    auto const f = faddeeva(x[i], y);
    double const parts[6] = {
        f.w.real(), f.w.imag(), f.d.real(), f.d.imag(), f.dd.real(), f.dd.imag()};
    for (std::size_t c = 0; c < 6; ++c) {
      out[c * stride + i] = parts[c];
    }
  }
}

void voigt_n(Voigt const& c, double const* x, std::size_t n, DensityColumns const& out) {
  for (std::size_t i = 0; i < n; ++i) {
    voigt_point(c, x[i], i, out);
  }
}

}  // namespace toyfarm::kernels::reference
