#pragma once
#include <filesystem>
#include <string>
#include <vector>

// A program with what it needs, for machines that share no file system with this one.
namespace toyfarm::batch {

/// Name of the folder that stage_program makes.
inline constexpr char const* staged_libraries = "toyfarm_lib";

/// The program that is staged for `program`: toyfarm-local beside it, or itself.
[[nodiscard]] std::filesystem::path program_to_stage(std::filesystem::path const& program);

/// The name that it gets: toyfarm-local only if it is that, else toyfarm.
[[nodiscard]] std::string staged_name(std::filesystem::path const& program);

/// What stage_program has put into a directory.
struct Staged {
  std::filesystem::path source;    ///< of the program
  std::vector<std::string> files;  ///< relative to the directory, the program first
  bool links_mpi = false;
};

/// Puts program_to_stage(program) into a directory as `staged_name`, and its shared libraries, but
/// for the C library's own, into the folder `staged_libraries` there; as hard links where that
/// works, or else as copies. Throws core::UsageError for a file that is no ELF program,
/// core::RuntimeFailure(no_input) for a library that is not found, (cannot_create).
[[nodiscard]] Staged stage_program(std::filesystem::path const& program,
                                   std::filesystem::path const& directory);

}  // namespace toyfarm::batch
