#include <cmath>

#include "toyfarm/kernels/reference.hpp"

namespace toyfarm::kernels::reference {
namespace {

constexpr std::size_t packed(std::size_t k, std::size_t l) {
  return k * (k + 1) / 2 + l;
}

// Derivatives of ln f by (mu, sigma, alpha_l, n_l, alpha_r, n_r).
struct Score {
  double first[6];
  double second[21];
};

// `side` is +1 in the left tail, -1 in the right one, 0 in the core; y = ln(1 + r), w = 1/(1 + r),
// g = r/(1 + r).
Score score(CrystalBall const& c, double side, double t, double y) {
  Score s{};
  auto const [a, n] = c.tails[side < 0 ? 1 : 0];
  double const w = std::exp(-y);
  double const g = -std::expm1(-y);
  double const is = c.inverse_sigma;
  double const d = side == 0 ? -t : side * a * w;
  double const dd = side == 0 ? -1 : a * a * w * w / n;
  s.first[0] = -d * is;
  s.first[1] = -d * t * is;
  s.second[packed(0, 0)] = dd * is * is;
  s.second[packed(1, 0)] = (dd * t + d) * is * is;
  s.second[packed(1, 1)] = (dd * t + 2 * d) * t * is * is;
  if (side == 0) {
    return s;
  }
  double const d_alpha = side * w * w * (1 + a * a / n);
  double const d_n = side * a * w * g / n;
  std::size_t const i = side > 0 ? 2 : 4;
  s.first[i] = -g * (a + n / a);
  s.first[i + 1] = g - y;
  s.second[packed(i, 0)] = -d_alpha * is;
  s.second[packed(i, 1)] = -d_alpha * t * is;
  s.second[packed(i, i)] = g * g * n / (a * a) + w * w * (1 + a * a / n) - g * (1 + w);
  s.second[packed(i + 1, 0)] = -d_n * is;
  s.second[packed(i + 1, 1)] = -d_n * t * is;
  s.second[packed(i + 1, i)] = a * w * g / n - g * g / a;
  s.second[packed(i + 1, i + 1)] = g * g / n;
  return s;
}

void evaluate(CrystalBall const& c,
              std::size_t n_tails,
              double const* x,
              std::size_t n,
              DensityColumns const& out) {
  std::size_t const n_params = 2 + 2 * n_tails;
  for (std::size_t i = 0; i < n; ++i) {
    double const s = (x[i] - c.anchor) * c.inverse_sigma;
    double const t = c.t0 + s;
    bool const left = n_tails == 1 ? t <= -c.tails[0].alpha : t < -c.tails[0].alpha;
    bool const right = n_tails == 2 && t > c.tails[1].alpha;
    double const side = left ? 1 : right ? -1 : 0;
    auto const [alpha, power] = c.tails[right ? 1 : 0];
    double const y = side == 0 ? 0 : std::log1p(alpha * (std::abs(t) - alpha) / power);
    double const log_f =
        side == 0 ? -0.5 * s * (s + 2 * c.t0) : -0.5 * alpha * alpha - power * y - c.reference;
    out.value[i] = log_f - c.log_norm;
    auto const at = score(c, side, t, y);
    for (std::size_t k = 0; out.first != nullptr && k < n_params; ++k) {
      out.first[k * out.stride + i] = at.first[k] - c.mean_first[k];
    }
    for (std::size_t e = 0; out.second != nullptr && e < packed(n_params, 0); ++e) {
      out.second[e * out.stride + i] = at.second[e] - c.mean_second[e];
    }
  }
}

// Adds node i, whose f dt is `weight`, to the sums of the region that has the parameters `own`.
void add_node(Score const& s,
              double weight,
              std::size_t const (&own)[4],
              std::size_t n_own,
              CrystalBallNodes const& nodes,
              std::size_t i,
              CrystalBallSums& sums) {
  nodes.weights[i] = weight;
  sums.total += weight;
  for (std::size_t k = 0; nodes.first != nullptr && k < n_own; ++k) {
    nodes.first[k * nodes.stride + i] = s.first[own[k]];
    sums.first[k] += weight * s.first[own[k]];
    for (std::size_t l = 0; l <= k; ++l) {
      sums.second[packed(k, l)] += weight * s.second[packed(own[k], own[l])];
    }
  }
}

}  // namespace

void crystal_ball_n(CrystalBall const& c,
                    double const* x,
                    std::size_t n,
                    DensityColumns const& out) {
  evaluate(c, 1, x, n, out);
}

void double_crystal_ball_n(CrystalBall const& c,
                           double const* x,
                           std::size_t n,
                           DensityColumns const& out) {
  evaluate(c, 2, x, n, out);
}

void crystal_ball_core(CrystalBall const& c, CrystalBallNodes const& nodes, CrystalBallSums& sums) {
  sums = {};
  for (std::size_t i = 0; i < nodes.n; ++i) {
    double const s = nodes.at[i];
    double const f = std::exp(-0.5 * s * (s + 2 * c.t0));
    add_node(score(c, 0, c.t0 + s, 0), nodes.weights[i] * f, {0, 1}, 2, nodes, i, sums);
  }
}

void crystal_ball_tail(CrystalBall const& c,
                       std::size_t tail,
                       CrystalBallNodes const& nodes,
                       CrystalBallSums& sums) {
  sums = {};
  auto const [a, n] = c.tails[tail];
  double const side = tail == 0 ? 1 : -1;
  for (std::size_t i = 0; i < nodes.n; ++i) {
    double const y = nodes.at[i];
    double const t = -side * (a + n / a * std::expm1(y));
    double const f = std::exp(-0.5 * a * a - c.reference - n * y);
    double const slope = n / a * std::exp(y);  // d|t|/dy
    add_node(score(c, side, t, y),
             nodes.weights[i] * f * slope,
             {0, 1, 2 + 2 * tail, 3 + 2 * tail},
             4,
             nodes,
             i,
             sums);
  }
}

}  // namespace toyfarm::kernels::reference
