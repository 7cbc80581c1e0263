#pragma once
#include <optional>
#include <string>

#include "app/cli/option_table.hpp"

namespace toyfarm::app {

/// Adds the commands that tell of the program itself (man, completion, options) to `program`, which
/// must outlive the parsing, whole by then. What was asked for is in `text` afterwards.
void add_text_commands(Command& program, std::optional<std::string>& text);

}  // namespace toyfarm::app
