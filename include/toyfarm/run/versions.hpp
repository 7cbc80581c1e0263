#pragma once
#include <string>
#include <utility>
#include <vector>

namespace toyfarm::run {

/// The commit this program was built from, with " modified" if the source differed from it, or
/// "unknown". Its definition is written at build time by cmake/git_revision.cmake.
[[nodiscard]] char const* git_revision() noexcept;

/// Versions of the program, first, and of what it was built with and from.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> versions(
    std::string const& mpi_library);

/// What --version prints: name and version, then where it comes from and what it uses here.
[[nodiscard]] std::string version_text();

}  // namespace toyfarm::run
