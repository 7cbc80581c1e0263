#pragma once
#include <optional>

namespace toyfarm::run {

/// From now on SIGTERM, SIGUSR1 and SIGINT ask this process to stop rather than ending it; a second
/// SIGINT ends it.
void catch_stop_signals();

/// Seconds within which to stop, once a signal asked for it or `time_limit` (seconds since the
/// program began) is over; nothing until then.
[[nodiscard]] std::optional<double> stop_asked(std::optional<double> time_limit);

/// "SIGTERM", "the time limit", …: why stop_asked wants to stop; empty if it does not.
[[nodiscard]] char const* stop_reason(std::optional<double> time_limit);

}  // namespace toyfarm::run
