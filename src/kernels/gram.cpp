#include <type_traits>

#include "toyfarm/kernels/math.hpp"
#include "toyfarm/kernels/mixture.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gram.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/lanes-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

/// Weights w_i q_i, null means all 1, and columns to be multiplied.
struct Products {
  double const* w;
  double const* q;
  double const* const* rows;
  double const* const* columns;
  std::size_t n;
};

// Weights of points i …; those past the end are 0.
HWY_INLINE Vec weights_at(Products const& p, std::size_t i, std::size_t live) {
  Vec const one = hn::Set(tag, 1.0);
  Vec const w = p.w == nullptr ? one : load_some(p.w + i, live);
  Vec const q = p.q == nullptr ? one : load_some(p.q + i, live);
  Vec const product = p.w == nullptr ? q : p.q == nullptr ? w : hn::Mul(w, q);
  return live >= width ? product : hn::IfThenElseZero(hn::FirstN(tag, live), product);
}

// Calls body(i, live) for the points of one part of the 8 logical lanes.
template <class Body>
HWY_INLINE void for_part(std::size_t part, std::size_t n, Body body) {
  std::size_t i = part * width;
  for (; i + width <= n; i += 8) {
    body(i, width);
  }
  if (i < n) {
    body(i, n - i);
  }
}

enum class Leading { column, one };

// Sums of rows times columns, put(row, column, sum); where `Triangle`, rows are the columns and
// only those with column <= row are wanted. A leading one stands for the first column. Every sum is
// a chain of its own over 8 logical lanes.
template <std::size_t NRows, std::size_t NColumns, bool Triangle, Leading leading, class Put>
HWY_INLINE void tile(Products const& products, Put put) {
  alignas(64) double lanes[NRows][NColumns][8];
  for (std::size_t part = 0; part < parts; ++part) {
    Vec sums[NRows][NColumns];
    for (auto& row : sums) {
      for (auto& sum : row) {
        sum = hn::Zero(tag);
      }
    }
    for_part(part, products.n, [&](std::size_t i, std::size_t live) {
      Vec const weights = weights_at(products, i, live);
      Vec column[NColumns];
      for (std::size_t c = 0; c < NColumns; ++c) {
        column[c] = leading == Leading::one && c == 0 ? hn::Set(tag, 1.0)
                                                      : load_some(products.columns[c] + i, live);
      }
      for (std::size_t r = 0; r < NRows; ++r) {
        Vec weighted = weights;
        if (Triangle) {
          weighted =
              leading == Leading::one && r == 0 ? weights : hn::Mul(weights, column[r % NColumns]);
        } else if (products.rows != nullptr) {
          weighted = hn::Mul(weights, load_some(products.rows[r] + i, live));
        }
        for (std::size_t c = 0; c < (Triangle ? r + 1 : NColumns); ++c) {
          sums[r][c] = hn::MulAdd(weighted, column[c], sums[r][c]);
        }
      }
    });
    for (std::size_t r = 0; r < NRows; ++r) {
      for (std::size_t c = 0; c < (Triangle ? r + 1 : NColumns); ++c) {
        hn::StoreU(sums[r][c], tag, lanes[r][c] + part * width);
      }
    }
  }
  for (std::size_t r = 0; r < NRows; ++r) {
    for (std::size_t c = 0; c < (Triangle ? r + 1 : NColumns); ++c) {
      put(r, c, fold_lanes(lanes[r][c]));
    }
  }
}

constexpr std::size_t tile_size = 4;

template <std::size_t N>
using Size = std::integral_constant<std::size_t, N>;

// Calls f with the number, 1 … tile_size, as a constant.
template <class F>
HWY_INLINE void with_size(std::size_t size, F f) {
  switch (size) {
    case 1:
      f(Size<1>{});
      break;
    case 2:
      f(Size<2>{});
      break;
    case 3:
      f(Size<3>{});
      break;
    default:
      f(Size<tile_size>{});
      break;
  }
}

std::size_t size_at(std::size_t first, std::size_t m) {
  return m - first < tile_size ? m - first : tile_size;
}

// One row of tiles of the packed triangle: rows first …, columns up to them.
template <Leading leading>
void row_of_tiles(
    Products p, double const* const* all, std::size_t first, std::size_t m, double* out) {
  with_size(size_at(first, m), [&](auto size) {
    constexpr std::size_t n_rows = decltype(size)::value;
    std::size_t column = 0;
    auto const add = [&](std::size_t r, std::size_t c, double sum) {
      std::size_t const k = first + r;
      out[k * (k + 1) / 2 + column + c] += sum;
    };
    for (; column < first; column += tile_size) {
      p.rows = all + first;
      p.columns = all + column;
      if (column == 0) {
        tile<n_rows, tile_size, false, leading>(p, add);
      } else {
        tile<n_rows, tile_size, false, Leading::column>(p, add);
      }
    }
    p.columns = all + first;
    if (first == 0) {
      tile<n_rows, n_rows, true, leading>(p, add);
    } else {
      tile<n_rows, n_rows, true, Leading::column>(p, add);
    }
  });
}

void Gram(
    double const* w, double const* const* columns, std::size_t m, std::size_t n, double* out) {
  for (std::size_t first = 0; first < m; first += tile_size) {
    row_of_tiles<Leading::column>({w, nullptr, nullptr, nullptr, n}, columns, first, m, out);
  }
}

// columns[0] stands for 1 and is not read.
void GramWithOne(double const* w,
                 double const* q,
                 double const* const* columns,
                 std::size_t m,
                 std::size_t n,
                 double* out) {
  for (std::size_t first = 0; first < m; first += tile_size) {
    row_of_tiles<Leading::one>({w, q, nullptr, nullptr, n}, columns, first, m, out);
  }
}

void WeightedSums(double const* w,
                  double const* q,
                  double const* const* columns,
                  std::size_t m,
                  std::size_t n,
                  double* out) {
  for (std::size_t first = 0; first < m; first += tile_size) {
    with_size(size_at(first, m), [&](auto size) {
      tile<1, decltype(size)::value, false, Leading::column>(
          {w, q, nullptr, columns + first, n},
          [&](std::size_t, std::size_t c, double sum) { out[first + c] += sum; });
    });
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(Gram);
HWY_EXPORT(GramWithOne);
HWY_EXPORT(WeightedSums);

void gram(
    double const* w, double const* const* columns, std::size_t m, std::size_t n, double* out) {
  HWY_DYNAMIC_DISPATCH(Gram)(w, columns, m, n, out);
}
void gram_with_one(double const* w,
                   double const* q,
                   double const* const* columns,
                   std::size_t m,
                   std::size_t n,
                   double* out) {
  HWY_DYNAMIC_DISPATCH(GramWithOne)(w, q, columns, m, n, out);
}
void weighted_sums(double const* w,
                   double const* q,
                   double const* const* columns,
                   std::size_t m,
                   std::size_t n,
                   double* out) {
  HWY_DYNAMIC_DISPATCH(WeightedSums)(w, q, columns, m, n, out);
}

}  // namespace toyfarm::kernels
#endif
