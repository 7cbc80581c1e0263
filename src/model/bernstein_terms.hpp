#pragma once
#include <cstddef>
#include <span>

namespace toyfarm::model {

/// Terms C(n, k) t^k (1 - t)^(n - k), k = 0 … n, and their derivatives by t where `slope` is not
/// empty; `u` is 1 - t.
template <class Real>
void bernstein_terms(Real t, Real u, std::span<Real> value, std::span<Real> slope) {
  std::size_t const n = value.size() - 1;
  // Those of degree n - 1 first.
  auto const fill = [&](std::span<Real> out, std::size_t degree) {
    Real binomial = 1;
    Real power = 1;
    for (std::size_t k = 0; k <= degree; ++k) {
      out[k] = binomial * power;
      power *= t;
      binomial = binomial * static_cast<Real>(degree - k) / static_cast<Real>(k + 1);
    }
    power = 1;
    for (std::size_t k = degree + 1; k-- > 0;) {
      out[k] *= power;
      power *= u;
    }
  };
  if (!slope.empty()) {
    fill(value.first(n), n - 1);
    for (std::size_t k = 0; k <= n; ++k) {
      slope[k] = static_cast<Real>(n) * ((k > 0 ? value[k - 1] : 0) - (k < n ? value[k] : 0));
    }
  }
  fill(value, n);
}

}  // namespace toyfarm::model
