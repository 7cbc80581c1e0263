#include "toyfarm/model/node_tree.hpp"

#include <algorithm>
#include <array>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/kernels/moments.hpp"

namespace toyfarm::model {
namespace {

/// How a half's nodes add to those of the whole: [half][node of it][node of the whole], the value
/// at the former of the polynomial that is 1 at the latter and 0 at the whole's others.
struct Merging {
  double to[2][node_order][node_order];
};

Merging make_merging() {
  cells::ChebyshevNodes const nodes(node_order);
  Merging out{};
  std::array<double, node_order> one{};
  for (std::size_t k = 0; k < node_order; ++k) {
    one.fill(0);
    one[k] = 1;
    auto const lagrange = nodes.series(one);
    for (std::size_t half = 0; half < 2; ++half) {
      double const centre = half == 0 ? -0.5 : 0.5;
      for (std::size_t j = 0; j < node_order; ++j) {
        out.to[half][j][k] = cells::chebyshev_value(lagrange, centre + 0.5 * nodes.nodes()[j]);
      }
    }
  }
  return out;
}

Merging const& merging() {
  static Merging const made = make_merging();
  return made;
}

}  // namespace

void NodeTree::add_points(double centre, double half_width, Place const& place) {
  static cells::ChebyshevNodes const nodes(node_order);
  static cells::GaussLegendre const gauss(check_order);
  for (double const u : nodes.nodes()) {
    nodes_.push_back(place(centre + half_width * u));
  }
  for (double const u : gauss.nodes()) {
    checks_.push_back(place(centre + half_width * u));
  }
}

void NodeTree::add_root(double lower, double upper, unsigned depth, Place const& place) {
  roots_.push_back(static_cast<std::uint32_t>(cells_.size()));
  cells_.push_back({lower, upper, static_cast<std::uint32_t>(leaves_.size()), 1U << depth, 0});
  add_points(0, 1, place);
  add_halves(roots_.back(), 0, 1, depth, place);
  auto const n = leaves_.size();
  leaf_weights_.resize(n * node_order);
  leaf_counts_.resize(n);
  weights_.resize(cells_.size() * node_order);
  counts_.resize(cells_.size());
}

void NodeTree::add_halves(
    std::uint32_t cell, double centre, double half_width, unsigned depth, Place const& place) {
  if (depth == 0) {
    leaves_.push_back(cell);
    return;
  }
  auto const first = static_cast<std::uint32_t>(cells_.size());
  auto const whole = cells_[cell];
  double const middle = place(centre);
  auto const n = whole.n_leaves / 2;
  cells_[cell].halves = first;
  cells_.push_back({whole.lower, middle, whole.first_leaf, n, 0});
  cells_.push_back({middle, whole.upper, whole.first_leaf + n, n, 0});
  for (unsigned half = 0; half < 2; ++half) {
    add_points(centre + (half == 0 ? -0.5 : 0.5) * half_width, 0.5 * half_width, place);
  }
  for (unsigned half = 0; half < 2; ++half) {
    add_halves(first + half,
               centre + (half == 0 ? -0.5 : 0.5) * half_width,
               0.5 * half_width,
               depth - 1,
               place);
  }
}

void NodeTree::merge() {
  for (std::size_t leaf = 0; leaf < leaves_.size(); ++leaf) {
    std::copy_n(leaf_weights_.data() + leaf * node_order,
                node_order,
                weights_.data() + leaves_[leaf] * node_order);
    counts_[leaves_[leaf]] = leaf_counts_[leaf];
  }
  auto const& rule = merging();
  for (std::size_t c = cells_.size(); c-- > 0;) {
    std::size_t const half = cells_[c].halves;
    if (half == 0) {
      continue;
    }
    counts_[c] = counts_[half] + counts_[half + 1];
    kernels::merge_halves(
        &rule.to[0][0][0], weights_.data() + half * node_order, weights_.data() + c * node_order);
  }
}

}  // namespace toyfarm::model
