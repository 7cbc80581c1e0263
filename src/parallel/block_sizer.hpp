#pragma once
#include <cstdint>

namespace toyfarm::parallel {

/// How many toys the next block takes, from how long earlier ones took: about 0.2 s, so that rank 0
/// and whoever watches see rows soon, and never more than fit a buffer.
class BlockSizer {
 public:
  /// Blocks of `least` to `most` toys, 1 <= least <= most; the first of `least`.
  BlockSizer(std::uint64_t least, std::uint64_t most) noexcept;
  /// Toys of the next block when `n_left` > 0 are left.
  [[nodiscard]] std::uint64_t next(std::uint64_t n_left) const noexcept;
  /// A block of `n` > 0 toys took this long.
  void took(std::uint64_t n, double seconds) noexcept;

 private:
  std::uint64_t least_;
  std::uint64_t most_;
  std::uint64_t size_;
};

}  // namespace toyfarm::parallel
