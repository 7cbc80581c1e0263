#include "toyfarm/kernels/random.hpp"

#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/random.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/generator-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {
// Writes make(word) for n words, whole steps first, the last one through a buffer.
template <class T, class Make>
void fill(Lanes& state, T* out, std::size_t n, Make make) {
  Generator generator(state);
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t p = 0; p < parts; ++p) {
      make(generator.next(p), out + i + p * width);
    }
  }
  if (i < n) {
    T step[8];
    for (std::size_t p = 0; p < parts; ++p) {
      make(generator.next(p), step + p * width);
    }
    std::memcpy(out + i, step, (n - i) * sizeof(T));
  }
  generator.store(state);
}

void FillBits(Lanes& state, std::uint64_t* bits, std::size_t n) {
  fill(state, bits, n, [](Bits v, std::uint64_t* to) { hn::StoreU(v, words, to); });
}

void FillSymmetric(Lanes& state, double* u, std::size_t n) {
  fill(state, u, n, [](Bits v, double* to) { hn::StoreU(to_symmetric(v), reals, to); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(FillBits);
HWY_EXPORT(FillSymmetric);

void fill_bits(Lanes& state, std::uint64_t* bits, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(FillBits)(state, bits, n);
}
void fill_symmetric(Lanes& state, double* u, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(FillSymmetric)(state, u, n);
}

double symmetric(std::uint64_t bits) noexcept {
  return 2 * (std::bit_cast<double>((bits >> 12) | 0x3ff0000000000000ULL) - 1.5);
}

std::array<std::uint64_t, 4> philox4x64(std::array<std::uint64_t, 4> counter,
                                        std::array<std::uint64_t, 2> key) noexcept {
  __extension__ using Wide = unsigned __int128;
  constexpr std::uint64_t multipliers[2] = {0xD2E7470EE14C6C93ULL, 0xCA5A826395121157ULL};
  constexpr std::uint64_t key_steps[2] = {0x9E3779B97F4A7C15ULL, 0xBB67AE8584CAA73BULL};
  for (int round = 0; round < 10; ++round) {
    Wide const even = static_cast<Wide>(multipliers[0]) * counter[0];
    Wide const odd = static_cast<Wide>(multipliers[1]) * counter[2];
    counter = {static_cast<std::uint64_t>(odd >> 64) ^ counter[1] ^ key[0],
               static_cast<std::uint64_t>(odd),
               static_cast<std::uint64_t>(even >> 64) ^ counter[3] ^ key[1],
               static_cast<std::uint64_t>(even)};
    key[0] += key_steps[0];
    key[1] += key_steps[1];
  }
  return counter;
}

Lanes seed_lanes(StreamKey const& key) noexcept {
  constexpr std::array<std::uint64_t, 2> fixed_key = {
      0x746f796661726dULL, 1};  // "toyfarm"; changing it changes every toy
  std::uint64_t const stream = (std::uint64_t{key.channel} << 32) |
                               (std::uint64_t{key.index} << 8) |
                               static_cast<std::uint64_t>(key.purpose);
  Lanes lanes;
  for (std::uint64_t lane = 0; lane < 8; ++lane) {
    auto const state = philox4x64({key.seed, key.toy, stream, lane}, fixed_key);
    for (std::size_t w = 0; w < 4; ++w) {
      lanes.words[w][lane] = state[w];
    }
  }
  return lanes;
}

}  // namespace toyfarm::kernels
#endif
