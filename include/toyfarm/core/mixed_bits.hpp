#pragma once
#include <cstdint>

namespace toyfarm::core {

/// Every bit of `x` in every bit of the result, no two x with the same: the finaliser of SplitMix64
/// (Steele, Lea, Flood, doi:10.1145/2714064.2660195).
[[nodiscard]] constexpr std::uint64_t mixed_bits(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

}  // namespace toyfarm::core
