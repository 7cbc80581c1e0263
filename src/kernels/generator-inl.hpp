// Per-target include guard, as Highway's own -inl headers have.
#if defined(TOYFARM_KERNELS_GENERATOR_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TOYFARM_KERNELS_GENERATOR_INL
#undef TOYFARM_KERNELS_GENERATOR_INL
#else
#define TOYFARM_KERNELS_GENERATOR_INL
#endif

#include <hwy/highway.h>

#include "toyfarm/kernels/random.hpp"

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::CappedTag<std::uint64_t, 8>;
using Reals = hn::Rebind<double, Words>;
using Bits = hn::Vec<Words>;
constexpr Words words{};
constexpr Reals reals{};
constexpr std::size_t width = hn::MaxLanes(Words{});
constexpr std::size_t parts = 8 / width;  // vectors that make up 8 lanes

/// The lanes in registers; written back by `store`.
struct Generator {
  Bits s[4][parts];

  explicit Generator(Lanes const& lanes) {
    for (std::size_t w = 0; w < 4; ++w) {
      for (std::size_t p = 0; p < parts; ++p) {
        s[w][p] = hn::LoadU(words, lanes.words[w].data() + p * width);
      }
    }
  }

  void store(Lanes& lanes) const {
    for (std::size_t w = 0; w < 4; ++w) {
      for (std::size_t p = 0; p < parts; ++p) {
        hn::StoreU(s[w][p], words, lanes.words[w].data() + p * width);
      }
    }
  }

  HWY_INLINE Bits next(std::size_t p) {
    Bits const result = hn::Add(hn::RotateRight<64 - 23>(hn::Add(s[0][p], s[3][p])), s[0][p]);
    Bits const shifted = hn::ShiftLeft<17>(s[1][p]);
    s[2][p] = hn::Xor(s[2][p], s[0][p]);
    s[3][p] = hn::Xor(s[3][p], s[1][p]);
    s[1][p] = hn::Xor(s[1][p], s[2][p]);
    s[0][p] = hn::Xor(s[0][p], s[3][p]);
    s[2][p] = hn::Xor(s[2][p], shifted);
    s[3][p] = hn::RotateRight<64 - 45>(s[3][p]);
    return result;
  }
};

// 52 random bits under the exponent of 1 make a number in [1, 2).
HWY_INLINE hn::Vec<Reals> to_symmetric(Bits bits) {
  Bits const one_to_two = hn::Or(hn::ShiftRight<12>(bits), hn::Set(words, 0x3ff0000000000000ULL));
  auto const centred = hn::Sub(hn::BitCast(reals, one_to_two), hn::Set(reals, 1.5));
  return hn::Add(centred, centred);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#endif
