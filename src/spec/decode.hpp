#pragma once
#include "toyfarm/spec/view.hpp"

namespace toyfarm::spec {

/// Checks what single fields cannot tell: names, ranges, references. Throws SpecError.
void validate(Spec const& spec);

/// The Spec in a parsed document.
[[nodiscard]] Spec decode(Node const& root, Document const& document);

}  // namespace toyfarm::spec
