#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/model/node_tree.hpp"

#include "study/excess.hpp"
#include "study/fine_bins.hpp"
#include "study/whitening.hpp"

namespace toyfarm::study {

/// A matched filter for the toys of one channel, whose bins are cells of its tree, half as wide as
/// the peaks looked for, and equal bins of their own below the leaves. What does not depend on the
/// toy is made once.
class TreeFilter {
 public:
  TreeFilter(model::NodeTree& tree, FilterRange const& range);

  /// Takes a toy: the tree's, and `others` beside it. The likelihood is without the peaks, prepared
  /// for `channel` at the fit without them, whose whitening tells the information lost to other
  /// parameters.
  void take(fit::ExtendedNll& nll,
            std::size_t channel,
            std::span<double const> others,
            Whitening const& whitening);

  /// Appends local maxima of q at places in [from, to], but those far below the highest.
  void find(double from, double to, std::vector<Excess>& found);
  /// What the filter says of one place and width; q = 0 where nothing is in excess.
  [[nodiscard]] Excess at(double place, double width) const;
  /// Mean whitened scores of a peak there, [whitened score].
  [[nodiscard]] std::span<double const> pulls(double place, double width);

 private:
  static constexpr auto no_cell = static_cast<std::uint32_t>(-1);

  /// Peaks of one width over the bins of a cut.
  struct Width {
    double width;
    std::vector<std::uint32_t> first;  ///< [bin] of the bins within reach
    std::vector<std::uint32_t> begin;  ///< [bin] of `shares`, one more entry
    std::vector<double> shares;        ///< of the peak, by bin within reach
    std::vector<double> squares;       ///< of the shares
  };
  /// The coarsest cells of the tree that are narrow enough; gaps between cells are bins as well.
  struct Cut {
    std::vector<double> lower, middle, size;  ///< [bin]
    std::vector<std::uint32_t> cells;         ///< [bin]; no_cell of a gap
    std::vector<double> points, weights;  ///< where the likelihood is looked at; 1 in sum by bin
    std::vector<std::uint32_t> bins;      ///< [point]
    std::vector<Width> widths;
    core::Column counts, expected, ratio, inverse;  ///< of the toy: n, B, n/B, 1/B
    std::vector<core::Column> scores;               ///< [k][bin] whitened
  };
  // tree_cuts.cpp
  [[nodiscard]] Cut make_cut(double bin_width) const;
  void add_cells(Cut& cut, std::uint32_t cell, double bin_width) const;
  static void add_gap(Cut& cut, double lower, double upper, double bin_width);
  static void add_bin(Cut& cut, double lower, double upper, std::uint32_t cell);
  [[nodiscard]] static Width make_width(Cut const& cut, double width);
  void add_points(Cut& cut) const;
  // tree_filter.cpp
  static void take_expected(Cut& cut,
                            fit::ExtendedNll& nll,
                            std::size_t channel,
                            Whitening const& whitening);
  void take_cut(Cut& cut, std::span<double const> others);
  /// A width nearest to one, and its cut; null where there are none.
  struct Nearest {
    Cut const* cut;
    Width const* width;
  };
  [[nodiscard]] Nearest nearest(double width) const;
  [[nodiscard]] static std::size_t bin_at(Cut const& cut, double place);
  [[nodiscard]] Excess excess(Cut const& cut,
                              Width const& width,
                              std::size_t bin,
                              double least) const;
  model::NodeTree* tree_;
  FilterRange range_;
  FineBins fines_;
  std::vector<Cut> cuts_;  // finest first
  std::vector<double> pulls_;
};

}  // namespace toyfarm::study
