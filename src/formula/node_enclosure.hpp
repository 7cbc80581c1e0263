#pragma once
#include "formula/interval.hpp"

namespace toyfarm::formula {

/// Whether a condition is known to hold.
[[nodiscard]] inline bool is_true(Interval a) {
  return a.lower > 0 || a.upper < 0;
}

/// Bounds of a node that depends on x, from those of the nodes before it.
[[nodiscard]] Enclosed enclosed(Node const& node, std::span<Enclosed const> nodes);

}  // namespace toyfarm::formula
