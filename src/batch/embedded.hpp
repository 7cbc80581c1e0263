#pragma once
#include <string_view>

namespace toyfarm::batch {

/// Text of a file of jobscripts/ as it was when the program was built. Throws std::logic_error for
/// a name that was not embedded.
[[nodiscard]] std::string_view embedded(std::string_view name);

}  // namespace toyfarm::batch
