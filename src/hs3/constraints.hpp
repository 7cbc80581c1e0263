#pragma once
#include <optional>

#include "hs3/names.hpp"

namespace toyfarm::hs3 {

/// Takes a distribution of a global observable as the constraint of the parameter that it depends
/// on. `observed`: a field with the global observable's value, where the data have it. To be called
/// when all channels are translated. Throws Unrepresentable for what no constraint of a spec is.
void constrain(View const& distribution, std::optional<View> const& observed, Names& names);

/// Types of these.
[[nodiscard]] std::vector<std::string> constraint_types();

}  // namespace toyfarm::hs3
