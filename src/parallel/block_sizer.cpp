#include "parallel/block_sizer.hpp"

#include <algorithm>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::parallel {
namespace {

constexpr double wanted_seconds = 0.2;
/// One odd block, such as the first with its start-up, does not throw the size about.
constexpr double largest_change = 4;

}  // namespace

BlockSizer::BlockSizer(std::uint64_t least, std::uint64_t most) noexcept
    : least_(least), most_(most), size_(least) {
  TOYFARM_EXPECTS(least >= 1 && least <= most);
}

std::uint64_t BlockSizer::next(std::uint64_t n_left) const noexcept {
  return std::min(size_, n_left);
}

void BlockSizer::took(std::uint64_t n, double seconds) noexcept {
  auto const size = static_cast<double>(size_);
  double const wanted =
      seconds > 0 ? static_cast<double>(n) * wanted_seconds / seconds : size * largest_change;
  double const next = std::clamp(wanted, size / largest_change, size * largest_change);
  size_ = std::clamp(static_cast<std::uint64_t>(next), least_, most_);
}

}  // namespace toyfarm::parallel
