#include "toyfarm/kernels/reference.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace toyfarm::kernels::reference {
namespace {

// Element i goes to lane i mod 8; the lanes are added pairwise.
template <class Add>
double reduce(std::size_t n, Add add) {
  double s[8] = {};
  for (std::size_t i = 0; i < n; ++i) {
    s[i % 8] = add(s[i % 8], i);
  }
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

std::uint64_t next(Lanes& state, std::size_t lane) {
  auto& [s0, s1, s2, s3] = state.words;
  std::uint64_t const result = std::rotl(s0[lane] + s3[lane], 23) + s0[lane];
  std::uint64_t const shifted = s1[lane] << 17;
  s2[lane] ^= s0[lane];
  s3[lane] ^= s1[lane];
  s1[lane] ^= s2[lane];
  s0[lane] ^= s3[lane];
  s2[lane] ^= shifted;
  s3[lane] = std::rotl(s3[lane], 45);
  return result;
}

double horner(double const* coefficients, std::size_t order, double u) {
  double value = coefficients[order];
  for (std::size_t k = order; k-- > 0;) {
    value = std::fma(value, u, coefficients[k]);
  }
  return value;
}

}  // namespace

void exp_n(double const* x, double* y, std::size_t n) {
  std::transform(x, x + n, y, [](double v) { return std::exp(v); });
}

void log_n(double const* x, double* y, std::size_t n) {
  std::transform(x, x + n, y, [](double v) { return std::log(v); });
}

double sum(double const* x, std::size_t n) {
  return reduce(n, [&](double s, std::size_t i) { return s + x[i]; });
}

double dot(double const* a, double const* b, std::size_t n) {
  return reduce(n, [&](double s, std::size_t i) { return std::fma(a[i], b[i], s); });
}

double dot3(double const* a, double const* b, double const* c, std::size_t n) {
  return reduce(n, [&](double s, std::size_t i) { return std::fma(a[i] * b[i], c[i], s); });
}

void gram(
    double const* w, double const* const* columns, std::size_t m, std::size_t n, double* out) {
  for (std::size_t k = 0; k < m; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      *out++ += w != nullptr ? dot3(w, columns[k], columns[l], n) : dot(columns[k], columns[l], n);
    }
  }
}

void axpy(double a, double const* x, double* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    y[i] = std::fma(a, x[i], y[i]);
  }
}

void multiply(double const* a, double const* b, double* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    y[i] = a[i] * b[i];
  }
}

void fill_bits(Lanes& state, std::uint64_t* bits, std::size_t n) {
  for (std::size_t i = 0; i < n; i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) {
      std::uint64_t const word = next(state, lane);
      if (i + lane < n) {
        bits[i + lane] = word;
      }
    }
  }
}

void fill_symmetric(Lanes& state, double* u, std::size_t n) {
  for (std::size_t i = 0; i < n; i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) {
      double const deviate = symmetric(next(state, lane));
      if (i + lane < n) {
        u[i + lane] = deviate;
      }
    }
  }
}

void polynomial_n(Polynomial const& p, double const* u, double* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = std::clamp(horner(p.coefficients, p.order, u[i]), p.lower, p.upper);
  }
}

void polynomials_n(PolynomialTable const& t,
                   std::uint64_t const* which,
                   double const* u,
                   double* x,
                   std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    auto const p = which[i];
    x[i] = std::clamp(
        horner(t.coefficients + p * (t.order + 1), t.order, u[i]), t.lower[p], t.upper[p]);
  }
}

}  // namespace toyfarm::kernels::reference
