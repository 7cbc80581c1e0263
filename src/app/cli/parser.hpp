#pragma once
#include <variant>

#include "app/cli/option_table.hpp"

namespace toyfarm::app {

/// What a command line turned out to be.
struct Parsed {
  enum class Kind { command, help, version };
  Kind kind = Kind::command;
  Command const* command = nullptr;  ///< the innermost one named; of --help too
  GivenOptions given{};              ///< its options
};

/// Finds the command of `words` (without the program's name) in the table, hands every option its
/// values and the command what was given. Throws core::UsageError.
[[nodiscard]] Parsed parse(Command const& program, Words words);

}  // namespace toyfarm::app
