#pragma once
#include <compare>
#include <cstdint>

namespace toyfarm::core {

/// Number of a toy within its study, from 0; independent of ranks, threads and shards.
struct ToyId {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(ToyId, ToyId) = default;
};

/// Toys first, first + 1, …, first + count - 1.
struct ToyRange {
  ToyId first;
  std::uint64_t count = 0;
  friend constexpr bool operator==(ToyRange const&, ToyRange const&) = default;
};

}  // namespace toyfarm::core
