#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace toyfarm::os {

/// Whether it is a file that this user may run.
[[nodiscard]] bool is_program(std::filesystem::path const& file) noexcept;

/// Where the system would find the program of a command's first word: in PATH, unless it has a '/'.
/// Nothing if there is none.
[[nodiscard]] std::optional<std::filesystem::path> find_program(std::string const& word);

/// The file of the program that runs; empty where there is no /proc.
[[nodiscard]] std::filesystem::path own_program();

}  // namespace toyfarm::os
