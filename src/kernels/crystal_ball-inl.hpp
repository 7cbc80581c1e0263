// Per-target include guard, as Highway's own -inl headers have.
#if defined(TOYFARM_KERNELS_CRYSTAL_BALL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TOYFARM_KERNELS_CRYSTAL_BALL_INL
#undef TOYFARM_KERNELS_CRYSTAL_BALL_INL
#else
#define TOYFARM_KERNELS_CRYSTAL_BALL_INL
#endif

#include "toyfarm/kernels/crystal_ball.hpp"

#include "kernels/density_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

// A tail's constants; side is the sign of d ln f/dt: +1 left, -1 right.
template <class T>
struct TailOf {
  T alpha;
  T n;
  T level;  // ln f - reference at the joint
  T alpha_n;
  T inverse_alpha;
  T inverse_n;
  T n_alpha2;      // n/alpha^2
  T curvature;     // alpha^2/n
  T alpha_sum;     // alpha + n/alpha
  T joint;         // 1 + alpha^2/n
  T side_alpha;    // side alpha
  T side_alpha_n;  // side alpha/n
  T side_joint;    // side (1 + alpha^2/n)
};

HWY_INLINE TailOf<double> tail_of(CrystalBall const& c, std::size_t which) {
  double const a = c.tails[which].alpha;
  double const n = c.tails[which].n;
  double const side = which == 0 ? 1 : -1;
  double const q = a * a / n;
  return {a,
          n,
          -0.5 * a * a - c.reference,
          a / n,
          1 / a,
          1 / n,
          n / (a * a),
          q,
          a + n / a,
          1 + q,
          side * a,
          side * (a / n),
          side * (1 + q)};
}

// What pick makes of each constant of two tails.
template <class Pick>
HWY_INLINE TailOf<Vec> each(TailOf<double> const& l, TailOf<double> const& r, Pick pick) {
  return {pick(l.alpha, r.alpha),
          pick(l.n, r.n),
          pick(l.level, r.level),
          pick(l.alpha_n, r.alpha_n),
          pick(l.inverse_alpha, r.inverse_alpha),
          pick(l.inverse_n, r.inverse_n),
          pick(l.n_alpha2, r.n_alpha2),
          pick(l.curvature, r.curvature),
          pick(l.alpha_sum, r.alpha_sum),
          pick(l.joint, r.joint),
          pick(l.side_alpha, r.side_alpha),
          pick(l.side_alpha_n, r.side_alpha_n),
          pick(l.side_joint, r.side_joint)};
}

// Where in a tail: y = ln(1 + r), w = 1/(1 + r), g = r/(1 + r).
struct Place {
  Vec y, w, g;
};

// Derivatives of ln f by t, and by alpha and n of the tail.
struct Score {
  Vec t, t_t;
  Vec alpha, n;
  Vec t_alpha, t_n;
  Vec alpha_alpha, n_alpha, n_n;
};

// No two large terms cancel, however small alpha or large n is.
HWY_INLINE Score tail_score(TailOf<Vec> const& c, Place const& q) {
  Vec const w2 = hn::Mul(q.w, q.w);
  Vec const g2 = hn::Mul(q.g, q.g);
  Vec const wg = hn::Mul(q.w, q.g);
  Score s;
  s.t = hn::Mul(c.side_alpha, q.w);
  s.t_t = hn::Mul(c.curvature, w2);
  s.alpha = hn::Neg(hn::Mul(q.g, c.alpha_sum));
  s.n = hn::Sub(q.g, q.y);
  s.t_alpha = hn::Mul(c.side_joint, w2);
  s.t_n = hn::Mul(c.side_alpha_n, wg);
  s.alpha_alpha = hn::Sub(hn::MulAdd(g2, c.n_alpha2, hn::Mul(w2, c.joint)), hn::Add(q.g, wg));
  s.n_alpha = hn::MulSub(c.alpha_n, wg, hn::Mul(c.inverse_alpha, g2));
  s.n_n = hn::Mul(g2, c.inverse_n);
  return s;
}

// Packed second derivatives by mu and sigma from those by t.
struct Placed {
  Vec mu, sigma;
  Vec mu_mu, sigma_mu, sigma_sigma;
};
HWY_INLINE Placed by_place(Vec t, Vec d, Vec dd, Vec inverse_sigma) {
  Placed p;
  Vec const minus = hn::Neg(inverse_sigma);
  Vec const square = hn::Mul(inverse_sigma, inverse_sigma);
  p.mu = hn::Mul(d, minus);
  p.sigma = hn::Mul(p.mu, t);
  Vec const slope = hn::Mul(d, square);
  p.mu_mu = hn::Mul(dd, square);
  p.sigma_mu = hn::MulAdd(p.mu_mu, t, slope);
  p.sigma_sigma = hn::Mul(hn::Add(p.sigma_mu, slope), t);
  return p;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#endif
