#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "toyfarm/kernels/reference.hpp"

namespace toyfarm::kernels::reference {
namespace {

// Element i goes to lane i mod 8; the lanes are added pairwise.
struct LaneSum {
  double s[8] = {};

  double& of(std::size_t i) { return s[i % 8]; }
  [[nodiscard]] double total() const {
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
  }
};

double weight(double const* w, double const* q, std::size_t i) {
  return w == nullptr ? q[i] : w[i] * q[i];
}

}  // namespace

double mixture_n(Mixture const& m, double const* weights, std::size_t n, double* log_f) {
  LaneSum sum;
  for (std::size_t i = 0; i < n; ++i) {
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t p = 0; p < m.n_processes; ++p) {
      if (m.nu[p] > 0 && m.log_p[p][i] > largest) {
        largest = m.log_p[p][i];
      }
    }
    double f = 0;  // in units of exp(largest)
    for (std::size_t p = 0; p < m.n_processes; ++p) {
      double const above = m.log_p[p][i] - largest;
      m.ratio[p][i] = std::exp(above > 700 ? 700 : above);
      f += m.nu[p] * m.ratio[p][i];
    }
    for (std::size_t p = 0; p < m.n_processes; ++p) {
      m.ratio[p][i] /= f;
    }
    log_f[i] = largest + std::log(f);
    sum.of(i) += weights == nullptr ? log_f[i] : weights[i] * log_f[i];
  }
  return sum.total();
}

double mixture_sum(Mixture const& m, std::size_t n) {
  std::vector<double> log_f(n);
  return reference::mixture_n(m, nullptr, n, log_f.data());
}

void sum_terms(ScoreTerm const* terms, std::size_t n_terms, std::size_t n, double* y) {
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (std::size_t t = 0; t < n_terms; ++t) {
      double const scaled = terms[t].coefficient * terms[t].ratio[i];
      double const term = terms[t].column == nullptr ? scaled : scaled * terms[t].column[i];
      sum = t == 0 ? term : sum + term;  // 0 + -0 would be another zero
    }
    y[i] = sum;
  }
}

void gram_with_one(double const* w,
                   double const* q,
                   double const* const* columns,
                   std::size_t m,
                   std::size_t n,
                   double* out) {
  for (std::size_t k = 0; k < m; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      LaneSum sum;
      for (std::size_t i = 0; i < n; ++i) {
        double const row = k == 0 ? 1 : columns[k][i];
        double const column = l == 0 ? 1 : columns[l][i];
        sum.of(i) = std::fma(weight(w, q, i) * row, column, sum.of(i));
      }
      *out++ += sum.total();
    }
  }
}

void weighted_sums(double const* w,
                   double const* q,
                   double const* const* columns,
                   std::size_t m,
                   std::size_t n,
                   double* out) {
  for (std::size_t c = 0; c < m; ++c) {
    LaneSum sum;
    for (std::size_t i = 0; i < n; ++i) {
      sum.of(i) = std::fma(weight(w, q, i), columns[c][i], sum.of(i));
    }
    out[c] += sum.total();
  }
}

void quadratics_n(double const* x,
                  double origin,
                  double const* coefficients,
                  std::size_t m,
                  std::size_t n,
                  double* const* out) {
  for (std::size_t c = 0; c < m; ++c) {
    double const* const a = coefficients + 3 * c;
    for (std::size_t i = 0; i < n; ++i) {
      double const d = x[i] - origin;
      out[c][i] = std::fma(d, std::fma(d, a[2], a[1]), a[0]);
    }
  }
}

}  // namespace toyfarm::kernels::reference
