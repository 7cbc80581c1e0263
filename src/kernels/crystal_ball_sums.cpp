#include <cmath>

#include "toyfarm/kernels/crystal_ball.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/crystal_ball_sums.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/crystal_ball-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

// Sums over 8 logical lanes of weights times each of n_terms quantities.
template <std::size_t n_terms>
struct Sums {
  Vec s[n_terms][parts];

  Sums() {
    for (auto& term : s) {
      for (auto& part : term) {
        part = hn::Zero(tag);
      }
    }
  }
  HWY_INLINE void add(std::size_t part, Vec weight, Vec const (&terms)[n_terms]) {
    for (std::size_t k = 0; k < n_terms; ++k) {
      s[k][part] = hn::MulAdd(weight, terms[k], s[k][part]);
    }
  }
};

// Multiplies weights by the exponential of log_f(node) and returns their sum.
template <class LogF>
HWY_INLINE double weigh(CrystalBallNodes const& nodes, LogF const& log_f) {
  Vec total[parts];
  for (auto& part : total) {
    part = hn::Zero(tag);
  }
  for (std::size_t i = 0; i < nodes.n; i += 8) {
    for (std::size_t p = 0; p < parts; ++p) {
      std::size_t const at = i + p * width;
      Vec const weight = hn::Mul(load(nodes.weights + at), exp_lanes(log_f(load(nodes.at + at))));
      store(weight, nodes.weights + at);
      total[p] = hn::Add(total[p], weight);
    }
  }
  return fold(total);
}

void Core(CrystalBall const& c, CrystalBallNodes const& nodes, CrystalBallSums& sums) {
  sums = {};
  sums.total = weigh(
      nodes, [&](Vec s) { return hn::Mul(hn::Mul(set(-0.5), s), hn::Add(s, set(2 * c.t0))); });
  if (nodes.first == nullptr) {
    return;
  }
  Sums<2> in_lanes;
  for (std::size_t i = 0; i < nodes.n; i += 8) {
    for (std::size_t p = 0; p < parts; ++p) {
      std::size_t const at = i + p * width;
      Vec const t = hn::Add(set(c.t0), load(nodes.at + at));
      Vec const mu = hn::Mul(t, set(c.inverse_sigma));
      Vec const sigma = hn::Mul(mu, t);
      in_lanes.add(p, load(nodes.weights + at), {mu, sigma});
      store(mu, nodes.first + at);
      store(sigma, nodes.first + nodes.stride + at);
    }
  }
  sums.first[0] = fold(in_lanes.s[0]);
  sums.first[1] = fold(in_lanes.s[1]);
  // -1/sigma^2, -2 t/sigma^2, -3 t^2/sigma^2
  sums.second[0] = -c.inverse_sigma * c.inverse_sigma * sums.total;
  sums.second[1] = -2 * c.inverse_sigma * sums.first[0];
  sums.second[2] = -3 * c.inverse_sigma * sums.first[1];
}

// Writes the first derivatives of one vector of nodes and adds first and second ones to the sums.
HWY_INLINE void add_tail_nodes(TailOf<Vec> const& tail,
                               double inverse_sigma,
                               CrystalBallNodes const& nodes,
                               std::size_t at,
                               std::size_t part,
                               Sums<14>& sums) {
  Vec const minus_y = hn::Neg(load(nodes.at + at));
  Place q;
  q.y = load(nodes.at + at);
  q.w = hn::Exp(tag, minus_y);
  q.g = hn::Neg(hn::Expm1(tag, minus_y));
  // v = |t| - alpha = (n/alpha) (e^y - 1)
  Vec const v = hn::Div(q.g, hn::Mul(tail.alpha_n, q.w));
  Vec const t = hn::CopySign(hn::Add(v, tail.alpha), hn::Neg(tail.side_alpha));
  auto const s = tail_score(tail, q);
  auto const p = by_place(t, s.t, s.t_t, set(inverse_sigma));
  Vec const mu_alpha = hn::Mul(s.t_alpha, set(-inverse_sigma));
  Vec const mu_n = hn::Mul(s.t_n, set(-inverse_sigma));
  sums.add(part,
           load(nodes.weights + at),
           {p.mu,
            p.sigma,
            s.alpha,
            s.n,
            p.mu_mu,
            p.sigma_mu,
            p.sigma_sigma,
            mu_alpha,
            hn::Mul(mu_alpha, t),
            s.alpha_alpha,
            mu_n,
            hn::Mul(mu_n, t),
            s.n_alpha,
            s.n_n});
  store(p.mu, nodes.first + at);
  store(p.sigma, nodes.first + nodes.stride + at);
  store(s.alpha, nodes.first + 2 * nodes.stride + at);
  store(s.n, nodes.first + 3 * nodes.stride + at);
}

// f dt = e^level (n/alpha) e^{-(n-1) y} dy.
void Tail(CrystalBall const& c,
          std::size_t which,
          CrystalBallNodes const& nodes,
          CrystalBallSums& sums) {
  auto const constants = tail_of(c, which);
  double const log_scale = std::log(constants.n) - std::log(constants.alpha) + constants.level;
  sums = {};
  sums.total =
      weigh(nodes, [&](Vec y) { return hn::NegMulAdd(set(constants.n - 1), y, set(log_scale)); });
  if (nodes.first == nullptr) {
    return;
  }
  auto const tail = each(constants, constants, [](double v, double) { return set(v); });
  Sums<14> in_lanes;
  for (std::size_t i = 0; i < nodes.n; i += 8) {
    for (std::size_t p = 0; p < parts; ++p) {
      add_tail_nodes(tail, c.inverse_sigma, nodes, i + p * width, p, in_lanes);
    }
  }
  for (std::size_t k = 0; k < 14; ++k) {
    (k < 4 ? sums.first[k] : sums.second[k - 4]) = fold(in_lanes.s[k]);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(Core);
HWY_EXPORT(Tail);

void crystal_ball_core(CrystalBall const& c, CrystalBallNodes const& nodes, CrystalBallSums& sums) {
  HWY_DYNAMIC_DISPATCH(Core)(c, nodes, sums);
}
void crystal_ball_tail(CrystalBall const& c,
                       std::size_t tail,
                       CrystalBallNodes const& nodes,
                       CrystalBallSums& sums) {
  HWY_DYNAMIC_DISPATCH(Tail)(c, tail, nodes, sums);
}

}  // namespace toyfarm::kernels
#endif
