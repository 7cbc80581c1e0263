#include "toyfarm/kernels/polynomial.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/polynomial.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<double, 8>;
using Indices = hn::RebindToSigned<Tag>;
using Vec = hn::Vec<Tag>;
constexpr Tag tag{};
constexpr Indices indices{};
constexpr std::size_t width = hn::MaxLanes(Tag{});

Vec clamp(Vec x, Vec lower, Vec upper) {
  return hn::Min(hn::Max(x, lower), upper);
}

// Several vectors at once hide the latency of one Horner chain.
template <std::size_t n_vectors>
HWY_INLINE void horner(Polynomial const& p, double const* u, double* x) {
  Vec at[n_vectors];
  Vec value[n_vectors];
  for (std::size_t v = 0; v < n_vectors; ++v) {
    at[v] = hn::LoadU(tag, u + v * width);
    value[v] = hn::Set(tag, p.coefficients[p.order]);
  }
  for (std::size_t k = p.order; k-- > 0;) {
    Vec const c = hn::Set(tag, p.coefficients[k]);
    for (std::size_t v = 0; v < n_vectors; ++v) {
      value[v] = hn::MulAdd(value[v], at[v], c);
    }
  }
  for (std::size_t v = 0; v < n_vectors; ++v) {
    hn::StoreU(clamp(value[v], hn::Set(tag, p.lower), hn::Set(tag, p.upper)), tag, x + v * width);
  }
}

void PolynomialOf(Polynomial const& polynomial, double const* u, double* x, std::size_t n) {
  Polynomial const p = polynomial;
  std::size_t i = 0;
  for (; i + 4 * width <= n; i += 4 * width) {
    horner<4>(p, u + i, x + i);
  }
  for (; i + width <= n; i += width) {
    horner<1>(p, u + i, x + i);
  }
  if (i < n) {
    double buffer[width] = {};
    for (std::size_t k = 0; i + k < n; ++k) {
      buffer[k] = u[i + k];
    }
    horner<1>(p, buffer, buffer);
    for (std::size_t k = 0; i + k < n; ++k) {
      x[i + k] = buffer[k];
    }
  }
}

HWY_INLINE void gathered(PolynomialTable const& t,
                         std::uint64_t const* which,
                         double const* u,
                         double* x) {
  auto const number = hn::LoadU(indices, reinterpret_cast<std::int64_t const*>(which));
  auto scaled = hn::Zero(indices);  // number * (order + 1): no 64-bit multiplication before AVX-512
  for (std::size_t bit = 0; bit < 16; ++bit) {
    if (((t.order + 1) >> bit & 1U) != 0) {
      scaled = hn::Add(scaled, hn::ShiftLeftSame(number, static_cast<int>(bit)));
    }
  }
  Vec const at = hn::LoadU(tag, u);
  Vec value = hn::GatherIndex(tag, t.coefficients + t.order, scaled);
  for (std::size_t k = t.order; k-- > 0;) {
    value = hn::MulAdd(value, at, hn::GatherIndex(tag, t.coefficients + k, scaled));
  }
  hn::StoreU(
      clamp(value, hn::GatherIndex(tag, t.lower, number), hn::GatherIndex(tag, t.upper, number)),
      tag,
      x);
}

void PolynomialsOf(PolynomialTable const& table,
                   std::uint64_t const* which,
                   double const* u,
                   double* x,
                   std::size_t n) {
  std::size_t i = 0;
  for (; i + width <= n; i += width) {
    gathered(table, which + i, u + i, x + i);
  }
  if (i < n) {
    std::uint64_t numbers[width] = {};
    double buffer[width] = {};
    for (std::size_t k = 0; i + k < n; ++k) {
      numbers[k] = which[i + k];
      buffer[k] = u[i + k];
    }
    gathered(table, numbers, buffer, buffer);
    for (std::size_t k = 0; i + k < n; ++k) {
      x[i + k] = buffer[k];
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(PolynomialOf);
HWY_EXPORT(PolynomialsOf);

void polynomial_n(Polynomial const& polynomial, double const* u, double* x, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(PolynomialOf)(polynomial, u, x, n);
}
void polynomials_n(PolynomialTable const& table,
                   std::uint64_t const* which,
                   double const* u,
                   double* x,
                   std::size_t n) {
  HWY_DYNAMIC_DISPATCH(PolynomialsOf)(table, which, u, x, n);
}

}  // namespace toyfarm::kernels
#endif
