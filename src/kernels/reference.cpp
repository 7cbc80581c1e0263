#include "toyfarm/kernels/reference.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "kernels/node_weights.hpp"

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

// Sums over lanes of products of T_k(u), a block of steps at a time, added to `totals`.
void add_moments(double const* u, std::size_t n, double* totals) {
  double sums[node_order][8] = {};
  for (std::size_t i = 0; i < n; ++i) {
    double t[5] = {1, u[i]};
    for (std::size_t k = 2; k < 5; ++k) {
      t[k] = k == 4 ? std::fma(2 * t[2], t[2], -1) : std::fma(2 * t[1], t[k - 1], -t[k - 2]);
    }
    for (std::size_t k = 1; k < node_order; ++k) {
      auto& sum = sums[k][i % 8];
      sum = k == 1 ? sum + t[1] : std::fma(t[k / 2], t[k - k / 2], sum);
    }
  }
  for (std::size_t k = 1; k < node_order; ++k) {
    auto const& s = sums[k];
    totals[k] += ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
  }
}

// T_0 … T_7 of u.
void chebyshev(double u, double* t) {
  t[0] = 1;
  t[1] = u;
  for (std::size_t k = 2; k < node_order; ++k) {
    t[k] = std::fma(2 * t[k / 2], t[k - k / 2], -t[k % 2]);
  }
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

double dot_of_magnitudes(double const* a, double const* b, std::size_t n) {
  return reduce(
      n, [&](double s, std::size_t i) { return std::fma(std::fabs(a[i]), std::fabs(b[i]), s); });
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

void convolve(double const* shares, std::size_t reach, double const* x, double* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    y[i] = shares[0] * x[i];
    for (std::size_t d = 1; d <= reach; ++d) {
      y[i] = std::fma(shares[d], *(x + i - d) + x[i + d], y[i]);
    }
  }
}

void merge_halves(double const* rule, double const* halves, double* whole) {
  for (std::size_t k = 0; k < node_order; ++k) {
    whole[k] = 0;
    for (std::size_t j = 0; j < 2 * node_order; ++j) {
      whole[k] = std::fma(rule[j * node_order + k], halves[j], whole[k]);
    }
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

void fold_deviates(double const* u, std::size_t n, double* weights) {
  double moments[node_order] = {static_cast<double>(n)};
  std::size_t i = 0;
  while (n - i >= 8 * fold_block + 8) {
    add_moments(u + i, 8 * fold_block, moments);
    i += 8 * fold_block;
  }
  add_moments(u + i, n - i, moments);
  for (std::size_t k = 2; k < node_order; ++k) {
    moments[k] = 2 * moments[k] - moments[k % 2];
  }
  for (std::size_t j = 0; j < node_order / 2; ++j) {
    double part[2];
    for (std::size_t parity = 0; parity < 2; ++parity) {
      part[parity] = node_weights[parity][j] * moments[parity];
      for (std::size_t k = parity + 2; k < node_order; k += 2) {
        part[parity] = std::fma(node_weights[k][j], moments[k], part[parity]);
      }
    }
    weights[j] = part[0] + part[1];
    weights[node_order - 1 - j] = part[0] - part[1];
  }
}

void fold_cells(Lanes& state, std::uint64_t const* counts, std::size_t n_cells, double* weights) {
  std::vector<double> u;
  for (std::size_t c = 0; c < n_cells; ++c) {
    u.resize(counts[c]);
    reference::fill_symmetric(state, u.data(), u.size());
    reference::fold_deviates(u.data(), u.size(), weights + c * node_order);
  }
}

void fold_pairs(double const* u, double const* v, std::size_t n, double* weights) {
  double moments[node_order][node_order] = {};
  for (std::size_t i = 0; i < n; i += 8 * fold_block) {
    double sums[node_order][node_order][8] = {};
    for (std::size_t e = i; e < std::min(n, i + 8 * fold_block); ++e) {
      double a[node_order];
      double b[node_order];
      chebyshev(u[e], a);
      chebyshev(v[e], b);
      for (std::size_t k = 0; k < node_order; ++k) {
        for (std::size_t l = 0; l < node_order; ++l) {
          sums[k][l][e % 8] = std::fma(a[k], b[l], sums[k][l][e % 8]);
        }
      }
    }
    for (std::size_t k = 0; k < node_order; ++k) {
      for (std::size_t l = 0; l < node_order; ++l) {
        auto const& s = sums[k][l];
        moments[k][l] += ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
      }
    }
  }
  auto const& a = all_node_weights.rows;
  for (std::size_t i = 0; i < node_order; ++i) {
    double half[node_order];  // sum_k a_k T_k(u_i) m_kl
    for (std::size_t l = 0; l < node_order; ++l) {
      half[l] = a[0][i] * moments[0][l];
      for (std::size_t k = 1; k < node_order; ++k) {
        half[l] = std::fma(a[k][i], moments[k][l], half[l]);
      }
    }
    for (std::size_t j = 0; j < node_order; ++j) {
      double sum = half[0] * a[0][j];
      for (std::size_t l = 1; l < node_order; ++l) {
        sum = std::fma(half[l], a[l][j], sum);
      }
      weights[i * node_order + j] = sum;
    }
  }
}

void fold_products(Lanes& first,
                   Lanes& second,
                   std::uint64_t const* counts,
                   std::size_t n_cells,
                   double* weights) {
  std::vector<double> u;
  std::vector<double> v;
  for (std::size_t c = 0; c < n_cells; ++c) {
    u.resize(counts[c]);
    v.resize(counts[c]);
    reference::fill_symmetric(first, u.data(), u.size());
    reference::fill_symmetric(second, v.data(), v.size());
    reference::fold_pairs(u.data(), v.data(), u.size(), weights + c * product_nodes);
  }
}

void interpolation_errors(Interpolation const& rule,
                          double const* at_nodes,
                          double const* at_checks,
                          std::size_t n_cells,
                          double* errors,
                          double* means) {
  for (std::size_t c = 0; c < n_cells; ++c) {
    double w[check_order];
    for (std::size_t i = 0; i < check_order; ++i) {
      double& e = errors[c * check_order + i];
      e = at_checks[c * check_order + i];
      for (std::size_t j = 0; j < node_order; ++j) {
        e = std::fma(-rule.matrix[j * check_order + i], at_nodes[c * node_order + j], e);
      }
      w[i] = rule.weights[i] * e;
    }
    means[c] = (((w[0] + w[1]) + (w[2] + w[3])) + ((w[4] + w[5]) + (w[6] + w[7]))) + w[8];
  }
}

}  // namespace toyfarm::kernels::reference
