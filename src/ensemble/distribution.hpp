#pragma once
#include <cstdint>
#include <vector>

#include "toyfarm/ensemble/summary.hpp"

#include "ensemble/selection.hpp"

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

/// Moments and order statistics of values, none NaN, that pass by several times, each time in
/// ToyId order: hand over all with `add`, call `end_pass`, and again as long as it says so.
class Passes {
 public:
  /// Ranks of interest among n values, n > 0.
  using Ranks = std::vector<std::uint64_t> (*)(std::uint64_t n, std::uint64_t n_all);
  /// `n_all` is handed to `ranks`.
  explicit Passes(Ranks ranks, std::uint64_t n_all = 0) noexcept : ranks_(ranks), n_all_(n_all) {}
  void add(double x);
  /// True if the values must pass once more.
  [[nodiscard]] bool end_pass();

  [[nodiscard]] std::uint64_t n() const noexcept { return n_; }
  [[nodiscard]] double sum() const noexcept { return sum_.value(); }
  /// Of the values' distances from their mean.
  [[nodiscard]] double sum_of_squares() const noexcept { return squares_.value(); }
  [[nodiscard]] double mean() const noexcept { return mean_; }
  [[nodiscard]] double at(std::uint64_t rank) const { return selection_.at(rank); }

 private:
  Ranks ranks_;
  std::uint64_t n_all_;
  int pass_ = 0;
  std::uint64_t n_ = 0;
  std::uint64_t lowest_key_ = 0;
  std::uint64_t highest_key_ = 0;
  double mean_ = 0;
  CompensatedSum sum_;
  CompensatedSum squares_;
  Selection selection_;
};

/// Passes whose values make a Distribution.
[[nodiscard]] Passes distribution_passes();
[[nodiscard]] Distribution distribution(Passes const& values);

/// Passes whose values, with `n_all` - n unknown ones, make bounds of a median.
[[nodiscard]] Passes median_bounds_passes(std::uint64_t n_all);
/// What the median of the values and of `n_unknown` further ones becomes with these all at `lowest`
/// and all at `highest`, which no value is beyond.
[[nodiscard]] Bounds median_bounds(Passes const& values,
                                   std::uint64_t n_unknown,
                                   double lowest,
                                   double highest);

/// [k/(n+m), (k+m)/(n+m)]: a share k of n once m further toys may fall on either side. Nothing for
/// no toys.
[[nodiscard]] Bounds fraction_bounds(std::uint64_t k, std::uint64_t n, std::uint64_t m) noexcept;

}  // namespace toyfarm::ensemble
