#pragma once
#include <string>

namespace toyfarm::app {

/// The commit this program was built from, with " modified" if the source differed from it, or
/// "unknown". Its definition is written at build time by cmake/git_revision.cmake.
[[nodiscard]] char const* git_revision() noexcept;

/// What --version prints: name and version, then where it comes from and what it uses here.
[[nodiscard]] std::string version_text();

}  // namespace toyfarm::app
