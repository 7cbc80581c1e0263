#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "study/excess.hpp"

namespace toyfarm::study {

/// One observable of one channel, for the filter.
struct Spectrum {
  std::span<double const> x;
  std::span<double const> weights;  ///< empty: all 1
  double lower = 0;
  double upper = 0;
  /// [cell] events expected without the excess per unit of x, over equal cells of the window.
  std::vector<double> expected;
  /// [cell * n_scores + k] what a unit excess at the cell's middle pulls at the other parameters of
  /// the expectation, whitened: its information about the excess is lost to them. May be empty.
  std::vector<double> scores;
  std::size_t n_scores = 0;
};

/// Excesses of a spectrum by a matched filter over places and widths from `narrowest` to `widest`,
/// a factor 2^(1/2) apart: local maxima of q, highest first, at most `most`. Bins are 1/2 to 1/3 of
/// a width, no narrower than 2^-22 of the window.
class MatchedFilter {
 public:
  MatchedFilter(Spectrum spectrum, double narrowest, double widest);
  [[nodiscard]] std::vector<Excess> excesses(std::size_t most) const;
  /// What the filter says of one place and width; q = 0 where nothing is in excess.
  [[nodiscard]] Excess at(double place, double width) const;

 private:
  struct Bin {
    std::size_t index;
    double content;
  };
  struct Level {
    double bin_width;
    std::size_t n_bins;
    std::vector<Bin> occupied;  ///< rising
  };
  [[nodiscard]] double expected_at(double x) const;
  [[nodiscard]] double lost_information(double x, double width) const;
  [[nodiscard]] Excess excess(Level const& level, std::size_t first, double x, double width) const;
  [[nodiscard]] Excess narrow_excess(Level const& level,
                                     std::size_t occupied,
                                     std::span<double const> kernel,
                                     double width) const;
  void scan(Level const& level, double width, std::vector<Excess>& found) const;

  Spectrum spectrum_;
  double narrowest_, widest_;
  std::vector<Level> levels_;  ///< finest first, each twice as wide as the one before
};

}  // namespace toyfarm::study
