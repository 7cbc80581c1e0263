#include "toyfarm/kernels/math.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/math.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<double, 8>;
using Vec = hn::Vec<Tag>;
constexpr Tag tag{};
constexpr std::size_t width = hn::MaxLanes(Tag{});
constexpr std::size_t parts = 8 / width;  // vectors that make up 8 logical lanes

Vec load(double const* p) {
  return hn::LoadU(tag, p);
}

// Highway's exp knows no special values.
Vec exp_lanes(Vec x) {
  Vec const lowest = hn::Set(tag, -745.2);
  Vec const highest = hn::Set(tag, 709.782712893384);
  Vec const inside = hn::Exp(tag, hn::Min(hn::Max(x, lowest), highest));
  Vec const low = hn::IfThenElse(hn::Lt(x, lowest), hn::Zero(tag), inside);
  Vec const result = hn::IfThenElse(hn::Gt(x, highest), hn::Set(tag, __builtin_inf()), low);
  return hn::IfThenElse(hn::Eq(x, x), result, x);
}

// Nor does its log.
Vec log_lanes(Vec x) {
  Vec const bad = hn::IfThenElse(
      hn::Eq(x, hn::Zero(tag)), hn::Set(tag, -__builtin_inf()), hn::Set(tag, __builtin_nan("")));
  Vec const usual = hn::IfThenElse(hn::Gt(x, hn::Zero(tag)), hn::Log(tag, x), bad);
  return hn::IfThenElse(hn::Eq(x, hn::Set(tag, __builtin_inf())), x, usual);
}

// Applies `f` to whole vectors, the rest through a padded copy.
template <class F>
void map(double const* x, double* y, std::size_t n, F f) {
  std::size_t i = 0;
  for (; i + width <= n; i += width) {
    hn::StoreU(f(load(x + i)), tag, y + i);
  }
  if (i < n) {
    double buffer[width];
    for (std::size_t k = 0; k < width; ++k) {
      buffer[k] = i + k < n ? x[i + k] : 1.0;
    }
    hn::StoreU(f(load(buffer)), tag, buffer);
    for (std::size_t k = 0; i + k < n; ++k) {
      y[i + k] = buffer[k];
    }
  }
}

double fold(Vec const* lanes) {
  double s[8];
  for (std::size_t p = 0; p < parts; ++p) {
    hn::StoreU(lanes[p], tag, s + p * width);
  }
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

// Sums over 8 logical lanes; `add(sum, part, i)` adds elements i … i + width - 1, `pad` serves the
// last, incomplete group from padded copies.
template <std::size_t n_columns, class Add>
double reduce(double const* const (&columns)[n_columns], std::size_t n, Add add) {
  Vec sums[parts];
  for (auto& s : sums) {
    s = hn::Zero(tag);
  }
  double const* p[n_columns];
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t part = 0; part < parts; ++part) {
      for (std::size_t c = 0; c < n_columns; ++c) {
        p[c] = columns[c] + i + part * width;
      }
      sums[part] = add(sums[part], p);
    }
  }
  if (i < n) {
    double buffer[n_columns][8] = {};
    for (std::size_t c = 0; c < n_columns; ++c) {
      for (std::size_t k = 0; i + k < n; ++k) {
        buffer[c][k] = columns[c][i + k];
      }
    }
    for (std::size_t part = 0; part < parts; ++part) {
      for (std::size_t c = 0; c < n_columns; ++c) {
        p[c] = buffer[c] + part * width;
      }
      sums[part] = add(sums[part], p);
    }
  }
  return fold(sums);
}

void Exp(double const* x, double* y, std::size_t n) {
  map(x, y, n, [](Vec v) { return exp_lanes(v); });
}

void Log(double const* x, double* y, std::size_t n) {
  map(x, y, n, [](Vec v) { return log_lanes(v); });
}

double Sum(double const* x, std::size_t n) {
  double const* const columns[1] = {x};
  return reduce(
      columns, n, [](Vec s, double const* const(&p)[1]) { return hn::Add(s, load(p[0])); });
}

double Dot(double const* a, double const* b, std::size_t n) {
  double const* const columns[2] = {a, b};
  return reduce(columns, n, [](Vec s, double const* const(&p)[2]) {
    return hn::MulAdd(load(p[0]), load(p[1]), s);
  });
}

double Dot3(double const* a, double const* b, double const* c, std::size_t n) {
  double const* const columns[3] = {a, b, c};
  return reduce(columns, n, [](Vec s, double const* const(&p)[3]) {
    return hn::MulAdd(hn::Mul(load(p[0]), load(p[1])), load(p[2]), s);
  });
}

// One row of the Gram matrix, n_columns entries at once: their sums are independent chains, each
// with the bits of dot3 or dot.
template <std::size_t n_columns>
HWY_INLINE void gram_step(double const* w,
                          double const* row,
                          double const* const (&columns)[n_columns],
                          Vec (&sums)[n_columns][parts]) {
  for (std::size_t part = 0; part < parts; ++part) {
    Vec const weighted = w != nullptr ? hn::Mul(load(w + part * width), load(row + part * width))
                                      : load(row + part * width);
    for (std::size_t c = 0; c < n_columns; ++c) {
      sums[c][part] = hn::MulAdd(weighted, load(columns[c] + part * width), sums[c][part]);
    }
  }
}

template <std::size_t n_columns>
void gram_row(
    double const* w, double const* row, double const* const* columns, std::size_t n, double* out) {
  Vec sums[n_columns][parts];
  for (auto& column : sums) {
    for (auto& s : column) {
      s = hn::Zero(tag);
    }
  }
  double const* p[n_columns];
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t c = 0; c < n_columns; ++c) {
      p[c] = columns[c] + i;
    }
    gram_step(w != nullptr ? w + i : nullptr, row + i, p, sums);
  }
  if (i < n) {
    double rest[n_columns + 2][8] = {};
    for (std::size_t k = 0; i + k < n; ++k) {
      for (std::size_t c = 0; c < n_columns; ++c) {
        rest[c][k] = columns[c][i + k];
      }
      rest[n_columns][k] = row[i + k];
      rest[n_columns + 1][k] = w != nullptr ? w[i + k] : 1.0;
    }
    for (std::size_t c = 0; c < n_columns; ++c) {
      p[c] = rest[c];
    }
    gram_step(rest[n_columns + 1], rest[n_columns], p, sums);
  }
  for (std::size_t c = 0; c < n_columns; ++c) {
    out[c] += fold(sums[c]);
  }
}

void Gram(
    double const* w, double const* const* columns, std::size_t m, std::size_t n, double* out) {
  for (std::size_t k = 0; k < m; ++k) {
    std::size_t l = 0;
    for (; l + 4 <= k + 1; l += 4) {
      gram_row<4>(w, columns[k], columns + l, n, out + l);
    }
    switch (k + 1 - l) {
      case 3:
        gram_row<3>(w, columns[k], columns + l, n, out + l);
        break;
      case 2:
        gram_row<2>(w, columns[k], columns + l, n, out + l);
        break;
      case 1:
        gram_row<1>(w, columns[k], columns + l, n, out + l);
        break;
      default:
        break;
    }
    out += k + 1;
  }
}

void Axpy(double a, double const* x, double* y, std::size_t n) {
  Vec const va = hn::Set(tag, a);
  std::size_t i = 0;
  for (; i + width <= n; i += width) {
    hn::StoreU(hn::MulAdd(va, load(x + i), load(y + i)), tag, y + i);
  }
  if (i < n) {
    double px[width] = {};
    double py[width] = {};
    for (std::size_t k = 0; i + k < n; ++k) {
      px[k] = x[i + k];
      py[k] = y[i + k];
    }
    hn::StoreU(hn::MulAdd(va, load(px), load(py)), tag, py);
    for (std::size_t k = 0; i + k < n; ++k) {
      y[i + k] = py[k];
    }
  }
}

void Multiply(double const* a, double const* b, double* y, std::size_t n) {
  std::size_t i = 0;
  for (; i + width <= n; i += width) {
    hn::StoreU(hn::Mul(load(a + i), load(b + i)), tag, y + i);
  }
  for (; i < n; ++i) {
    y[i] = a[i] * b[i];
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(Exp);
HWY_EXPORT(Log);
HWY_EXPORT(Sum);
HWY_EXPORT(Dot);
HWY_EXPORT(Dot3);
HWY_EXPORT(Gram);
HWY_EXPORT(Axpy);
HWY_EXPORT(Multiply);

void exp_n(double const* x, double* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(Exp)(x, y, n);
}
void log_n(double const* x, double* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(Log)(x, y, n);
}
double sum(double const* x, std::size_t n) {
  return HWY_DYNAMIC_DISPATCH(Sum)(x, n);
}
double dot(double const* a, double const* b, std::size_t n) {
  return HWY_DYNAMIC_DISPATCH(Dot)(a, b, n);
}
double dot3(double const* a, double const* b, double const* c, std::size_t n) {
  return HWY_DYNAMIC_DISPATCH(Dot3)(a, b, c, n);
}
void gram(
    double const* w, double const* const* columns, std::size_t m, std::size_t n, double* out) {
  HWY_DYNAMIC_DISPATCH(Gram)(w, columns, m, n, out);
}
void axpy(double a, double const* x, double* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(Axpy)(a, x, y, n);
}
void multiply(double const* a, double const* b, double* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(Multiply)(a, b, y, n);
}

}  // namespace toyfarm::kernels
#endif
