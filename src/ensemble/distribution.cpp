#include "ensemble/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace toyfarm::ensemble {
namespace {

/// Rank round((n-1)p), halves away from zero (std::round), as the old tools take quantiles.
std::uint64_t nearest_rank(std::uint64_t n, double p) {
  return static_cast<std::uint64_t>(std::round(static_cast<double>(n - 1) * p));
}

/// Ranks of the two middle ones of n, which are one for odd n.
std::pair<std::uint64_t, std::uint64_t> middle_ranks(std::uint64_t n) {
  return {n / 2 - (n % 2 == 0 ? 1 : 0), n / 2};
}

/// Median of n values, the one of rank r being at(r).
template <class At>
double median(std::uint64_t n, At const& at) {
  auto const [below, above] = middle_ranks(n);
  return below == above ? at(above) : std::midpoint(at(below), at(above));
}

std::vector<std::uint64_t> distribution_ranks(std::uint64_t n, std::uint64_t) {
  auto const [below, above] = middle_ranks(n);
  return {nearest_rank(n, 0.16), nearest_rank(n, 0.50), nearest_rank(n, 0.84), below, above};
}

/// Ranks of the middle of n_all values among the n known ones, the others being all below them or
/// all above.
std::vector<std::uint64_t> median_bounds_ranks(std::uint64_t n, std::uint64_t n_all) {
  auto const n_unknown = n_all - n;
  auto const [below, above] = middle_ranks(n_all);
  std::vector<std::uint64_t> ranks;
  for (auto const rank : {below, above}) {
    if (rank < n) {
      ranks.push_back(rank);
    }
    if (rank >= n_unknown) {
      ranks.push_back(rank - n_unknown);
    }
  }
  return ranks;
}

}  // namespace

void CompensatedSum::add(double x) noexcept {
  double const next = sum_ + x;
  correction_ += std::abs(sum_) >= std::abs(x) ? (sum_ - next) + x : (x - next) + sum_;
  sum_ = next;
}

void Passes::add(double x) {
  if (pass_ == 0) {
    auto const key = ordered_key(x);
    lowest_key_ = n_ == 0 ? key : std::min(lowest_key_, key);
    highest_key_ = n_ == 0 ? key : std::max(highest_key_, key);
    ++n_;
    sum_.add(x);
    return;
  }
  if (pass_ == 1) {
    squares_.add((x - mean_) * (x - mean_));
  }
  selection_.add(x);
}

bool Passes::end_pass() {
  if (n_ == 0) {
    return false;
  }
  if (pass_++ == 0) {
    mean_ = sum_.value() / static_cast<double>(n_);
    selection_ = Selection(ranks_(n_, n_all_), n_, lowest_key_, highest_key_);
    return true;
  }
  selection_.end_pass();
  return !selection_.done();
}

Passes distribution_passes() {
  return Passes(distribution_ranks);
}

Distribution distribution(Passes const& values) {
  Distribution result;
  result.n = values.n();
  if (values.n() == 0) {
    return result;
  }
  auto const n = static_cast<double>(values.n());
  result.mean = values.mean();
  result.std_ddof0 = std::sqrt(values.sum_of_squares() / n);
  if (values.n() > 1) {
    result.std_ddof1 = std::sqrt(values.sum_of_squares() / (n - 1));
    result.error_of_mean = *result.std_ddof1 / std::sqrt(n);
  }
  result.q16 = values.at(nearest_rank(values.n(), 0.16));
  result.q50 = values.at(nearest_rank(values.n(), 0.50));
  result.q84 = values.at(nearest_rank(values.n(), 0.84));
  result.median = median(values.n(), [&](std::uint64_t rank) { return values.at(rank); });
  return result;
}

Passes median_bounds_passes(std::uint64_t n_all) {
  return Passes(median_bounds_ranks, n_all);
}

Bounds median_bounds(Passes const& values, std::uint64_t n_unknown, double lowest, double highest) {
  auto const n = values.n();
  if (n + n_unknown == 0) {
    return std::nullopt;
  }
  double const low = median(n + n_unknown, [&](std::uint64_t rank) {
    return rank < n_unknown ? lowest : values.at(rank - n_unknown);
  });
  double const high = median(
      n + n_unknown, [&](std::uint64_t rank) { return rank < n ? values.at(rank) : highest; });
  if (!std::isfinite(low) || !std::isfinite(high)) {
    return std::nullopt;
  }
  return std::pair{low, high};
}

Bounds fraction_bounds(std::uint64_t k, std::uint64_t n, std::uint64_t m) noexcept {
  if (n + m == 0) {
    return std::nullopt;
  }
  auto const all = static_cast<double>(n + m);
  return std::pair{static_cast<double>(k) / all, static_cast<double>(k + m) / all};
}

}  // namespace toyfarm::ensemble
