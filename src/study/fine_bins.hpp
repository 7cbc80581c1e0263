#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/model/node_tree.hpp"

#include "study/excess.hpp"

namespace toyfarm::study {

/// Peaks of widths from `narrowest` to `widest` in the window [lower, upper].
struct FilterRange {
  double lower, upper, narrowest, widest;
};

/// Equal bins, half as wide as the peaks looked for, for peaks narrower than the leaves of a tree.
class FineBins {
 public:
  /// For widths in octaves from `narrowest` on, as long as they are below `leaf` and in the range.
  FineBins(FilterRange const& range, double leaf);

  [[nodiscard]] bool empty() const noexcept { return levels_.empty(); }
  /// The octave after the last.
  [[nodiscard]] double next_width() const noexcept { return next_width_; }

  /// Takes a toy: the tree's, and `others` beside it. The likelihood is without the peaks and
  /// prepared for `channel`.
  void take(fit::ExtendedNll& nll,
            std::size_t channel,
            model::NodeTree& tree,
            std::span<double const> others);

  /// Appends local maxima of q at places in [from, to] that are worth a start.
  void find(double from, double to, Worth& worth, std::vector<Excess>& found);
  /// What the bins say of one place and width; there must be some.
  [[nodiscard]] Excess at(double place, double width) const;

 private:
  /// Shares of a Gaussian in equal bins, [distance in bins], 1 in sum.
  struct Kernel {
    Kernel(double width, double bin_width);
    double width;
    std::array<double, 11> shares;
    double squares;  ///< their sum
  };
  /// Bins of half a width; [bin] n/B, padded at both ends.
  struct Level {
    double width;
    std::vector<Kernel> kernels;
    core::Column ratio;
  };
  void take_density(fit::ExtendedNll& nll, std::size_t channel);
  [[nodiscard]] double inverse_density(double x) const;
  void find_kernel(Level const& level,
                   Kernel const& kernel,
                   double from,
                   double to,
                   Worth& worth,
                   std::vector<Excess>& found);

  FilterRange range_;
  double next_width_;
  std::vector<Level> levels_;  // finest first
  std::vector<double> knots_;
  core::Column inverse_;  // of the density at knots
  core::Column sums_;
};

}  // namespace toyfarm::study
