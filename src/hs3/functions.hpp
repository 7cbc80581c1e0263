#pragma once
#include <string>

#include "hs3/names.hpp"

namespace toyfarm::hs3 {

/// A member of `functions` as an expression of variables. Throws Unrepresentable for types that are
/// not known.
[[nodiscard]] std::string text_of_function(View const& function, Names& names);

[[nodiscard]] std::vector<std::string> function_types();

/// The type of a distribution or function. Throws Unrepresentable where it has none.
[[nodiscard]] std::string type_of(View const& object);

/// Throws Unrepresentable for fields other than these, name and type, whose meaning would be lost;
/// warns where unknown fields are let pass.
void only_fields(View const& object, std::vector<std::string> known);

}  // namespace toyfarm::hs3
