// The bins of a tree filter, and what shares of a peak they get: made once.
#include <algorithm>
#include <cmath>

#include "study/tree_filter.hpp"

namespace toyfarm::study {
namespace {

constexpr double coarsest_bin = 0.9;  // widths per leaf from which on leaves will do as bins
constexpr double finest = 1.0 / (1U << 20U);  // bin, of the window
constexpr double short_bin = 0.01;            // of the window: its middle tells its integral
constexpr double most_gap_bins = 10'000;

FilterRange clamped(FilterRange range) {
  double const window = range.upper - range.lower;
  range.narrowest = std::clamp(range.narrowest, bins_per_width * finest * window, window);
  range.widest = std::clamp(range.widest, range.narrowest, window);
  return range;
}

double widest_leaf(model::NodeTree const& tree) {
  double leaf = 0;
  for (std::size_t c = 0; c < tree.n_cells(); ++c) {
    auto const& cell = tree.cell(c);
    leaf = cell.halves == 0 ? std::max(leaf, cell.upper - cell.lower) : leaf;
  }
  return leaf;
}

}  // namespace

TreeFilter::TreeFilter(model::NodeTree& tree, FilterRange const& range)
    : tree_(&tree), range_(clamped(range)), fines_(range_, coarsest_bin * widest_leaf(tree)) {
  for (double unit = fines_.next_width(); unit <= range_.widest * 1.0001; unit *= 2) {
    auto cut = make_cut(unit / bins_per_width);
    for (double const width : {unit, unit * width_step}) {
      if (width <= range_.widest * 1.0001) {
        cut.widths.push_back(make_width(cut, width));
      }
    }
    cuts_.push_back(std::move(cut));
  }
  if (cuts_.empty()) {  // fine bins are compared with what the widest say of the background
    cuts_.push_back(make_cut(widest_leaf(tree)));
  }
}

void TreeFilter::add_bin(Cut& cut, double lower, double upper, std::uint32_t cell) {
  if (upper > lower) {
    cut.lower.push_back(lower);
    cut.middle.push_back(0.5 * (lower + upper));
    cut.size.push_back(upper - lower);
    cut.cells.push_back(cell);
  }
}

// Between cells with nodes, where few events are expected and each is drawn for itself.
void TreeFilter::add_gap(Cut& cut, double lower, double upper, double bin_width) {
  auto const n = static_cast<std::size_t>(
      std::clamp(std::ceil((upper - lower) / bin_width), 0.0, most_gap_bins));
  double const size = (upper - lower) / static_cast<double>(std::max<std::size_t>(n, 1));
  for (std::size_t i = 0; i < n; ++i) {
    add_bin(cut,
            lower + static_cast<double>(i) * size,
            i + 1 == n ? upper : lower + static_cast<double>(i + 1) * size,
            no_cell);
  }
}

void TreeFilter::add_cells(Cut& cut, std::uint32_t index, double bin_width) const {
  auto const& cell = tree_->cell(index);
  if (cell.halves == 0 || cell.upper - cell.lower <= bin_width * 1.001) {
    add_bin(cut, cell.lower, cell.upper, index);
    return;
  }
  add_cells(cut, cell.halves, bin_width);
  add_cells(cut, cell.halves + 1, bin_width);
}

TreeFilter::Cut TreeFilter::make_cut(double bin_width) const {
  Cut cut;
  double end = range_.lower;
  for (auto const root : tree_->roots()) {
    add_gap(cut, end, tree_->cell(root).lower, bin_width);
    add_cells(cut, root, bin_width);
    end = tree_->cell(root).upper;
  }
  add_gap(cut, end, range_.upper, bin_width);
  add_points(cut);
  auto const n = cut.middle.size();
  for (auto* column : {&cut.counts, &cut.expected, &cut.ratio, &cut.inverse}) {
    column->resize(n);
  }
  return cut;
}

TreeFilter::Width TreeFilter::make_width(Cut const& cut, double width) {
  Width out{width, {}, {0}, {}, {}};
  for (double const place : cut.middle) {
    auto const first = static_cast<std::size_t>(
        std::lower_bound(cut.middle.begin(), cut.middle.end(), place - filter_reach * width) -
        cut.middle.begin());
    out.first.push_back(static_cast<std::uint32_t>(first));
    double sum = 0;
    auto const begin = out.shares.size();
    for (auto i = first; i < cut.middle.size() && cut.middle[i] <= place + filter_reach * width;
         ++i) {
      double const z = (cut.middle[i] - place) / width;
      out.shares.push_back(cut.size[i] * std::exp(-0.5 * z * z));
      sum += out.shares.back();
    }
    for (auto i = begin; i < out.shares.size(); ++i) {
      out.shares[i] /= sum;
      out.squares.push_back(out.shares[i] * out.shares[i]);
    }
    out.begin.push_back(static_cast<std::uint32_t>(out.shares.size()));
  }
  return out;
}

// Two points make a cubic's integral: cells may be long where little is expected.
void TreeFilter::add_points(Cut& cut) const {
  auto const add = [&](std::size_t bin, double x, double weight) {
    cut.points.push_back(x);
    cut.weights.push_back(weight);
    cut.bins.push_back(static_cast<std::uint32_t>(bin));
  };
  for (std::size_t i = 0; i < cut.middle.size(); ++i) {
    if (cut.size[i] < short_bin * (range_.upper - range_.lower)) {
      add(i, cut.middle[i], 1);
      continue;
    }
    for (double const side : {-1.0, 1.0}) {
      add(i, cut.middle[i] + side * cut.size[i] / std::sqrt(12.0), 0.5);
    }
  }
}

}  // namespace toyfarm::study
