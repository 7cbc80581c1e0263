// Per-target include guard, as Highway's own -inl headers have.
#if defined(TOYFARM_KERNELS_DENSITY_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TOYFARM_KERNELS_DENSITY_LANES_INL
#undef TOYFARM_KERNELS_DENSITY_LANES_INL
#else
#define TOYFARM_KERNELS_DENSITY_LANES_INL
#endif

#include "toyfarm/kernels/density_columns.hpp"

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

using Mask = hn::Mask<Tag>;

HWY_INLINE void store(Vec v, double* p) {
  hn::StoreU(v, tag, p);
}

HWY_INLINE Vec set(double v) {
  return hn::Set(tag, v);
}

// Calls body(x, columns) for every full vector of points and for the rest, padded by copies of the
// last point, whose columns are copied from a table.
template <std::size_t n_first, std::size_t n_second, class Body>
HWY_INLINE void each_vector(double const* x,
                            std::size_t n,
                            DensityColumns const& out,
                            Body const& body) {
  std::size_t i = 0;
  for (; i + width <= n; i += width) {
    body(x + i,
         DensityColumns{out.value + i,
                        n_first > 0 ? out.first + i : nullptr,
                        n_second > 0 ? out.second + i : nullptr,
                        out.stride});
  }
  if (i == n) {
    return;
  }
  double rest[width];
  double table[1 + n_first + n_second][width];
  for (std::size_t k = 0; k < width; ++k) {
    rest[k] = x[i + k < n ? i + k : n - 1];
  }
  body(rest,
       DensityColumns{table[0], table[n_first > 0], table[(n_second > 0) * (1 + n_first)], width});
  for (std::size_t k = 0; i + k < n; ++k) {
    out.value[i + k] = table[0][k];
    for (std::size_t c = 0; c < n_first; ++c) {
      out.first[c * out.stride + i + k] = table[1 + c][k];
    }
    for (std::size_t c = 0; c < n_second; ++c) {
      out.second[c * out.stride + i + k] = table[1 + n_first + c][k];
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#endif
