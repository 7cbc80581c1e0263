#pragma once
#include "hs3/names.hpp"

namespace toyfarm::hs3 {

/// A number of events as a spec's `yield`: a product of numbers, parameters, a + b p (as weightsys)
/// and k^(a + b p) (as normsys). Throws Unrepresentable for anything else, and where it is
/// negative.
[[nodiscard]] Node yield_node(Quantity const& events, Names& names);

}  // namespace toyfarm::hs3
