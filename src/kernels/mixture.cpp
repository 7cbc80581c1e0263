#include "toyfarm/kernels/mixture.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/mixture.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/lanes-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

/// f = exp(largest) * scaled, of one vector of points.
struct Value {
  Vec largest;  ///< ln p of the largest process that contributes
  Vec scaled;
};

// Two processes that both contribute: one exponential, of minus the difference.
HWY_INLINE Value two(Mixture const& m, std::size_t i, std::size_t live) {
  Vec const one = hn::Set(tag, 1.0);
  Vec const a = load_some(m.log_p[0] + i, live);
  Vec const b = load_some(m.log_p[1] + i, live);
  Vec const difference = hn::Sub(b, a);
  Vec const smaller = exp_lanes(hn::Neg(hn::Abs(difference)));
  auto const second_is_larger = hn::Gt(difference, hn::Zero(tag));
  Vec const from_a = hn::IfThenElse(second_is_larger, smaller, one);
  Vec const from_b = hn::IfThenElse(second_is_larger, one, smaller);
  Vec const scaled =
      hn::MulAdd(hn::Set(tag, m.nu[1]), from_b, hn::Mul(hn::Set(tag, m.nu[0]), from_a));
  Vec const inverse = hn::Div(one, scaled);
  store_some(hn::Mul(from_a, inverse), m.ratio[0] + i, live);
  store_some(hn::Mul(from_b, inverse), m.ratio[1] + i, live);
  return {hn::IfThenElse(second_is_larger, b, a), scaled};
}

// Any number of processes. A process with nu = 0 may exceed the largest one by far; its ratio is
// cut off at e^700.
HWY_INLINE Value many(Mixture const& m, std::size_t i, std::size_t live) {
  Vec largest = hn::Set(tag, -__builtin_inf());
  for (std::size_t p = 0; p < m.n_processes; ++p) {
    if (m.nu[p] > 0) {
      Vec const log_p = load_some(m.log_p[p] + i, live);
      largest = hn::IfThenElse(hn::Gt(log_p, largest), log_p, largest);
    }
  }
  Vec scaled = hn::Zero(tag);
  for (std::size_t p = 0; p < m.n_processes; ++p) {
    Vec const above = hn::Sub(load_some(m.log_p[p] + i, live), largest);
    Vec const highest = hn::Set(tag, 700.0);
    Vec const e = exp_lanes(hn::IfThenElse(hn::Gt(above, highest), highest, above));
    store_some(e, m.ratio[p] + i, live);
    scaled = hn::MulAdd(hn::Set(tag, m.nu[p]), e, scaled);
  }
  Vec const inverse = hn::Div(hn::Set(tag, 1.0), scaled);
  for (std::size_t p = 0; p < m.n_processes; ++p) {
    double* const ratio = m.ratio[p] + i;
    store_some(hn::Mul(load_some(ratio, live), inverse), ratio, live);
  }
  return {largest, scaled};
}

HWY_INLINE bool are_two(Mixture const& m) {
  return m.n_processes == 2 && m.nu[0] > 0 && m.nu[1] > 0;
}

HWY_INLINE Vec only_live(Vec v, std::size_t live) {
  return live >= width ? v : hn::IfThenElseZero(hn::FirstN(tag, live), v);
}

// Calls body(part, i, live) for all vectors, in order.
template <class Body>
HWY_INLINE void for_all(std::size_t n, Body body) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t part = 0; part < parts; ++part) {
      body(part, i + part * width, width);
    }
  }
  for (std::size_t part = 0; part < parts && i + part * width < n; ++part) {
    body(part, i + part * width, std::min(width, n - i - part * width));
  }
}

template <class Evaluate>
HWY_INLINE double with_column(double const* weights,
                              std::size_t n,
                              double* log_f,
                              Evaluate evaluate) {
  Vec sums[parts];
  std::fill(sums, sums + parts, hn::Zero(tag));
  for_all(n, [&](std::size_t part, std::size_t i, std::size_t live) {
    Value const f = evaluate(i, live);
    Vec const value = hn::Add(f.largest, log_lanes(f.scaled));
    store_some(value, log_f + i, live);
    sums[part] = weights == nullptr
                     ? hn::Add(sums[part], only_live(value, live))
                     : hn::MulAdd(load_some(weights + i, live), only_live(value, live), sums[part]);
  });
  return fold(sums);
}

// Steps of 8 points whose values are multiplied before a logarithm is taken.
constexpr std::size_t most_factors = 16;

template <class Evaluate>
HWY_INLINE double by_products(std::size_t n, Evaluate evaluate) {
  Vec const one = hn::Set(tag, 1.0);
  Vec sums[parts];
  Vec products[parts];
  std::fill(sums, sums + parts, hn::Zero(tag));
  for (std::size_t first = 0; first < n; first += 8 * most_factors) {
    std::fill(products, products + parts, one);
    for_all(std::min(8 * most_factors, n - first),
            [&](std::size_t part, std::size_t i, std::size_t live) {
              Value const f = evaluate(first + i, live);
              sums[part] = hn::Add(sums[part], only_live(f.largest, live));
              Vec const factor =
                  live >= width ? f.scaled : hn::IfThenElse(hn::FirstN(tag, live), f.scaled, one);
              products[part] = hn::Mul(products[part], factor);
            });
    for (std::size_t part = 0; part < parts; ++part) {
      sums[part] = hn::Add(sums[part], log_lanes(products[part]));
    }
  }
  return fold(sums);
}

double MixtureOf(Mixture const& m, double const* weights, std::size_t n, double* log_f) {
  if (are_two(m)) {
    return with_column(
        weights, n, log_f, [&](std::size_t i, std::size_t live) { return two(m, i, live); });
  }
  return with_column(
      weights, n, log_f, [&](std::size_t i, std::size_t live) { return many(m, i, live); });
}

double MixtureSum(Mixture const& m, std::size_t n) {
  if (are_two(m)) {
    return by_products(n, [&](std::size_t i, std::size_t live) { return two(m, i, live); });
  }
  return by_products(n, [&](std::size_t i, std::size_t live) { return many(m, i, live); });
}

HWY_INLINE Vec term_at(ScoreTerm const& t, std::size_t i, std::size_t live) {
  Vec const scaled = hn::Mul(hn::Set(tag, t.coefficient), load_some(t.ratio + i, live));
  return t.column == nullptr ? scaled : hn::Mul(scaled, load_some(t.column + i, live));
}

void SumTerms(ScoreTerm const* terms, std::size_t n_terms, std::size_t n, double* y) {
  for_all(n, [&](std::size_t, std::size_t i, std::size_t live) {
    Vec sum = n_terms == 0 ? hn::Zero(tag) : term_at(terms[0], i, live);
    for (std::size_t t = 1; t < n_terms; ++t) {
      sum = hn::Add(sum, term_at(terms[t], i, live));
    }
    store_some(sum, y + i, live);
  });
}

template <std::size_t NColumns>
HWY_INLINE void quadratics(
    double const* x, double origin, double const* c, std::size_t n, double* const* out) {
  Vec const from = hn::Set(tag, origin);
  for_all(n, [&](std::size_t, std::size_t i, std::size_t live) {
    Vec const d = hn::Sub(load_some(x + i, live), from);
    for (std::size_t k = 0; k < NColumns; ++k) {
      Vec const slope = hn::MulAdd(d, hn::Set(tag, c[3 * k + 2]), hn::Set(tag, c[3 * k + 1]));
      store_some(hn::MulAdd(d, slope, hn::Set(tag, c[3 * k])), out[k] + i, live);
    }
  });
}

void Quadratics(double const* x,
                double origin,
                double const* coefficients,
                std::size_t m,
                std::size_t n,
                double* const* out) {
  for (; m >= 3; m -= 3, coefficients += 9, out += 3) {
    quadratics<3>(x, origin, coefficients, n, out);
  }
  if (m == 2) {
    quadratics<2>(x, origin, coefficients, n, out);
  } else if (m == 1) {
    quadratics<1>(x, origin, coefficients, n, out);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(MixtureOf);
HWY_EXPORT(MixtureSum);
HWY_EXPORT(SumTerms);
HWY_EXPORT(Quadratics);

double mixture_n(Mixture const& mixture, double const* weights, std::size_t n, double* log_f) {
  return HWY_DYNAMIC_DISPATCH(MixtureOf)(mixture, weights, n, log_f);
}

double mixture_sum(Mixture const& mixture, std::size_t n) {
  return HWY_DYNAMIC_DISPATCH(MixtureSum)(mixture, n);
}
void sum_terms(ScoreTerm const* terms, std::size_t n_terms, std::size_t n, double* y) {
  HWY_DYNAMIC_DISPATCH(SumTerms)(terms, n_terms, n, y);
}
void quadratics_n(double const* x,
                  double origin,
                  double const* coefficients,
                  std::size_t m,
                  std::size_t n,
                  double* const* out) {
  HWY_DYNAMIC_DISPATCH(Quadratics)(x, origin, coefficients, m, n, out);
}

}  // namespace toyfarm::kernels
#endif
