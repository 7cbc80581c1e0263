#pragma once
#include <cstddef>
#include <vector>

#include "toyfarm/core/aligned.hpp"
#include "toyfarm/kernels/moments.hpp"

namespace toyfarm::model {

/// Nodes of a cell, and the points at which their interpolation is checked (Gauss-Legendre).
inline constexpr std::size_t node_order = kernels::node_order;
inline constexpr std::size_t check_order = kernels::check_order;

/// Those cells of a channel whose events are weights of nodes. Within a cell, u in [-1, 1] is uniform
/// over its events.
struct NodeCells {
  std::vector<double> lower, upper;  ///< [cell] borders
  core::Column nodes;                ///< [cell * node_order + j]: x at the Chebyshev nodes of u, falling
  core::Column checks;               ///< [cell * check_order + i]: x at the Gauss-Legendre points, rising
  std::vector<double> counts;        ///< [cell] events of the toy at hand
  std::size_t observable = 0;

  [[nodiscard]] std::size_t size() const noexcept { return lower.size(); }
};

}  // namespace toyfarm::model
