#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace toyfarm::os {

/// A text in single quotes, as one word of a POSIX shell.
[[nodiscard]] std::string single_quoted(std::string_view text);

/// One word of a POSIX shell, in single quotes where it needs any. A word with '=' does: in front
/// of a command it would be an assignment.
[[nodiscard]] std::string shell_word(std::string_view word);

/// A line that a POSIX shell takes apart into just these words, the first of them a command.
[[nodiscard]] std::string shell_line(std::vector<std::string> const& words);

/// Words of one line as a POSIX shell takes them apart, without expanding anything: quotes,
/// backslashes, and `#`, which starts a comment even inside a word. Throws core::UsageError for a
/// quote that is not closed and a backslash at the end.
[[nodiscard]] std::vector<std::string> shell_words(std::string_view line);

/// Whether a word is of ASCII letters, digits and `others`, and not empty.
[[nodiscard]] bool is_plain(std::string_view word, std::string_view others);

}  // namespace toyfarm::os
