#include "toyfarm/batch/stage.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/command.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/os/program.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

using core::ExitCode;

/// A library by the name that a program asks for, and where it was found.
using Library = std::pair<std::string, fs::path>;

constexpr char const* name_without_mpi = "toyfarm-local";

// They belong to the loader of the machine that the job lands on: another machine's would not do.
constexpr std::array of_the_c_library = {"linux-vdso",
                                         "linux-gate",
                                         "ld-linux",
                                         "libc.so",
                                         "libm.so",
                                         "libmvec.so",
                                         "libpthread.so",
                                         "libdl.so",
                                         "librt.so",
                                         "libutil.so",
                                         "libanl.so",
                                         "libresolv.so"};

bool is_of_the_c_library(std::string const& name) {
  auto const file = fs::path(name).filename().string();
  return std::ranges::any_of(of_the_c_library,
                             [&file](char const* head) { return file.starts_with(head); });
}

[[noreturn]] void fail(ExitCode code, fs::path const& program, std::string const& problem) {
  throw core::RuntimeFailure(code, program.string() + ": " + problem);
}

void expect_elf(fs::path const& program) {
  if (os::read_if_there(program, 4) !=
      "\x7f"
      "ELF") {
    throw core::UsageError(program.string() +
                           ": not a program that can be sent to other machines (no ELF file; a "
                           "script?); name the program itself");
  }
}

/// What the loader says that it would load: it answers in place of the program.
std::string loader_says(fs::path const& program) {
  auto const result =
      os::run_command({{fs::absolute(program).string()}, {}, {"LD_TRACE_LOADED_OBJECTS=1"}});
  if (!result.could_not_start.empty()) {
    throw core::RuntimeFailure(ExitCode::no_input, result.could_not_start);
  }
  return result.out;
}

/// Lines are "\tNAME => PATH (ADDRESS)", "\tNAME (ADDRESS)" or "\tNAME => not found".
std::vector<Library> libraries_of(fs::path const& program) {
  std::vector<Library> libraries;
  auto const said = loader_says(program);
  std::string const arrow = " => ";
  for (std::size_t begin = 0; begin < said.size();) {
    auto const end = std::min(said.find('\n', begin), said.size());
    auto const line = said.substr(begin, end - begin);
    begin = end + 1;
    auto const at = line.find(arrow);
    if (line.empty() || line.front() != '\t' || at == std::string::npos) {
      continue;  // the loader itself, the kernel's own, and words of a program without a loader
    }
    auto const name = line.substr(1, at - 1);
    if (is_of_the_c_library(name)) {
      continue;
    }
    auto const path = line.substr(at + arrow.size(), line.rfind(" (") - at - arrow.size());
    if (path.empty() || path.front() != '/') {
      fail(ExitCode::no_input,
           program,
           "needs the library " + name +
               ", which is not found here; load the module that has it, or set LD_LIBRARY_PATH");
    }
    libraries.emplace_back(fs::path(name).filename().string(), path);
  }
  return libraries;
}

/// A hard link or a copy.
void put(fs::path const& source, fs::path const& target) {
  std::error_code error;
  auto const real = fs::canonical(source, error);  // a link to a symbolic link would dangle
  if (!error) {
    fs::create_hard_link(real, target, error);
    if (error) {
      error.clear();
      fs::copy_file(real, target, error);
    }
  }
  if (error) {
    fail(ExitCode::cannot_create, target, "cannot be made: " + error.message());
  }
}

}  // namespace

fs::path program_to_stage(fs::path const& program) {
  auto const local = program.parent_path() / name_without_mpi;
  return os::is_program(local) ? local : program;
}

std::string staged_name(fs::path const& program) {
  return program_to_stage(program).filename() == name_without_mpi ? name_without_mpi : "toyfarm";
}

Staged stage_program(fs::path const& program, fs::path const& directory) {
  Staged staged{program_to_stage(program), {staged_name(program)}};
  expect_elf(staged.source);
  put(staged.source, directory / staged.files.front());
  std::error_code error;
  fs::create_directory(directory / staged_libraries, error);
  if (error) {
    fail(ExitCode::cannot_create,
         directory / staged_libraries,
         "cannot be made: " + error.message());
  }
  for (auto const& [name, path] : libraries_of(staged.source)) {
    staged.files.push_back(std::string(staged_libraries) + "/" + name);
    put(path, directory / staged.files.back());
    staged.links_mpi = staged.links_mpi || name.starts_with("libmpi");
  }
  return staged;
}

}  // namespace toyfarm::batch
