#pragma once
#include "hs3/nodes.hpp"
#include "hs3/workspace.hpp"

namespace toyfarm::hs3 {

/// Whether a document says that it is HS3.
[[nodiscard]] bool is_hs3(Node const& root);

/// The spec that an HS3 document becomes. Throws SpecError for mistakes in it, and one that names
/// all that a spec cannot say; UsageError for a choice that is missing or of what is not there.
[[nodiscard]] Node translate(View const& root, Choice const& choice);

}  // namespace toyfarm::hs3
