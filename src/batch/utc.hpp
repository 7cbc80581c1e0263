#pragma once
#include <string>

namespace toyfarm::batch {

/// Now, as 2026-01-31T12:00:00.123456+00:00.
[[nodiscard]] std::string utc_now();

/// Seconds since 1970 of such a text; 0 for any other.
[[nodiscard]] double unix_seconds(std::string const& utc);

}  // namespace toyfarm::batch
