#pragma once
#include <string>

#include "toyfarm/io/run_status.hpp"

namespace toyfarm::run {

using io::RunStatus;

/// A table for people.
[[nodiscard]] std::string status_table(RunStatus const& status);
/// One line of key=value words, for logs: `progress: done=… of=… …`.
[[nodiscard]] std::string status_line(RunStatus const& status);
/// One short line for a terminal.
[[nodiscard]] std::string status_live(RunStatus const& status);

}  // namespace toyfarm::run
