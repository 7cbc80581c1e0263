#include <algorithm>

#include "toyfarm/kernels/moments.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/product_moments.cpp"
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

// Steps of eight pairs at a time: their polynomials and the sums stay in the nearest cache.
constexpr std::size_t chunk = 16;
constexpr std::size_t tile = 4;  // sums of 4 x 4 products stay in registers

struct Workspace {
  alignas(64) double polynomials[2][node_order][chunk * 8];
  alignas(64) double sums[node_order][node_order][8];  // over 8 logical lanes
  double moments[node_order][node_order];
};

// T_0 … T_7 of u; those of a lane that is not live are 0.
HWY_INLINE void write_polynomials(Real u, Real live, double (*out)[chunk * 8], std::size_t at) {
  Real const one = hn::Set(reals, 1.0);
  Real const twice = hn::Add(u, u);
  Real const t2 = hn::MulSub(twice, u, one);
  Real const t3 = hn::MulSub(twice, t2, u);
  Real const twice2 = hn::Add(t2, t2);
  Real const t4 = hn::MulSub(twice2, t2, one);
  Real const t5 = hn::MulSub(twice2, t3, u);
  Real const twice3 = hn::Add(t3, t3);
  Real const t6 = hn::MulSub(twice3, t3, one);
  Real const t7 = hn::MulSub(twice3, t4, u);
  Real const all[node_order] = {one, u, t2, t3, t4, t5, t6, t7};
  for (std::size_t k = 0; k < node_order; ++k) {
    hn::Store(hn::And(all[k], live), reals, out[k] + at);
  }
}

// The next `steps` steps of eight pairs, of which n are wanted.
HWY_INLINE void draw(
    Generator& first, Generator& second, std::size_t n, std::size_t steps, Workspace& w) {
  Real const all = hn::VecFromMask(reals, hn::FirstN(reals, width));
  for (std::size_t i = 0; i < steps; ++i) {
    for (std::size_t p = 0; p < parts; ++p) {
      std::size_t const before = 8 * i + p * width;
      Real live = all;
      if (before + width > n) {
        live = hn::VecFromMask(reals, hn::FirstN(reals, n > before ? n - before : 0));
      }
      write_polynomials(to_symmetric(first.next(p)), live, w.polynomials[0], before);
      write_polynomials(to_symmetric(second.next(p)), all, w.polynomials[1], before);
    }
  }
}

// Adds the products of tile (k, l) to its sums.
HWY_INLINE void add_tile(std::size_t k, std::size_t l, std::size_t steps, Workspace& w) {
  for (std::size_t p = 0; p < parts; ++p) {
    std::size_t const lane = p * width;
    Real sums[tile][tile];
    for (std::size_t r = 0; r < tile; ++r) {
      for (std::size_t c = 0; c < tile; ++c) {
        sums[r][c] = hn::Load(reals, w.sums[k + r][l + c] + lane);
      }
    }
    for (std::size_t i = 0; i < steps; ++i) {
      std::size_t const at = 8 * i + lane;
      Real columns[tile];
      for (std::size_t c = 0; c < tile; ++c) {
        columns[c] = hn::Load(reals, w.polynomials[1][l + c] + at);
      }
      for (std::size_t r = 0; r < tile; ++r) {
        Real const row = hn::Load(reals, w.polynomials[0][k + r] + at);
        for (std::size_t c = 0; c < tile; ++c) {
          sums[r][c] = hn::MulAdd(row, columns[c], sums[r][c]);
        }
      }
    }
    for (std::size_t r = 0; r < tile; ++r) {
      for (std::size_t c = 0; c < tile; ++c) {
        hn::Store(sums[r][c], reals, w.sums[k + r][l + c] + lane);
      }
    }
  }
}

// Adds the lanes' sums to the moments and clears them.
HWY_INLINE void flush(Workspace& w) {
  for (std::size_t k = 0; k < node_order; ++k) {
    for (std::size_t l = 0; l < node_order; ++l) {
      double* const s = w.sums[k][l];
      w.moments[k][l] += ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    }
  }
  std::fill_n(&w.sums[0][0][0], node_order * node_order * 8, 0.0);
}

// out = factors^T rows: out[i][j] = sum_k factors[k][i] rows[k][j].
HWY_INLINE void multiply(double const (*factors)[node_order],
                         double const (*rows)[node_order],
                         double (*out)[node_order]) {
  for (std::size_t i = 0; i < node_order; ++i) {
    for (std::size_t p = 0; p < parts; ++p) {
      Real sum = hn::Mul(hn::Set(reals, factors[0][i]), hn::LoadU(reals, rows[0] + p * width));
      for (std::size_t k = 1; k < node_order; ++k) {
        sum = hn::MulAdd(hn::Set(reals, factors[k][i]), hn::LoadU(reals, rows[k] + p * width), sum);
      }
      hn::StoreU(sum, reals, out[i] + p * width);
    }
  }
}

// W = A^T M A with A_kj = a_k T_k(u_j).
HWY_INLINE void write_weights(double const (*moments)[node_order], double* weights) {
  double half[node_order][node_order];
  double transposed[node_order][node_order];
  multiply(all_node_weights.rows, moments, half);
  for (std::size_t i = 0; i < node_order; ++i) {
    for (std::size_t l = 0; l < node_order; ++l) {
      transposed[l][i] = half[i][l];
    }
  }
  double out[node_order][node_order];
  multiply(transposed, all_node_weights.rows, out);
  std::copy_n(&out[0][0], node_order * node_order, weights);
}

void FoldProducts(Lanes& first_lanes,
                  Lanes& second_lanes,
                  std::uint64_t const* counts,
                  std::size_t n_cells,
                  double* weights) {
  Generator first(first_lanes);
  Generator second(second_lanes);
  Workspace w;
  std::fill_n(&w.sums[0][0][0], node_order * node_order * 8, 0.0);
  for (std::size_t c = 0; c < n_cells; ++c) {
    std::fill_n(&w.moments[0][0], node_order * node_order, 0.0);
    std::size_t summed = 0;
    for (std::size_t i = 0; i < counts[c]; i += 8 * chunk) {
      std::size_t const n = std::min<std::size_t>(8 * chunk, counts[c] - i);
      std::size_t const steps = (n + 7) / 8;
      draw(first, second, n, steps, w);
      for (std::size_t k = 0; k < node_order; k += tile) {
        for (std::size_t l = 0; l < node_order; l += tile) {
          add_tile(k, l, steps, w);
        }
      }
      if (++summed == fold_block / chunk) {
        flush(w);
        summed = 0;
      }
    }
    flush(w);
    write_weights(w.moments, weights + c * product_nodes);
  }
  first.store(first_lanes);
  second.store(second_lanes);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(FoldProducts);

void fold_products(Lanes& first,
                   Lanes& second,
                   std::uint64_t const* counts,
                   std::size_t n_cells,
                   double* weights) {
  HWY_DYNAMIC_DISPATCH(FoldProducts)(first, second, counts, n_cells, weights);
}

}  // namespace toyfarm::kernels
#endif
