// Per-target include guard, as Highway's own -inl headers have.
#if defined(TOYFARM_KERNELS_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TOYFARM_KERNELS_LANES_INL
#undef TOYFARM_KERNELS_LANES_INL
#else
#define TOYFARM_KERNELS_LANES_INL
#endif

#include <cstddef>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

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

HWY_INLINE Vec load(double const* p) {
  return hn::LoadU(tag, p);
}

// The first n values, the rest 0; nothing is read past them.
HWY_INLINE Vec load_some(double const* p, std::size_t n) {
  if (n >= width) {
    return load(p);
  }
#if HWY_TARGET <= HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(tag, n), tag, p);
#else  // there a masked load reads a whole vector, and an aligned one
  double some[width] = {};
  for (std::size_t k = 0; k < n; ++k) {
    some[k] = p[k];
  }
  return load(some);
#endif
}

HWY_INLINE void store_some(Vec v, double* p, std::size_t n) {
  if (n >= width) {
    hn::StoreU(v, tag, p);
  } else {
    hn::BlendedStore(v, hn::FirstN(tag, n), tag, p);
  }
}

// Highway's exp knows no special values.
HWY_INLINE Vec exp_lanes(Vec x) {
  Vec const lowest = hn::Set(tag, -745.2);
  Vec const highest = hn::Set(tag, 709.782712893384);
  Vec const inside = hn::Exp(tag, hn::Min(hn::Max(x, lowest), highest));
  Vec const low = hn::IfThenElse(hn::Lt(x, lowest), hn::Zero(tag), inside);
  Vec const result = hn::IfThenElse(hn::Gt(x, highest), hn::Set(tag, __builtin_inf()), low);
  return hn::IfThenElse(hn::Eq(x, x), result, x);
}

// Nor does its log.
HWY_INLINE Vec log_lanes(Vec x) {
  Vec const bad = hn::IfThenElse(
      hn::Eq(x, hn::Zero(tag)), hn::Set(tag, -__builtin_inf()), hn::Set(tag, __builtin_nan("")));
  Vec const usual = hn::IfThenElse(hn::Gt(x, hn::Zero(tag)), hn::Log(tag, x), bad);
  return hn::IfThenElse(hn::Eq(x, hn::Set(tag, __builtin_inf())), x, usual);
}

// Sum of 8 logical lanes, in pairs.
HWY_INLINE double fold_lanes(double const* s) {
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

HWY_INLINE double fold(Vec const* lanes) {
  double s[8];
  for (std::size_t p = 0; p < parts; ++p) {
    hn::StoreU(lanes[p], tag, s + p * width);
  }
  return fold_lanes(s);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#endif
