#pragma once
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

// The folder of reference material (oracle, recorded results), which is not part of this source
// tree.
namespace toyfarm::test {

/// The source tree, as ctest tells by TOYFARM_SOURCE_DIR; empty when a test is started by hand
/// without it.
inline std::filesystem::path source_folder() {
  char const* const folder = std::getenv("TOYFARM_SOURCE_DIR");
  return folder ? folder : "";
}

/// TOYFARM_SHARED where that is set, else ../shared beside the source tree; nothing unless it holds
/// reference/oracle.
inline std::optional<std::filesystem::path> shared_folder() {
  char const* const named = std::getenv("TOYFARM_SHARED");
  auto const folder =
      named && *named ? std::filesystem::path(named) : source_folder() / ".." / "shared";
  std::error_code ignored;
  return std::filesystem::is_directory(folder / "reference" / "oracle", ignored)
             ? std::optional(folder.lexically_normal())
             : std::nullopt;
}

}  // namespace toyfarm::test

/// Declares `variable`, the path of the reference material; without it the test is skipped, loudly.
/// For bodies of TEST only.
#define TOYFARM_SKIP_WITHOUT_SHARED(variable)                                    \
  auto const variable##_found = ::toyfarm::test::shared_folder();                \
  if (!variable##_found) {                                                       \
    GTEST_SKIP() << "SKIPPED: reference material not found, set TOYFARM_SHARED"; \
  }                                                                              \
  std::filesystem::path const variable = *variable##_found
