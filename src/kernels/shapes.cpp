#include "toyfarm/kernels/shapes.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/shapes.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/density_lanes-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

// P(y) by the recurrence of T_k, each of which goes to use(k - 1, T_k).
template <class Use>
HWY_INLINE Vec chebyshev_sum(Chebyshev const& c, Vec y, Use const& use) {
  Vec before = set(1);
  Vec t = y;
  Vec const twice = hn::Add(y, y);
  Vec sum = before;
  for (std::size_t k = 0; k < c.n_params; ++k) {
    use(k, t);
    sum = hn::MulAdd(set(c.coefficients[k]), t, sum);
    Vec const next = hn::MulSub(twice, t, before);
    before = t;
    t = next;
  }
  return sum;
}

void ChebyshevSum(Chebyshev const& c, double const* y, std::size_t n, double* p) {
  for (std::size_t i = 0; i < n; i += width) {
    Vec const sum = chebyshev_sum(c, load_some(y + i, n - i), [](std::size_t, Vec) {});
    store_some(sum, p + i, n - i);
  }
}

// The columns of first derivatives hold T_k, then T_k/P, then what is wanted: any number of
// parameters passes through them.
template <bool second>
HWY_INLINE void chebyshev_derivatives(Chebyshev const& c,
                                      Vec sum,
                                      std::size_t n,
                                      DensityColumns const& out) {
  Mask const positive = hn::Gt(sum, set(chebyshev_zero));
  Vec const inverse = hn::Div(set(1), sum);
  for (std::size_t k = 0; k < c.n_params; ++k) {
    Vec const share = hn::Mul(load_some(out.first + k * out.stride, n), inverse);
    store_some(hn::IfThenElse(positive, share, set(c.means[k])), out.first + k * out.stride, n);
  }
  for (std::size_t k = c.n_params; k-- > 0;) {
    double* const column = out.first + k * out.stride;
    Vec const share = load_some(column, n);
    if constexpr (second) {
      double* const row = out.second + k * (k + 1) / 2 * out.stride;
      for (std::size_t l = 0; l <= k; ++l) {
        Vec const other = load_some(out.first + l * out.stride, n);
        Vec const means = set(c.means[k] * c.means[l]);
        store_some(hn::NegMulAdd(share, other, means), row + l * out.stride, n);
      }
    }
    store_some(hn::Sub(share, set(c.means[k])), column, n);
  }
}

template <bool first, bool second>
HWY_INLINE void chebyshev(Chebyshev const& c,
                          double const* x,
                          std::size_t n,
                          DensityColumns const& out) {
  Vec const scale = set(2 / (c.upper - c.lower));
  Vec const middle = set(0.5 * (c.lower + c.upper));
  for (std::size_t i = 0; i < n; i += width) {
    std::size_t const rest = n - i;
    Vec const unit = hn::Mul(hn::Sub(load_some(x + i, rest), middle), scale);
    Vec const y = hn::Min(hn::Max(unit, set(-1)), set(1));
    DensityColumns const here{out.value + i,
                              first ? out.first + i : nullptr,
                              second ? out.second + i : nullptr,
                              out.stride};
    Vec const sum = chebyshev_sum(c, y, [&](std::size_t k, Vec t) {
      if constexpr (first) {
        store_some(t, here.first + k * here.stride, rest);
      }
    });
    if constexpr (first) {
      chebyshev_derivatives<second>(c, sum, rest, here);
    }
    Vec const log_p = log_lanes(hn::IfThenElseZero(hn::Gt(sum, set(chebyshev_zero)), sum));
    store_some(hn::Sub(log_p, set(c.log_norm)), here.value, rest);
  }
}

void ChebyshevOf(Chebyshev const& c, double const* x, std::size_t n, DensityColumns const& out) {
  if (out.second != nullptr) {
    chebyshev<true, true>(c, x, n, out);
  } else if (out.first != nullptr) {
    chebyshev<true, false>(c, x, n, out);
  } else {
    chebyshev<false, false>(c, x, n, out);
  }
}

template <bool first, bool second>
HWY_INLINE void argus(Argus const& c, double const* x, std::size_t n, DensityColumns const& out) {
  Vec const b = set(c.cut_off);
  Vec const inverse = set(1 / (c.cut_off * c.cut_off));
  each_vector<first ? 2 : 0, second ? 3 : 0>(
      x, n, out, [&](double const* at, DensityColumns const& to) {
        Vec const v = load(at);
        Vec const u = hn::Mul(hn::Mul(hn::Sub(b, v), hn::Add(b, v)), inverse);
        Mask const inside = hn::And(hn::Gt(v, hn::Zero(tag)), hn::Gt(u, hn::Zero(tag)));
        Vec const log_u = hn::Log(tag, hn::IfThenElse(inside, u, set(1)));
        Vec const log_x = hn::Log(tag, hn::IfThenElse(inside, v, set(1)));
        Vec const log_f = hn::MulAdd(set(c.power), log_u, hn::MulAdd(set(c.slope), u, log_x));
        store(hn::IfThenElse(inside, hn::Sub(log_f, set(c.log_norm)), set(-__builtin_inf())),
              to.value);
        auto const write = [&](Vec value, double* column) {
          store(hn::IfThenElseZero(inside, value), column);
        };
        if constexpr (first) {
          write(hn::Sub(u, set(c.mean_first[0])), to.first);
          write(hn::Sub(log_u, set(c.mean_first[1])), to.first + to.stride);
        }
        if constexpr (second) {
          for (std::size_t e = 0; e < 3; ++e) {
            write(set(-c.mean_second[e]), to.second + e * to.stride);
          }
        }
      });
}

void ArgusOf(Argus const& c, double const* x, std::size_t n, DensityColumns const& out) {
  if (out.second != nullptr) {
    argus<true, true>(c, x, n, out);
  } else if (out.first != nullptr) {
    argus<true, false>(c, x, n, out);
  } else {
    argus<false, false>(c, x, n, out);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(ChebyshevSum);
HWY_EXPORT(ChebyshevOf);
HWY_EXPORT(ArgusOf);

void chebyshev_sum_n(Chebyshev const& c, double const* y, std::size_t n, double* p) {
  HWY_DYNAMIC_DISPATCH(ChebyshevSum)(c, y, n, p);
}
void chebyshev_n(Chebyshev const& c, double const* x, std::size_t n, DensityColumns const& out) {
  HWY_DYNAMIC_DISPATCH(ChebyshevOf)(c, x, n, out);
}
void argus_n(Argus const& c, double const* x, std::size_t n, DensityColumns const& out) {
  HWY_DYNAMIC_DISPATCH(ArgusOf)(c, x, n, out);
}

}  // namespace toyfarm::kernels
#endif
