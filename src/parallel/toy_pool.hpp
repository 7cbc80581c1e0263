#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "toyfarm/core/ids.hpp"

namespace toyfarm::parallel {

/// A set of toys that shrinks and grows by ranges, in memory of the gaps between them.
class ToyPool {
 public:
  /// Adds toys; those in it already stay.
  void insert(core::ToyRange toys);
  /// Removes toys; those not in it are no matter.
  void erase(core::ToyRange toys);
  /// What it has of `toys`, in order.
  [[nodiscard]] std::vector<core::ToyRange> common(core::ToyRange toys) const;
  /// Removes and returns the first `n` > 0 toys, or fewer that follow each other. Not if empty.
  [[nodiscard]] core::ToyRange take_first(std::uint64_t n);
  /// Removes and returns the last `n` > 0 toys, or fewer that follow each other. Not if empty.
  [[nodiscard]] core::ToyRange take_last(std::uint64_t n);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  using Ends = std::map<std::uint64_t, std::uint64_t>;
  /// The first range that ends after `toy`.
  [[nodiscard]] Ends::const_iterator reaching(std::uint64_t toy) const;

  Ends ends_;  ///< first toy of a range -> one past its last; ranges neither overlap nor touch
  std::uint64_t size_ = 0;
};

}  // namespace toyfarm::parallel
