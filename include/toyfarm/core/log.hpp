#pragma once
#include <string>
#include <string_view>

namespace toyfarm::core {

/// Lines below this level are not printed.
enum class LogLevel { debug, info, warn, error, off };

/// Sets the level; `prefix` stands before each line (for instance "[rank 3] "), empty for none.
/// Call before threads start.
void configure_log(LogLevel level, std::string_view prefix);

/// The level named `word` (debug, info, warn, error, off). Throws UsageError otherwise.
[[nodiscard]] LogLevel log_level(std::string_view word);

/// One line on standard error each.
void log_debug(std::string const& message);
void log_info(std::string const& message);
void log_warn(std::string const& message);
void log_error(std::string const& message);

/// The newest messages that this process has logged, as they were printed, a line each.
[[nodiscard]] std::string logged_so_far();

}  // namespace toyfarm::core
