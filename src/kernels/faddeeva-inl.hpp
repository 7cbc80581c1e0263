// Per-target include guard, as Highway's own -inl headers have.
#if defined(TOYFARM_KERNELS_FADDEEVA_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TOYFARM_KERNELS_FADDEEVA_INL
#undef TOYFARM_KERNELS_FADDEEVA_INL
#else
#define TOYFARM_KERNELS_FADDEEVA_INL
#endif

#include <cmath>

#include "toyfarm/kernels/voigt.hpp"

#include "kernels/density_lanes-inl.hpp"
#include "kernels/faddeeva_nodes.hpp"

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr double pi = 3.14159265358979324;
constexpr double inverse_sqrt_pi = 0.56418958354775628;

struct Complex {
  Vec re, im;
};

HWY_INLINE Complex operator*(Complex a, Complex b) {
  return {hn::NegMulAdd(a.im, b.im, hn::Mul(a.re, b.re)),
          hn::MulAdd(a.im, b.re, hn::Mul(a.re, b.im))};
}

// w and its derivatives.
struct Faddeeva {
  Complex w, d, dd;
};

// What is the same for all points of a line z = x + i y.
struct Line {
  double y;
  bool has_pole;   // the residue of the integrand's pole at z counts
  double grow;     // e^{2 pi y/h}
  double twice_g;  // 2 e^{y^2}
};

HWY_INLINE Line line_at(double y) {
  bool const has_pole = y < pi / faddeeva_step;
  return {y,
          has_pole,
          has_pole ? std::exp(2 * pi / faddeeva_step * y) : 0,
          has_pole ? 2 * std::exp(y * y) : 0};
}

// Sine and cosine of n pi/2 + r for |r| <= pi/4, n being the integer in the last bits of `turns` =
// 1.5 2^52 + n. Coefficients of fdlibm's k_sin.c and k_cos.c.
HWY_INLINE Complex cis_of(Vec turns, Vec r) {
  Vec const z = hn::Mul(r, r);
  Vec s = set(1.58969099521155010221e-10);
  s = hn::MulAdd(s, z, set(-2.50507602534068634195e-08));
  s = hn::MulAdd(s, z, set(2.75573137070700676789e-06));
  s = hn::MulAdd(s, z, set(-1.98412698298579493134e-04));
  s = hn::MulAdd(s, z, set(8.33333333332248946124e-03));
  s = hn::MulAdd(s, z, set(-1.66666666666666324348e-01));
  Vec const sine = hn::MulAdd(hn::Mul(s, z), r, r);
  Vec c = set(-1.13596475577881948265e-11);
  c = hn::MulAdd(c, z, set(2.08757232129817482790e-09));
  c = hn::MulAdd(c, z, set(-2.75573143513906633035e-07));
  c = hn::MulAdd(c, z, set(2.48015872894767294178e-05));
  c = hn::MulAdd(c, z, set(-1.38888888888741095749e-03));
  c = hn::MulAdd(c, z, set(4.16666666666666019037e-02));
  Vec const cosine = hn::MulAdd(hn::MulSub(c, z, set(0.5)), z, set(1));

  hn::RebindToUnsigned<Tag> const bits_tag;
  auto const n = hn::BitCast(bits_tag, turns);
  auto const one = hn::Set(bits_tag, 1);
  auto const sign_bit = hn::Set(bits_tag, 1ULL << 63);
  Mask const swap = hn::RebindMask(tag, hn::Eq(hn::And(n, one), one));
  auto const sine_sign = hn::And(hn::ShiftLeft<62>(n), sign_bit);
  auto const cosine_sign = hn::And(hn::ShiftLeft<62>(hn::Add(n, one)), sign_bit);
  return {hn::Xor(hn::IfThenElse(swap, sine, cosine), hn::BitCast(tag, cosine_sign)),
          hn::Xor(hn::IfThenElse(swap, cosine, sine), hn::BitCast(tag, sine_sign))};
}

constexpr double to_integer = 6755399441055744.0;  // 1.5 2^52

// Cosine and sine of a, 0 <= a < 10^4: pi/2 in two parts, the first short enough for exact
// multiples.
HWY_INLINE Complex cis(Vec a) {
  Vec const turns = hn::MulAdd(a, set(2 / pi), set(to_integer));
  Vec const n = hn::Sub(turns, set(to_integer));
  Vec const r = hn::NegMulAdd(n, set(1.57079632673412561417e+00), a);
  return cis_of(turns, hn::NegMulAdd(n, set(6.07710050650619224932e-11), r));
}

// Cosine and sine of 2 pi times `fraction`, in [0, 1].
HWY_INLINE Complex cis_turn(Vec fraction) {
  Vec const quarters = hn::Mul(fraction, set(4));
  Vec const turns = hn::Add(quarters, set(to_integer));
  return cis_of(turns, hn::Mul(hn::Sub(quarters, hn::Sub(turns, set(to_integer))), set(pi / 2)));
}

// The sums over nodes, x >= 0: of e^{-t^2} z/(z^2 - t^2) times i. The real part comes as y (|z|^2
// + t^2) / |z^2 - t^2|^2, a sum of positive terms, right however small y is. Nodes are taken in
// pairs, which share a division.
HWY_INLINE Complex trapezoid(Mask halves, Vec x, Vec y) {
  Vec const x2 = hn::Mul(x, x);
  Vec const y2 = hn::Mul(y, y);
  Vec const a = hn::Sub(x2, y2);
  Vec const m = hn::Add(x2, y2);
  Vec const b = hn::Mul(hn::Add(x, x), y);
  Vec const b2 = hn::Mul(b, b);
  Vec sum = hn::Zero(tag);
  Vec squares = hn::Zero(tag);
  for (std::size_t k = 0; k < faddeeva_terms; k += 2) {
    Vec t2[2];
    Vec weight[2];
    Vec size[2];
    for (std::size_t j = 0; j < 2; ++j) {
      t2[j] = hn::IfThenElse(
          halves, set(faddeeva_halves.square[k + j]), set(faddeeva_multiples.square[k + j]));
      weight[j] = hn::IfThenElse(
          halves, set(faddeeva_halves.weight[k + j]), set(faddeeva_multiples.weight[k + j]));
      Vec const p = hn::Sub(a, t2[j]);
      size[j] = hn::MulAdd(p, p, b2);
    }
    Vec const both = hn::Div(set(1), hn::Mul(size[0], size[1]));
    Vec const f0 = hn::Mul(hn::Mul(weight[0], size[1]), both);
    Vec const f1 = hn::Mul(hn::Mul(weight[1], size[0]), both);
    sum = hn::Add(sum, hn::Add(f0, f1));
    squares = hn::MulAdd(f1, t2[1], hn::MulAdd(f0, t2[0], squares));
  }
  return {hn::Mul(y, hn::MulAdd(m, sum, squares)), hn::Mul(x, hn::MulSub(m, sum, squares))};
}

// The pole's residue, 2 e^{-z^2} / (1 -+ e^{-2 pi i z/h}).
HWY_INLINE Complex residue(Line const& line, Mask halves, Vec x, Vec fraction) {
  Vec const size =
      hn::Mul(set(line.twice_g), hn::Exp(tag, hn::Max(hn::Neg(hn::Mul(x, x)), set(-700))));
  auto const phase = cis(hn::Mul(x, set(2 * line.y)));
  auto const turn = cis_turn(fraction);
  Vec const grow = hn::IfThenElse(halves, set(line.grow), set(-line.grow));
  // e^{-i a} / (c - i s) = e^{-i a} (c + i s) / (c^2 + s^2)
  Vec const c = hn::MulAdd(grow, turn.re, set(1));
  Vec const s = hn::Mul(grow, turn.im);
  Vec const scale = hn::Div(size, hn::MulAdd(c, c, hn::Mul(s, s)));
  return {hn::Mul(scale, hn::MulAdd(phase.im, s, hn::Mul(phase.re, c))),
          hn::Mul(scale, hn::NegMulAdd(phase.im, c, hn::Mul(phase.re, s)))};
}

// Trapezoidal sums for w(z) = (i/pi) integral of e^{-t^2}/(z - t) dt with the residue of the pole
// added; the rule whose nodes are away from z is taken. Al Azah & Chandler-Wilde, SIAM J. Numer.
// Anal. 59 (2021) 2346, doi:10.1137/20M1373037. x >= 0.
HWY_INLINE Complex near(Line const& line, Vec x) {
  constexpr double h = faddeeva_step;
  Vec const y = set(line.y);
  Vec const steps = hn::Mul(x, set(1 / h));
  Vec const fraction = hn::Sub(steps, hn::Floor(steps));
  Vec const middle = hn::Abs(hn::Sub(fraction, set(0.5)));
  Mask const halves = hn::Ge(middle, set(line.has_pole ? 0.25 : 0.0));
  auto w = trapezoid(halves, x, y);
  // The node t = 0 of the multiples: half of what the others have.
  Vec const m = hn::MulAdd(x, x, hn::Mul(y, y));
  Vec const zero = hn::IfThenZeroElse(halves, hn::Div(set(h / pi), m));
  w.re = hn::MulAdd(w.re, set(2 * h / pi), hn::Mul(zero, y));
  w.im = hn::MulAdd(w.im, set(2 * h / pi), hn::Mul(zero, x));
  if (line.has_pole) {
    auto const r = residue(line, halves, x, fraction);
    w.re = hn::Add(w.re, r.re);
    w.im = hn::Add(w.im, r.im);
  }
  return w;
}

HWY_INLINE Faddeeva with_derivatives(Complex w, Vec x, Vec y) {
  Vec const two = set(2);
  Complex const z{x, y};
  Complex const zw = z * w;
  Faddeeva f;
  f.w = w;
  f.d = {hn::Neg(hn::Add(zw.re, zw.re)), hn::NegMulAdd(two, zw.im, set(2 * inverse_sqrt_pi))};
  Complex const zd = z * f.d;
  f.dd = {hn::Mul(set(-2), hn::Add(w.re, zd.re)), hn::Mul(set(-2), hn::Add(w.im, zd.im))};
  return f;
}

// w = (i/(sqrt(pi) z)) sum_m (2m-1)!! q^m with q = 1/(2 z^2) (Abramowitz & Stegun 7.1.23), |z|
// >= 8. With S = sum_{m>=1} (2m+1)!! q^m all three come without the cancellation that w' = -2 z w +
// 2i/sqrt(pi) has far out. S = q b_1 - |q|^2 b_2, b_k = (2k+1)!! + 2 Re q b_{k+1} - |q|^2 b_{k+2}.
HWY_INLINE Faddeeva far(Line const& line, Vec x) {
  constexpr double factors[16] = {3.0,
                                  15.0,
                                  105.0,
                                  945.0,
                                  10395.0,
                                  135135.0,
                                  2027025.0,
                                  34459425.0,
                                  654729075.0,
                                  13749310575.0,
                                  316234143225.0,
                                  7905853580625.0,
                                  213458046676875.0,
                                  6190283353629375.0,
                                  191898783962510625.0,
                                  6332659870762850625.0};
  Vec const y = set(line.y);
  Vec const one = set(1);
  Vec const r = hn::Div(one, hn::MulAdd(x, x, hn::Mul(y, y)));
  Complex const inverse{hn::Mul(x, r), hn::Neg(hn::Mul(y, r))};
  Complex const square = inverse * inverse;
  Complex const q{hn::Mul(set(0.5), square.re), hn::Mul(set(0.5), square.im)};
  Vec const size = hn::Mul(set(0.25), hn::Mul(r, r));
  Vec b1 = set(factors[15]);
  Vec b2 = hn::Zero(tag);
  for (std::size_t k = 15; k-- > 0;) {
    Vec const next = hn::MulAdd(square.re, b1, hn::NegMulAdd(size, b2, set(factors[k])));
    b2 = b1;
    b1 = next;
  }
  Complex const s{hn::NegMulAdd(size, b2, hn::Mul(q.re, b1)), hn::Mul(q.im, b1)};
  Complex const s1 = q * Complex{hn::Add(one, s.re), s.im};
  Complex const i_inverse{hn::Neg(inverse.im), inverse.re};
  Complex const product = i_inverse * s1;
  Complex const rest = i_inverse * Complex{hn::Sub(s.re, s1.re), hn::Sub(s.im, s1.im)};
  Vec const c = set(inverse_sqrt_pi);
  Vec const c2 = set(2 * inverse_sqrt_pi);
  return {{hn::Mul(c, hn::Add(i_inverse.re, product.re)),
           hn::Mul(c, hn::Add(i_inverse.im, product.im))},
          {hn::Mul(c2, s1.im), hn::Neg(hn::Mul(c2, s1.re))},
          {hn::Mul(c2, rest.re), hn::Mul(c2, rest.im)}};
}

// The Gaussian that the series does not know shows only where y is smaller still.
HWY_INLINE void add_gaussian(Vec x, Faddeeva& f) {
  Vec const x2 = hn::Mul(x, x);
  Vec const gauss = exp_lanes(hn::Neg(x2));
  f.w.re = hn::Add(f.w.re, gauss);
  f.d.re = hn::NegMulAdd(hn::Add(x, x), gauss, f.d.re);
  f.dd.re = hn::MulAdd(hn::MulSub(set(4), x2, set(2)), gauss, f.dd.re);
}

HWY_INLINE void choose(Mask yes, Complex a, Complex& b) {
  b.re = hn::IfThenElse(yes, a.re, b.re);
  b.im = hn::IfThenElse(yes, a.im, b.im);
}

// At |x| + i y; for negative x, w and w'' are the conjugates and w' minus the conjugate.
HWY_INLINE Faddeeva faddeeva_right(Line const& line, Vec x) {
  Vec const y = set(line.y);
  Mask const is_far = hn::Ge(hn::MulAdd(x, x, hn::Mul(y, y)), set(faddeeva_far * faddeeva_far));
  Faddeeva f;
  bool const any_near = !hn::AllTrue(tag, is_far);
  if (any_near) {
    f = with_derivatives(near(line, x), x, y);
  }
  if (!hn::AllFalse(tag, is_far)) {
    auto g = far(line, x);
    if (line.y < faddeeva_thin) {
      add_gaussian(x, g);
    }
    if (!any_near) {
      return g;
    }
    choose(is_far, g.w, f.w);
    choose(is_far, g.d, f.d);
    choose(is_far, g.dd, f.dd);
  }
  return f;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#endif
