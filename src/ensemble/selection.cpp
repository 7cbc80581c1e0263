#include "ensemble/selection.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::ensemble {
namespace {

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63U;
constexpr int bin_bits = 10;
constexpr std::uint64_t few = 1024;

}  // namespace

std::uint64_t ordered_key(double x) noexcept {
  auto const bits = std::bit_cast<std::uint64_t>(x);
  return (bits & sign_bit) != 0 ? ~bits : bits | sign_bit;
}

double from_ordered_key(std::uint64_t key) noexcept {
  return std::bit_cast<double>((key & sign_bit) != 0 ? key & ~sign_bit : ~key);
}

Selection::Selection(std::vector<std::uint64_t> ranks,
                     std::uint64_t n,
                     std::uint64_t lowest,
                     std::uint64_t highest) {
  std::ranges::sort(ranks);
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  TOYFARM_EXPECTS(ranks.empty() || ranks.back() < n);
  if (ranks.empty()) {
    return;
  }
  open({lowest, highest - lowest, 0, n, std::move(ranks), 0, {}, {}});
}

/// Takes a part up, or finds its ranks at once where all its values are equal.
void Selection::open(Part part) {
  if (part.span == 0) {
    for (auto const rank : part.ranks) {
      found_[rank] = from_ordered_key(part.lowest);
    }
    return;
  }
  if (part.n <= few) {
    part.keys.reserve(part.n);
  } else {
    part.shift =
        static_cast<unsigned>(std::max(0, static_cast<int>(std::bit_width(part.span)) - bin_bits));
    part.counts.assign((part.span >> part.shift) + 1, 0);
  }
  parts_.push_back(std::move(part));
}

void Selection::add(double x) {
  auto const key = ordered_key(x);
  for (auto& part : parts_) {
    auto const offset = key - part.lowest;  // wraps to a large number for a key below
    if (offset > part.span) {
      continue;
    }
    if (part.counts.empty()) {
      part.keys.push_back(key);
    } else {
      ++part.counts[offset >> part.shift];
    }
  }
}

/// Opens the bins of a counted part that hold its ranks.
void Selection::split(Part const& part) {
  auto n_below = part.n_below;
  auto rank = part.ranks.begin();
  for (std::uint64_t bin = 0; bin < part.counts.size() && rank != part.ranks.end(); ++bin) {
    auto const n = part.counts[bin];
    auto const end =
        std::find_if(rank, part.ranks.end(), [&](std::uint64_t r) { return r >= n_below + n; });
    if (end != rank) {
      auto const offset = bin << part.shift;
      auto const width = (std::uint64_t{1} << part.shift) - 1;
      open({part.lowest + offset,
            std::min(width, part.span - offset),
            n_below,
            n,
            {rank, end},
            0,
            {},
            {}});
      rank = end;
    }
    n_below += n;
  }
  TOYFARM_ENSURES(rank == part.ranks.end());
}

void Selection::end_pass() {
  auto parts = std::exchange(parts_, {});
  for (auto& part : parts) {
    if (!part.counts.empty()) {
      split(part);
      continue;
    }
    TOYFARM_EXPECTS(part.keys.size() == part.n);
    std::ranges::sort(part.keys);
    for (auto const rank : part.ranks) {
      found_[rank] = from_ordered_key(part.keys.at(rank - part.n_below));
    }
  }
}

}  // namespace toyfarm::ensemble
