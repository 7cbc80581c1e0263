#pragma once
#include <string>
#include <string_view>
#include <vector>

// A user's words in the files of batch systems, so that each is read back as what it was and
// nothing else. All throw core::UsageError, naming `what`, for control characters (line ends among
// them) and for text that is no UTF-8: no batch system can hold them.
namespace toyfarm::batch {

/// Throws as said above; returns `word`.
std::string const& checked_word(std::string const& what, std::string const& word);

/// One word of a POSIX shell, in single quotes where it needs any.
[[nodiscard]] std::string shell_word(std::string const& what, std::string const& word);

/// Words of a bash array, separated by blanks.
[[nodiscard]] std::string shell_words(std::string const& what,
                                      std::vector<std::string> const& words);

/// The line `#SBATCH --NAME=VALUE`, the value in double quotes with backslashes where sbatch would
/// take a part of it for a blank, quote or comment. What it expands later (%j in file names) is not
/// touched.
[[nodiscard]] std::string slurm_directive(std::string const& name, std::string const& value);

/// The line `NAME = VALUE` of a submit description whose value is this text: a dollar, with which
/// HTCondor would begin a macro, is written as $(DOLLAR). Throws for text that no such line can
/// hold: blanks at its ends, a backslash as its last character, $$ and $(DOLLAR).
[[nodiscard]] std::string condor_line(std::string const& name, std::string const& value);

/// Value of `arguments` in HTCondor's new syntax, the outer double quotes included, for
/// condor_line: dollars are left to it.
[[nodiscard]] std::string condor_arguments(std::string const& what,
                                           std::vector<std::string> const& words);

/// A string literal of a ClassAd expression, the double quotes included; dollars are left to
/// condor_line. Throws for backslashes, which old and new ClassAds read differently.
[[nodiscard]] std::string classad_string(std::string const& what, std::string const& text);

}  // namespace toyfarm::batch
