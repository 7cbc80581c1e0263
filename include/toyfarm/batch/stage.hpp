#pragma once
#include <filesystem>
#include <string>
#include <vector>

// A program with what it needs, for machines that share no file system with this one.
namespace toyfarm::batch {

/// Names that stage_program makes.
inline constexpr char const* staged_program = "toyfarm-local";
inline constexpr char const* staged_libraries = "toyfarm_lib";

/// The program that is staged for `program`: toyfarm-local beside it, or itself.
[[nodiscard]] std::filesystem::path program_to_stage(std::filesystem::path const& program);

/// Puts program_to_stage(program) into a directory as `staged_program`, and its shared libraries,
/// but for the C library's own, into the folder `staged_libraries` there; as hard links where that
/// works, or else as copies. Returns the names of the files, relative to the directory. Throws
/// core::UsageError for a file that is no ELF program, core::RuntimeFailure(no_input) for a library
/// that is not found, (cannot_create).
std::vector<std::string> stage_program(std::filesystem::path const& program,
                                       std::filesystem::path const& directory);

}  // namespace toyfarm::batch
