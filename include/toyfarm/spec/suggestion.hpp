#pragma once
#include <string>
#include <vector>

namespace toyfarm::spec {

/// "; did you mean 'X'?" with these quotes, X as `printable` shows it, behind what parts it from
/// the text before; empty when no known word is near.
[[nodiscard]] std::string suggestion(std::string const& word,
                                     std::vector<std::string> const& known,
                                     char quote = '\'',
                                     char const* separator = "; ");

}  // namespace toyfarm::spec
