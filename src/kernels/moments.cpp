#include "toyfarm/kernels/moments.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/moments.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/generator-inl.hpp"
#include "kernels/node_weights.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

using Real = hn::Vec<Reals>;
using Quad = hn::CappedTag<double, 4>;

/// Sums of products of Chebyshev polynomials, 8 logical lanes: [k] is the sum of T_{k/2} T_{k-k/2}.
struct Sums {
  Real s[node_order][parts];

  Sums() {
    for (auto& k : s) {
      for (auto& part : k) {
        part = hn::Zero(reals);
      }
    }
  }

  // A lane that is not live adds nothing: each product has one factor that is then zero.
  HWY_INLINE void add(std::size_t p, Real u, Real live) {
    Real const one = hn::Set(reals, 1.0);
    Real const twice = hn::Add(u, u);
    Real const t2 = hn::MulSub(twice, u, one);
    Real const t3 = hn::MulSub(twice, t2, u);
    Real const t4 = hn::MulSub(hn::Add(t2, t2), t2, one);
    Real const l1 = hn::And(u, live);
    Real const l2 = hn::And(t2, live);
    Real const l3 = hn::And(t3, live);
    s[1][p] = hn::Add(s[1][p], l1);
    s[2][p] = hn::MulAdd(l1, u, s[2][p]);
    s[3][p] = hn::MulAdd(l1, t2, s[3][p]);
    s[4][p] = hn::MulAdd(l2, t2, s[4][p]);
    s[5][p] = hn::MulAdd(l2, t3, s[5][p]);
    s[6][p] = hn::MulAdd(l3, t3, s[6][p]);
    s[7][p] = hn::MulAdd(l3, t4, s[7][p]);
  }

  // Adds the lanes' sums to `totals` and clears them.
  HWY_INLINE void flush(double* totals) {
    for (std::size_t k = 1; k < node_order; ++k) {
      double lanes[8];
      for (std::size_t p = 0; p < parts; ++p) {
        hn::StoreU(s[k][p], reals, lanes + p * width);
        s[k][p] = hn::Zero(reals);
      }
      totals[k] += ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
                   ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
    }
  }
};

HWY_INLINE Real live_lanes(std::size_t p, std::size_t n) {
  std::size_t const before = p * width;
  return hn::VecFromMask(reals, hn::FirstN(reals, n > before ? n - before : 0));
}

// The matrix is symmetric in u: even moments give the same to u_j and -u_j, odd ones the opposite.
HWY_INLINE void write_weights(double* moments, double* weights) {
  constexpr Quad quad{};
  constexpr std::size_t step = hn::MaxLanes(Quad{});
  for (std::size_t k = 2; k < node_order; ++k) {
    moments[k] = 2 * moments[k] - moments[k % 2];
  }
  double even_part[4];
  double odd_part[4];
  for (std::size_t j = 0; j < 4; j += step) {
    auto even = hn::Mul(hn::LoadU(quad, node_weights[0] + j), hn::Set(quad, moments[0]));
    auto odd = hn::Mul(hn::LoadU(quad, node_weights[1] + j), hn::Set(quad, moments[1]));
    for (std::size_t k = 2; k < node_order; k += 2) {
      even = hn::MulAdd(hn::LoadU(quad, node_weights[k] + j), hn::Set(quad, moments[k]), even);
      odd =
          hn::MulAdd(hn::LoadU(quad, node_weights[k + 1] + j), hn::Set(quad, moments[k + 1]), odd);
    }
    hn::StoreU(even, quad, even_part + j);
    hn::StoreU(odd, quad, odd_part + j);
  }
  for (std::size_t j = 0; j < 4; ++j) {
    weights[j] = even_part[j] + odd_part[j];
    weights[7 - j] = even_part[j] - odd_part[j];
  }
}

// `next(p)` gives the deviates of part p of the next step.
template <class Next>
HWY_INLINE void fold_one(std::size_t n, double* weights, Next next) {
  double moments[node_order] = {static_cast<double>(n)};
  Sums sums;
  Real const all = hn::VecFromMask(reals, hn::FirstN(reals, width));
  while (n >= 8) {
    std::size_t const block = std::min<std::size_t>(n / 8, fold_block);
    for (std::size_t i = 0; i < block; ++i) {
      for (std::size_t p = 0; p < parts; ++p) {
        sums.add(p, next(p), all);
      }
    }
    n -= 8 * block;
    if (n >= 8) {
      sums.flush(moments);
    }
  }
  if (n > 0) {
    for (std::size_t p = 0; p < parts; ++p) {
      sums.add(p, next(p), live_lanes(p, n));
    }
  }
  sums.flush(moments);
  write_weights(moments, weights);
}

void FoldCells(Lanes& state, std::uint64_t const* counts, std::size_t n_cells, double* weights) {
  Generator generator(state);
  for (std::size_t c = 0; c < n_cells; ++c) {
    fold_one(counts[c], weights + c * node_order, [&](std::size_t p) {
      return to_symmetric(generator.next(p));
    });
  }
  generator.store(state);
}

void FoldDeviates(double const* u, std::size_t n, double* weights) {
  double buffer[8] = {};
  std::size_t i = 0;
  double const* at = u;
  fold_one(n, weights, [&](std::size_t p) {
    if (p == 0) {
      at = u + i;
      if (i + 8 > n) {
        std::copy(at, u + n, buffer);
        at = buffer;
      }
      i += 8;
    }
    return hn::LoadU(reals, at + p * width);
  });
}

// The matrix stays in registers: 8 checks by vectors of 8 logical lanes, the last one alone.
void InterpolationErrors(Interpolation const& rule,
                         double const* at_nodes,
                         double const* at_checks,
                         std::size_t n_cells,
                         double* errors,
                         double* means) {
  static_assert(check_order == 9);
  using One = hn::CappedTag<double, 1>;
  constexpr One one{};
  for (std::size_t c = 0; c < n_cells; ++c) {
    double const* const nodes = at_nodes + c * node_order;
    double const* const checks = at_checks + c * check_order;
    Real sums[parts];
    for (std::size_t p = 0; p < parts; ++p) {
      sums[p] = hn::LoadU(reals, checks + p * width);
    }
    auto last = hn::LoadU(one, checks + 8);
    for (std::size_t j = 0; j < node_order; ++j) {
      Real const value = hn::Set(reals, nodes[j]);
      for (std::size_t p = 0; p < parts; ++p) {
        sums[p] = hn::NegMulAdd(
            hn::LoadU(reals, rule.matrix + j * check_order + p * width), value, sums[p]);
      }
      last = hn::NegMulAdd(
          hn::LoadU(one, rule.matrix + j * check_order + 8), hn::Set(one, nodes[j]), last);
    }
    double* const e = errors + c * check_order;
    double weighted[8];
    for (std::size_t p = 0; p < parts; ++p) {
      hn::StoreU(sums[p], reals, e + p * width);
      hn::StoreU(hn::Mul(sums[p], hn::LoadU(reals, rule.weights + p * width)),
                 reals,
                 weighted + p * width);
    }
    hn::StoreU(last, one, e + 8);
    means[c] = (((weighted[0] + weighted[1]) + (weighted[2] + weighted[3])) +
                ((weighted[4] + weighted[5]) + (weighted[6] + weighted[7]))) +
               rule.weights[8] * e[8];
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(FoldCells);
HWY_EXPORT(FoldDeviates);
HWY_EXPORT(InterpolationErrors);

void fold_cells(Lanes& state, std::uint64_t const* counts, std::size_t n_cells, double* weights) {
  HWY_DYNAMIC_DISPATCH(FoldCells)(state, counts, n_cells, weights);
}
void fold_deviates(double const* u, std::size_t n, double* weights) {
  HWY_DYNAMIC_DISPATCH(FoldDeviates)(u, n, weights);
}
void interpolation_errors(Interpolation const& rule,
                          double const* at_nodes,
                          double const* at_checks,
                          std::size_t n_cells,
                          double* errors,
                          double* means) {
  HWY_DYNAMIC_DISPATCH(InterpolationErrors)(rule, at_nodes, at_checks, n_cells, errors, means);
}

}  // namespace toyfarm::kernels
#endif
