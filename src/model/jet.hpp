#pragma once
#include <array>
#include <cmath>
#include <cstddef>

#include "toyfarm/model/density.hpp"

namespace toyfarm::model {

/// A value with its first and second derivatives by N variables: forward differentiation of
/// formulas that are too long to differentiate by hand.
template <std::size_t N>
struct Jet {
  double v = 0;
  std::array<double, N> d{};
  std::array<double, packed_size(N)> dd{};

  static Jet variable(double value, std::size_t index) {
    Jet j;
    j.v = value;
    j.d[index] = 1;
    return j;
  }

  /// The function with value f and derivatives f1, f2 at v, applied to this.
  [[nodiscard]] Jet chain(double f, double f1, double f2) const {
    Jet r;
    r.v = f;
    for (std::size_t k = 0; k < N; ++k) {
      r.d[k] = f1 * d[k];
      for (std::size_t l = 0; l <= k; ++l) {
        r.dd[packed(k, l)] = f1 * dd[packed(k, l)] + f2 * d[k] * d[l];
      }
    }
    return r;
  }

  friend Jet operator+(Jet const& a, Jet const& b) {
    Jet r;
    r.v = a.v + b.v;
    for (std::size_t k = 0; k < N; ++k) {
      r.d[k] = a.d[k] + b.d[k];
    }
    for (std::size_t e = 0; e < packed_size(N); ++e) {
      r.dd[e] = a.dd[e] + b.dd[e];
    }
    return r;
  }
  friend Jet operator*(Jet const& a, Jet const& b) {
    Jet r;
    r.v = a.v * b.v;
    for (std::size_t k = 0; k < N; ++k) {
      r.d[k] = a.d[k] * b.v + a.v * b.d[k];
      for (std::size_t l = 0; l <= k; ++l) {
        r.dd[packed(k, l)] =
            a.dd[packed(k, l)] * b.v + a.d[k] * b.d[l] + a.d[l] * b.d[k] + a.v * b.dd[packed(k, l)];
      }
    }
    return r;
  }
  friend Jet operator*(double a, Jet const& b) { return b.chain(a * b.v, a, 0); }
  friend Jet operator+(double a, Jet const& b) {
    Jet r = b;
    r.v += a;
    return r;
  }
  friend Jet operator-(Jet const& a, Jet const& b) { return a + -1.0 * b; }
  friend Jet operator-(Jet const& a) { return -1.0 * a; }
  friend Jet operator+(Jet const& a, double b) { return b + a; }
  friend Jet operator-(Jet const& a, double b) { return -b + a; }
  friend Jet operator-(double a, Jet const& b) { return a + -1.0 * b; }
  friend Jet operator*(Jet const& a, double b) { return b * a; }
  friend Jet operator/(Jet const& a, Jet const& b) { return a * inverse(b); }
  friend Jet operator/(double a, Jet const& b) { return a * inverse(b); }
};

/// The value of a number or of a jet.
[[nodiscard]] inline double value_of(double a) {
  return a;
}
template <std::size_t N>
[[nodiscard]] double value_of(Jet<N> const& a) {
  return a.v;
}

/// A function with value f and derivatives f1, f2 at a, a number or a jet.
[[nodiscard]] inline double chain(double, double f, double, double) {
  return f;
}
template <std::size_t N>
[[nodiscard]] Jet<N> chain(Jet<N> const& a, double f, double f1, double f2) {
  return a.chain(f, f1, f2);
}

template <std::size_t N>
[[nodiscard]] Jet<N> inverse(Jet<N> const& a) {
  double const r = 1 / a.v;
  return a.chain(r, -r * r, 2 * r * r * r);
}

template <std::size_t N>
[[nodiscard]] Jet<N> abs(Jet<N> const& a) {
  return a.v < 0 ? -a : a;
}

template <std::size_t N>
[[nodiscard]] Jet<N> exp(Jet<N> const& a) {
  double const e = std::exp(a.v);
  return a.chain(e, e, e);
}

template <std::size_t N>
[[nodiscard]] Jet<N> log(Jet<N> const& a) {
  double const r = 1 / a.v;
  return a.chain(std::log(a.v), r, -r * r);
}

template <std::size_t N>
[[nodiscard]] Jet<N> pow(Jet<N> const& a, double p) {
  double const f = std::pow(a.v, p);
  return a.chain(f, p * f / a.v, p * (p - 1) * f / (a.v * a.v));
}

template <std::size_t N>
[[nodiscard]] Jet<N> log1p(Jet<N> const& a) {
  double const r = 1 / (1 + a.v);
  return a.chain(std::log1p(a.v), r, -r * r);
}

template <std::size_t N>
[[nodiscard]] Jet<N> asinh(Jet<N> const& a) {
  double const r = 1 / std::sqrt(1 + a.v * a.v);
  return a.chain(std::asinh(a.v), r, -a.v * r * r * r);
}

}  // namespace toyfarm::model
