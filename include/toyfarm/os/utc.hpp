#pragma once
#include <chrono>
#include <string>

namespace toyfarm::os {

/// How fine a time is written, and for what.
enum class UtcForm {
  microseconds,  ///< 2026-01-31T12:00:00.123456+00:00
  seconds,       ///< 2026-01-31T12:00:00Z
  name           ///< 20260131T120000Z, part of a file's name
};

[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point time,
                                   UtcForm form = UtcForm::microseconds);
/// The present time.
[[nodiscard]] std::string utc_now(UtcForm form = UtcForm::microseconds);

/// Seconds since 1970 of a text with microseconds; 0 for any other.
[[nodiscard]] double unix_seconds(std::string const& utc);

}  // namespace toyfarm::os
