#pragma once
#include <string>
#include <string_view>

namespace toyfarm::batch {

/// The lines of `text` with those between `# >>> REGION` and `# <<< REGION` replaced, the two
/// markers included. Contract: the region is there.
[[nodiscard]] std::string with_region(std::string const& text,
                                      std::string_view region,
                                      std::string_view lines);

/// What follows the line that begins with `start`. Contract: there is one.
[[nodiscard]] std::string after_line(std::string const& text, std::string_view start);

}  // namespace toyfarm::batch
