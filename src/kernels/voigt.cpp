#include "toyfarm/kernels/voigt.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/voigt.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/faddeeva-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

void FaddeevaLine(double const* x, std::size_t n, double y, double* out, std::size_t stride) {
  auto const line = line_at(y);
  // Six columns as a value and five derivatives lie.
  DensityColumns const columns{out, out + stride, nullptr, stride};
  each_vector<5, 0>(x, n, columns, [&](double const* at, DensityColumns const& to) {
    Vec const v = load(at);
    auto const f = faddeeva_right(line, hn::Abs(v));
    store(f.w.re, to.value);
    Vec const sign = hn::CopySign(set(1), v);
    store(hn::Mul(sign, f.w.im), to.first);
    store(hn::Mul(sign, f.d.re), to.first + to.stride);
    store(f.d.im, to.first + 2 * to.stride);
    store(f.dd.re, to.first + 3 * to.stride);
    store(hn::Mul(sign, f.dd.im), to.first + 4 * to.stride);
  });
}

void FaddeevaReal(double const* x, std::size_t n, double y, double* re) {
  auto const line = line_at(y);
  each_vector<0, 0>(
      x, n, {re, nullptr, nullptr, 0}, [&](double const* at, DensityColumns const& to) {
        store(faddeeva_right(line, hn::Abs(load(at))).w.re, to.value);
      });
}

// Derivatives of V over V. W = w/(sigma sqrt(2 pi)) is analytic in d + i gamma, so d/dgamma turns
// into i d/dd; and V obeys the heat equation V_sigma = sigma V_dd; and it is homogeneous of degree
// -1 in (d, sigma, gamma): sigma V_sigma = -V - d V_d - gamma V_gamma, and the same for its
// derivatives with degree -2.
struct Profile {
  Vec d, s, g;
  Vec dd, ds, ss, dg, gs, gg;
};

HWY_INLINE Profile profile(Voigt const& c, Vec d, double r, Faddeeva const& f) {
  Vec const re = hn::IfThenElseZero(hn::Gt(f.w.re, hn::Zero(tag)), hn::Div(set(r), f.w.re));
  Vec const sign = hn::CopySign(set(1), d);
  Vec const re2 = hn::Mul(re, set(r));
  Vec const gamma = set(c.gamma);
  Vec const over = set(-1 / c.sigma);
  Profile p;
  p.d = hn::Mul(hn::Mul(f.d.re, sign), re);
  p.g = hn::Neg(hn::Mul(f.d.im, re));
  p.dd = hn::Mul(f.dd.re, re2);
  p.dg = hn::Neg(hn::Mul(hn::Mul(f.dd.im, sign), re2));
  p.gg = hn::Neg(p.dd);
  p.s = hn::Mul(set(c.sigma), p.dd);
  auto const homogeneous = [&](Vec first, Vec by_d, Vec by_g) {
    return hn::Mul(over, hn::MulAdd(gamma, by_g, hn::MulAdd(d, by_d, hn::Add(first, first))));
  };
  p.ds = homogeneous(p.d, p.dd, p.dg);
  p.gs = homogeneous(p.g, p.dg, p.gg);
  p.ss = homogeneous(p.s, p.ds, p.gs);
  return p;
}

template <bool second>
HWY_INLINE void write(Voigt const& c, Profile const& p, DensityColumns const& out) {
  store(hn::Sub(hn::Neg(p.d), set(c.mean_first[0])), out.first);
  store(hn::Sub(p.s, set(c.mean_first[1])), out.first + out.stride);
  store(hn::Sub(p.g, set(c.mean_first[2])), out.first + 2 * out.stride);
  if constexpr (second) {
    auto const put = [&](std::size_t at, Vec v) {
      store(hn::Sub(v, set(c.mean_second[at])), out.second + at * out.stride);
    };
    put(0, hn::NegMulAdd(p.d, p.d, p.dd));
    put(1, hn::MulSub(p.d, p.s, p.ds));
    put(2, hn::NegMulAdd(p.s, p.s, p.ss));
    put(3, hn::MulSub(p.d, p.g, p.dg));
    put(4, hn::NegMulAdd(p.g, p.s, p.gs));
    put(5, hn::NegMulAdd(p.g, p.g, p.gg));
  }
}

template <bool first, bool second>
HWY_INLINE void evaluate(Voigt const& c,
                         double const* x,
                         std::size_t n,
                         DensityColumns const& out) {
  double const r = 1 / (c.sigma * std::sqrt(2.0));
  double const log_scale = std::log(r * inverse_sqrt_pi) - c.log_norm;
  auto const line = line_at(c.gamma * r);
  each_vector<first ? 3 : 0, second ? 6 : 0>(
      x, n, out, [&](double const* at, DensityColumns const& to) {
        Vec const d = hn::Sub(load(at), set(c.mu));
        auto const f = faddeeva_right(line, hn::Mul(hn::Abs(d), set(r)));
        store(hn::Add(log_lanes(f.w.re), set(log_scale)), to.value);
        if constexpr (first) {
          write<second>(c, profile(c, d, r, f), to);
        }
      });
}

void VoigtOf(Voigt const& c, double const* x, std::size_t n, DensityColumns const& out) {
  if (out.second != nullptr) {
    evaluate<true, true>(c, x, n, out);
  } else if (out.first != nullptr) {
    evaluate<true, false>(c, x, n, out);
  } else {
    evaluate<false, false>(c, x, n, out);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(FaddeevaLine);
HWY_EXPORT(FaddeevaReal);
HWY_EXPORT(VoigtOf);

void faddeeva_n(double const* x, std::size_t n, double y, double* out, std::size_t stride) {
  HWY_DYNAMIC_DISPATCH(FaddeevaLine)(x, n, y, out, stride);
}
void faddeeva_real_n(double const* x, std::size_t n, double y, double* re) {
  HWY_DYNAMIC_DISPATCH(FaddeevaReal)(x, n, y, re);
}
void voigt_n(Voigt const& c, double const* x, std::size_t n, DensityColumns const& out) {
  HWY_DYNAMIC_DISPATCH(VoigtOf)(c, x, n, out);
}

}  // namespace toyfarm::kernels
#endif
