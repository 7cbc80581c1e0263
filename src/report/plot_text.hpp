#pragma once
#include <string>
#include <string_view>

namespace toyfarm::report {

inline constexpr double letters = 11;  ///< size of text at axes
inline constexpr std::string_view at_end = "text-anchor=\"end\"";
inline constexpr std::string_view at_middle = "text-anchor=\"middle\"";

/// A text element; `words` are escaped here.
[[nodiscard]] std::string text_at(
    double x, double y, std::string_view attributes, std::string_view words, double size);

}  // namespace toyfarm::report
