#include "toyfarm/record/toy_set.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "toyfarm/core/error.hpp"

namespace toyfarm::record {

void ToySet::insert(core::ToyRange range) {
  if (range.count == 0) {
    return;
  }
  auto const first = range.first.value;
  auto const end = first + range.count;
  auto const after = ends_.upper_bound(first);
  auto const before = after == ends_.begin() ? ends_.end() : std::prev(after);
  auto const twice = [](std::uint64_t toy) {
    return core::RuntimeFailure(core::ExitCode::internal,
                                "toy " + std::to_string(toy) + " occurs twice");
  };
  if (before != ends_.end() && before->second > first) {
    throw twice(first);
  }
  if (after != ends_.end() && after->first < end) {
    throw twice(after->first);
  }
  auto last = end;
  if (after != ends_.end() && after->first == end) {
    last = after->second;
    ends_.erase(after);
  }
  if (before != ends_.end() && before->second == first) {
    before->second = last;
  } else {
    ends_.emplace(first, last);
  }
  size_ += range.count;
}

std::vector<core::ToyRange> ToySet::ranges() const {
  std::vector<core::ToyRange> ranges;
  for (auto const& [first, end] : ends_) {
    ranges.push_back({{first}, end - first});
  }
  return ranges;
}

std::vector<core::ToyRange> ToySet::missing_of(core::ToyRange range) const {
  std::vector<core::ToyRange> missing;
  auto next = range.first.value;
  auto const end = next + range.count;
  auto held = ends_.upper_bound(next);
  if (held != ends_.begin()) {
    --held;  // the only range that can begin before `next` and reach it
  }
  for (; held != ends_.end() && held->first < end; ++held) {
    if (held->first > next) {
      missing.push_back({{next}, held->first - next});
    }
    next = std::max(next, held->second);
  }
  if (next < end) {
    missing.push_back({{next}, end - next});
  }
  return missing;
}

}  // namespace toyfarm::record
