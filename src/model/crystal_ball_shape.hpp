#pragma once
#include <cmath>
#include <cstddef>

#include "toyfarm/model/density.hpp"

namespace toyfarm::model {

/// Largest number of parameters of a Crystal Ball.
inline constexpr std::size_t max_cb_params = 6;

/// The region a point lies in, as the sign of d ln f/dt times its alpha: +1 left tail, -1 right
/// tail, 0 core. What a tail contributes at a point, with v = |t| - alpha and r = alpha v / n: ln f
/// = -alpha^2/2 - n ln(1 + r). This is the exponent form of e^L (B + |t|)^-n: nothing overflows for
/// large n or small alpha.
struct CbPoint {
  double side;
  double t;
  double y;  ///< ln(1 + r); 0 in the core
  double w;  ///< 1/(1 + r); 1 in the core
  double g;  ///< r/(1 + r); 0 in the core
};

struct CbTail {
  double alpha;
  double n;
};

/// Derivatives of ln f at a point by (mu, sigma, alpha, n of the left tail, alpha, n of the right
/// tail); stride in doubles between columns. f and its slope in t are continuous at the joints for
/// every alpha and n, hence so are all first derivatives: integrals of f have no terms from the
/// joints up to second derivatives.
struct CbScore {
  double first[max_cb_params];
  double second[packed_size(max_cb_params)];
};

template <std::size_t NTails>
inline void cb_score(CbPoint const& q, CbTail const (&tails)[2], double inverse_sigma, CbScore& s) {
  bool const core = q.side == 0;
  CbTail const tail = tails[q.side < 0 ? 1 : 0];
  double const a = tail.alpha;
  double const n = tail.n;
  double const d1 = core ? -q.t : q.side * a * q.w;       // d ln f/dt
  double const d2 = core ? -1.0 : a * a * q.w * q.w / n;  // d2 ln f/dt2
  double const r2 = inverse_sigma * inverse_sigma;
  s.first[0] = -d1 * inverse_sigma;
  s.first[1] = -d1 * q.t * inverse_sigma;
  s.second[packed(0, 0)] = d2 * r2;
  s.second[packed(1, 0)] = (d2 * q.t + d1) * r2;
  s.second[packed(1, 1)] = (d2 * q.t + 2 * d1) * q.t * r2;

  // By alpha and n of the tail the point is in. u = (v - alpha) w / n, and w v / n = g / alpha.
  double const u = q.g / a - a * q.w / n;
  double const k = a + n / a;
  double const by_alpha = -q.g * k;
  double const by_n = q.g - q.y;
  double const d1_alpha = q.side * (q.w - a * q.w * u);
  double const d1_n = q.side * a * q.w * q.g / n;
  double const alpha_alpha = -q.w * u * k - q.g * (1 - n / (a * a));
  double const n_alpha = q.w * q.g * k / n - q.g / a;
  double const n_n = q.g * q.g / n;
  for (std::size_t tail_index = 0; tail_index < NTails; ++tail_index) {
    double const own = q.side == (tail_index == 0 ? 1.0 : -1.0) ? 1.0 : 0.0;
    std::size_t const i = 2 + 2 * tail_index;
    s.first[i] = own * by_alpha;
    s.first[i + 1] = own * by_n;
    s.second[packed(i, 0)] = -own * d1_alpha * inverse_sigma;
    s.second[packed(i, 1)] = -own * q.t * d1_alpha * inverse_sigma;
    s.second[packed(i, i)] = own * alpha_alpha;
    s.second[packed(i + 1, 0)] = -own * d1_n * inverse_sigma;
    s.second[packed(i + 1, 1)] = -own * q.t * d1_n * inverse_sigma;
    s.second[packed(i + 1, i)] = own * n_alpha;
    s.second[packed(i + 1, i + 1)] = own * n_n;
  }
  if constexpr (NTails == 2) {
    s.second[packed(4, 2)] = 0;
    s.second[packed(4, 3)] = 0;
    s.second[packed(5, 2)] = 0;
    s.second[packed(5, 3)] = 0;
  }
}

}  // namespace toyfarm::model
