#pragma once
#include <filesystem>
#include <string>

// Limits by mass as the plot scripts of CMS read them: {"120.0": {"obs": …, "exp0": …, "exp+1":
// …}}.
namespace toyfarm::run {

/// In a run directory.
inline constexpr char const* limits_name = "limits.json";

/// The limits in an answer of `limit`, as its JSON, and those of `before`, another such document or
/// nothing. What was not found has no key. Throws std::exception where `before` is none.
[[nodiscard]] std::string limits_json(std::string const& answer,
                                      double mass,
                                      std::string const& before = "");

/// Throws DataError where a file is there and holds something else than limits.
void check_limits_file(std::filesystem::path const& file);

/// Adds the limits to a file; other processes may add theirs meanwhile. Throws as check_limits_file
/// and os::publish.
void add_limits(std::filesystem::path const& file, double mass, std::string const& answer);

}  // namespace toyfarm::run
