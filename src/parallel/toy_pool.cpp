#include "parallel/toy_pool.hpp"

#include <algorithm>
#include <iterator>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::parallel {

ToyPool::Ends::const_iterator ToyPool::reaching(std::uint64_t toy) const {
  auto const after = ends_.upper_bound(toy);
  if (after != ends_.begin() && std::prev(after)->second > toy) {
    return std::prev(after);
  }
  return after;
}

void ToyPool::insert(core::ToyRange toys) {
  if (toys.count == 0) {
    return;
  }
  erase(toys);
  auto const first = toys.first.value;
  auto end = first + toys.count;
  size_ += toys.count;
  auto const after = ends_.lower_bound(end);
  if (after != ends_.end() && after->first == end) {
    end = after->second;
    ends_.erase(after);
  }
  auto const next = ends_.lower_bound(first);
  if (next != ends_.begin() && std::prev(next)->second == first) {
    std::prev(next)->second = end;
  } else {
    ends_.emplace_hint(next, first, end);
  }
}

void ToyPool::erase(core::ToyRange toys) {
  for (auto const& part : common(toys)) {
    auto const first = part.first.value;
    auto const end = first + part.count;
    auto const holder = std::prev(ends_.upper_bound(first));
    auto const holder_end = holder->second;
    if (holder->first == first) {
      ends_.erase(holder);
    } else {
      holder->second = first;
    }
    if (holder_end > end) {
      ends_.emplace(end, holder_end);
    }
    size_ -= part.count;
  }
}

std::vector<core::ToyRange> ToyPool::common(core::ToyRange toys) const {
  std::vector<core::ToyRange> parts;
  auto const end = toys.first.value + toys.count;
  if (toys.count == 0) {
    return parts;
  }
  for (auto range = reaching(toys.first.value); range != ends_.end() && range->first < end;
       ++range) {
    auto const from = std::max(range->first, toys.first.value);
    parts.push_back({{from}, std::min(range->second, end) - from});
  }
  return parts;
}

core::ToyRange ToyPool::take_first(std::uint64_t n) {
  TOYFARM_EXPECTS(n > 0 && !empty());
  auto const range = ends_.begin();
  core::ToyRange const taken{{range->first}, std::min(n, range->second - range->first)};
  erase(taken);
  return taken;
}

core::ToyRange ToyPool::take_last(std::uint64_t n) {
  TOYFARM_EXPECTS(n > 0 && !empty());
  auto const range = std::prev(ends_.end());
  auto const count = std::min(n, range->second - range->first);
  core::ToyRange const taken{{range->second - count}, count};
  erase(taken);
  return taken;
}

}  // namespace toyfarm::parallel
