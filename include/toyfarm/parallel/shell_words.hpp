#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace toyfarm::parallel {

/// Words of one line as a POSIX shell takes them apart, without expanding anything: quotes,
/// backslashes, and `#`, which starts a comment even inside a word. Throws core::UsageError for a
/// quote that is not closed and a backslash at the end.
[[nodiscard]] std::vector<std::string> shell_words(std::string_view line);

/// A line that a POSIX shell takes apart into just these words.
[[nodiscard]] std::string shell_line(std::vector<std::string> const& words);

}  // namespace toyfarm::parallel
