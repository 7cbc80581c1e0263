#pragma once
#include "toyfarm/formula/graph.hpp"

namespace toyfarm::formula {

/// ln f as a function of its own: products become sums, exponentials their exponents, so that
/// nothing under- or overflows on the way and what cancels is never computed. NaN where f < 0.
/// Throws std::length_error where that takes too many nodes.
[[nodiscard]] Graph logarithm_of(Graph const& f);

}  // namespace toyfarm::formula
