#include <algorithm>

#include "toyfarm/parallel/farm.hpp"

namespace toyfarm::parallel {

void Latencies::add(double seconds) noexcept {
  auto const bin = std::ranges::lower_bound(ends, seconds * 1000) - ends.begin();
  ++counts[static_cast<std::size_t>(bin)];
}

double Latencies::share_within(double milliseconds) const noexcept {
  std::uint64_t within = 0;
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    all += counts[i];
    within += i < ends.size() && ends[i] <= milliseconds ? counts[i] : 0;
  }
  return all == 0 ? 1.0 : static_cast<double>(within) / static_cast<double>(all);
}

}  // namespace toyfarm::parallel
