#pragma once
#include <cstddef>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/kernels/moments.hpp"

namespace toyfarm::model {

/// Nodes of a cell along an axis, and the points at which their interpolation is checked
/// (Gauss-Legendre).
inline constexpr std::size_t node_order = kernels::node_order;
inline constexpr std::size_t check_order = kernels::check_order;

/// Points of a cell of `n_axes` axes: order^n_axes.
[[nodiscard]] constexpr std::size_t grid_size(std::size_t order, std::size_t n_axes) noexcept {
  return n_axes == 0 ? 1 : order * grid_size(order, n_axes - 1);
}

/// One axis of cells: where they and their points are along an observable.
struct NodeAxis {
  std::size_t observable = 0;
  std::vector<double> lower, upper;  ///< [cell] borders
  core::Column nodes;                ///< [cell * nodes_per_cell + j]
  core::Column checks;               ///< [cell * checks_per_cell + i]
};

/// Those cells of a channel whose events are weights of nodes, along one or two observables. Within
/// a cell, a deviate in [-1, 1] of each axis is uniform over its events, and independent of the
/// other. Along an axis nodes are the images of the Chebyshev nodes, falling, and checks of the
/// Gauss-Legendre points, rising. Of two axes, nodes run fastest along the second, checks along the
/// first. Cells may overlap: each stands for its own events.
struct NodeCells {
  std::vector<NodeAxis> axes;
  std::vector<double> counts;  ///< [cell] events of the toy at hand

  [[nodiscard]] std::size_t size() const noexcept { return counts.size(); }
  [[nodiscard]] std::size_t nodes_per_cell() const noexcept {
    return grid_size(node_order, axes.size());
  }
  [[nodiscard]] std::size_t checks_per_cell() const noexcept {
    return grid_size(check_order, axes.size());
  }
  [[nodiscard]] std::size_t n_nodes() const noexcept { return size() * nodes_per_cell(); }
  [[nodiscard]] std::size_t n_checks() const noexcept { return size() * checks_per_cell(); }
};

}  // namespace toyfarm::model
