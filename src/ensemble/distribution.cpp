#include "ensemble/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace toyfarm::ensemble {
namespace {

/// Order statistic `rank` (0 = smallest); reorders `values`.
double order_statistic(std::vector<double>& values, std::size_t rank) {
  auto const place = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

/// sorted[round((n-1)p)], halves away from zero (std::round), as the old tools take quantiles.
double nearest_rank(std::vector<double>& values, double p) {
  return order_statistic(
      values, static_cast<std::size_t>(std::round(static_cast<double>(values.size() - 1) * p)));
}

double median(std::vector<double>& values) {
  auto const upper = order_statistic(values, values.size() / 2);
  if (values.size() % 2 == 1) {
    return upper;
  }
  return std::midpoint(order_statistic(values, values.size() / 2 - 1), upper);
}

}  // namespace

void CompensatedSum::add(double x) noexcept {
  double const next = sum_ + x;
  correction_ += std::abs(sum_) >= std::abs(x) ? (sum_ - next) + x : (x - next) + sum_;
  sum_ = next;
}

double compensated_sum(std::span<double const> values) noexcept {
  CompensatedSum sum;
  for (double const x : values) {
    sum.add(x);
  }
  return sum.value();
}

Distribution distribution(std::vector<double> values) {
  Distribution result;
  result.n = values.size();
  if (values.empty()) {
    return result;
  }
  auto const n = static_cast<double>(values.size());
  double const mean = compensated_sum(values) / n;
  CompensatedSum squares;
  for (double const x : values) {
    squares.add((x - mean) * (x - mean));
  }
  result.mean = mean;
  result.std_ddof0 = std::sqrt(squares.value() / n);
  if (values.size() > 1) {
    result.std_ddof1 = std::sqrt(squares.value() / (n - 1));
    result.error_of_mean = *result.std_ddof1 / std::sqrt(n);
  }
  result.q16 = nearest_rank(values, 0.16);
  result.q50 = nearest_rank(values, 0.50);
  result.q84 = nearest_rank(values, 0.84);
  result.median = median(values);
  return result;
}

Bounds median_bounds(std::vector<double> values,
                     std::size_t n_unknown,
                     double lowest,
                     double highest) {
  if (values.empty() && n_unknown == 0) {
    return std::nullopt;
  }
  auto const known = values.size();
  values.resize(known + n_unknown, lowest);
  double const low = median(values);
  // `median` reorders, so the unknown values are found again by their number: all that are at
  // `lowest` come first.
  std::sort(values.begin(), values.end());
  std::fill_n(values.begin(), n_unknown, highest);
  double const high = median(values);
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
