#include "toyfarm/kernels/crystal_ball.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/crystal_ball.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/crystal_ball-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

// Columns of the derivatives that one tail has, 0 outside it, less their means.
template <std::size_t tail, bool second>
HWY_INLINE void write_tail(
    CrystalBall const& c, Mask own, Score const& s, Vec t, DensityColumns const& out) {
  constexpr std::size_t a = 2 + 2 * tail;
  auto const write = [own](Vec v, double mean, double* column) {
    store(hn::Sub(hn::IfThenElseZero(own, v), set(mean)), column);
  };
  write(s.alpha, c.mean_first[a], out.first + a * out.stride);
  write(s.n, c.mean_first[a + 1], out.first + (a + 1) * out.stride);
  if constexpr (second) {
    auto const write_second = [&](Vec v, std::size_t k, std::size_t l) {
      std::size_t const at = k * (k + 1) / 2 + l;
      write(v, c.mean_second[at], out.second + at * out.stride);
    };
    Vec const minus = set(-c.inverse_sigma);
    Vec const mu_alpha = hn::Mul(s.t_alpha, minus);
    Vec const mu_n = hn::Mul(s.t_n, minus);
    write_second(mu_alpha, a, 0);
    write_second(hn::Mul(mu_alpha, t), a, 1);
    write_second(s.alpha_alpha, a, a);
    write_second(mu_n, a + 1, 0);
    write_second(hn::Mul(mu_n, t), a + 1, 1);
    write_second(s.n_alpha, a + 1, a);
    write_second(s.n_n, a + 1, a + 1);
    for (std::size_t k = 4; tail == 1 && k < 6; ++k) {
      for (std::size_t l = 2; l < 4; ++l) {
        write_second(hn::Zero(tag), k, l);
      }
    }
  }
}

// Columns by mu and sigma.
template <bool second>
HWY_INLINE void write_place(CrystalBall const& c, Placed const& p, DensityColumns const& out) {
  store(hn::Sub(p.mu, set(c.mean_first[0])), out.first);
  store(hn::Sub(p.sigma, set(c.mean_first[1])), out.first + out.stride);
  if constexpr (second) {
    store(hn::Sub(p.mu_mu, set(c.mean_second[0])), out.second);
    store(hn::Sub(p.sigma_mu, set(c.mean_second[1])), out.second + out.stride);
    store(hn::Sub(p.sigma_sigma, set(c.mean_second[2])), out.second + 2 * out.stride);
  }
}

struct Regions {
  Mask left, right, tails;
};
template <std::size_t n_tails>
HWY_INLINE Regions regions(CrystalBall const& c, Vec t) {
  if constexpr (n_tails == 1) {
    Mask const left = hn::Le(t, set(-c.tails[0].alpha));
    return {left, left, left};
  } else {
    Mask const left = hn::Lt(t, set(-c.tails[0].alpha));
    Mask const right = hn::Gt(t, set(c.tails[1].alpha));
    return {left, right, hn::Or(left, right)};
  }
}

// r = 0 outside the tails.
HWY_INLINE Place place(TailOf<Vec> const& tail, Mask tails, Vec t) {
  Vec const r = hn::IfThenElseZero(tails, hn::Mul(hn::Sub(hn::Abs(t), tail.alpha), tail.alpha_n));
  Vec const one = set(1);
  Vec const u = hn::Add(one, r);
  Place q;
  q.w = hn::Div(one, u);
  q.g = hn::Mul(r, q.w);
  // With what rounding 1 + r lost, to first order.
  q.y = hn::MulAdd(hn::Sub(r, hn::Sub(u, one)), q.w, hn::Log(tag, u));
  return q;
}

template <std::size_t n_tails, bool first, bool second>
HWY_INLINE void evaluate(CrystalBall const& c,
                         double const* x,
                         std::size_t n,
                         DensityColumns const& out) {
  auto const left_tail = tail_of(c, 0);
  auto const right_tail = tail_of(c, 1);
  constexpr std::size_t n_params = 2 + 2 * n_tails;
  constexpr std::size_t n_first = first ? n_params : 0;
  constexpr std::size_t n_second = second ? n_params * (n_params + 1) / 2 : 0;
  each_vector<n_first, n_second>(x, n, out, [&](double const* at, DensityColumns const& to) {
    Vec const s = hn::Mul(hn::Sub(load(at), set(c.anchor)), set(c.inverse_sigma));
    Vec const t = hn::Add(set(c.t0), s);
    auto const in = regions<n_tails>(c, t);
    auto const tail = each(left_tail, right_tail, [&](double l, double r) {
      return n_tails == 2 ? hn::IfThenElse(in.right, set(r), set(l)) : set(l);
    });
    auto const q = place(tail, in.tails, t);
    Vec const core = hn::Mul(hn::Mul(set(-0.5), s), hn::Add(s, set(2 * c.t0)));
    Vec const log_f = hn::IfThenElse(in.tails, hn::NegMulAdd(tail.n, q.y, tail.level), core);
    store(hn::Sub(log_f, set(c.log_norm)), to.value);
    if constexpr (first) {
      auto const score = tail_score(tail, q);
      auto const d = hn::IfThenElse(in.tails, score.t, hn::Neg(t));
      auto const dd = hn::IfThenElse(in.tails, score.t_t, set(-1));
      write_place<second>(c, by_place(t, d, dd, set(c.inverse_sigma)), to);
      write_tail<0, second>(c, in.left, score, t, to);
      if constexpr (n_tails == 2) {
        write_tail<1, second>(c, in.right, score, t, to);
      }
    }
  });
}

template <std::size_t n_tails>
HWY_INLINE void evaluate_wanted(CrystalBall const& c,
                                double const* x,
                                std::size_t n,
                                DensityColumns const& out) {
  if (out.second != nullptr) {
    evaluate<n_tails, true, true>(c, x, n, out);
  } else if (out.first != nullptr) {
    evaluate<n_tails, true, false>(c, x, n, out);
  } else {
    evaluate<n_tails, false, false>(c, x, n, out);
  }
}

void One(CrystalBall const& c, double const* x, std::size_t n, DensityColumns const& out) {
  evaluate_wanted<1>(c, x, n, out);
}

void Two(CrystalBall const& c, double const* x, std::size_t n, DensityColumns const& out) {
  evaluate_wanted<2>(c, x, n, out);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(One);
HWY_EXPORT(Two);

void crystal_ball_n(CrystalBall const& c,
                    double const* x,
                    std::size_t n,
                    DensityColumns const& out) {
  HWY_DYNAMIC_DISPATCH(One)(c, x, n, out);
}
void double_crystal_ball_n(CrystalBall const& c,
                           double const* x,
                           std::size_t n,
                           DensityColumns const& out) {
  HWY_DYNAMIC_DISPATCH(Two)(c, x, n, out);
}

}  // namespace toyfarm::kernels
#endif
