#include "toyfarm/kernels/math.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/math.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/lanes-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {
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

double DotOfMagnitudes(double const* a, double const* b, std::size_t n) {
  double const* const columns[2] = {a, b};
  return reduce(columns, n, [](Vec s, double const* const(&p)[2]) {
    return hn::MulAdd(hn::Abs(load(p[0])), hn::Abs(load(p[1])), s);
  });
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
HWY_EXPORT(DotOfMagnitudes);
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
double dot_of_magnitudes(double const* a, double const* b, std::size_t n) {
  return HWY_DYNAMIC_DISPATCH(DotOfMagnitudes)(a, b, n);
}
void axpy(double a, double const* x, double* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(Axpy)(a, x, y, n);
}
void multiply(double const* a, double const* b, double* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(Multiply)(a, b, y, n);
}

}  // namespace toyfarm::kernels
#endif
