#pragma once
#include <span>
#include <vector>

#include "toyfarm/ensemble/summary.hpp"

namespace toyfarm::ensemble {

/// Sum with a running correction of the rounding (A. Neumaier, ZAMM 54 (1974) 39,
/// doi:10.1002/zamm.19740540106).
class CompensatedSum {
 public:
  void add(double x) noexcept;
  [[nodiscard]] double value() const noexcept { return sum_ + correction_; }

 private:
  double sum_ = 0;
  double correction_ = 0;
};

[[nodiscard]] double compensated_sum(std::span<double const> values) noexcept;

/// Statistics of finite values, given in ToyId order; the vector is used up as scratch.
[[nodiscard]] Distribution distribution(std::vector<double> values);

/// What the median of `values` and `n_unknown` further values becomes with these all at `lowest`
/// and all at `highest`.
[[nodiscard]] Bounds median_bounds(std::vector<double> values,
                                   std::size_t n_unknown,
                                   double lowest,
                                   double highest);

/// [k/(n+m), (k+m)/(n+m)]: a share k of n once m further toys may fall on either side. Nothing for
/// no toys.
[[nodiscard]] Bounds fraction_bounds(std::uint64_t k, std::uint64_t n, std::uint64_t m) noexcept;

}  // namespace toyfarm::ensemble
