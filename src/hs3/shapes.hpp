#pragma once
#include "hs3/names.hpp"

namespace toyfarm::hs3 {

/// A distribution of observables as a spec's `pdf`. Throws Unrepresentable for types that a spec
/// does not have.
[[nodiscard]] Node shape_of(View const& distribution, Workspace const& workspace, Names& names);

/// Types of these.
[[nodiscard]] std::vector<std::string> shape_types();

}  // namespace toyfarm::hs3
