#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "toyfarm/core/ids.hpp"

namespace toyfarm::record {

/// Toys that came, as ranges that neither overlap nor touch: toys that come in blocks take the
/// memory of the holes between them, however many they are.
class ToySet {
 public:
  /// Throws core::RuntimeFailure(internal) and changes nothing if a toy of `range` is in it.
  void insert(core::ToyRange range);
  /// Number of toys.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// The toys, in order.
  [[nodiscard]] std::vector<core::ToyRange> ranges() const;
  /// The toys of `range` that are not in the set, in order.
  [[nodiscard]] std::vector<core::ToyRange> missing_of(core::ToyRange range) const;

 private:
  std::map<std::uint64_t, std::uint64_t> ends_;  ///< first toy of a range -> one past its last
  std::uint64_t size_ = 0;
};

}  // namespace toyfarm::record
