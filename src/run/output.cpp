#include "toyfarm/run/output.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <random>
#include <system_error>

#include <fmt/core.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/hosts/origin.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/parallel/job.hpp"

namespace toyfarm::run {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void cannot_create(std::string const& what, std::error_code const& error) {
  throw core::RuntimeFailure(core::ExitCode::cannot_create,
                             "cannot create " + what + ": " + error.message());
}

/// The folder of a file, or the nearest one above it that is there.
fs::path nearest_to(fs::path const& file) {
  std::error_code error;
  auto folder = file.parent_path();
  while (!folder.empty() && !fs::exists(folder, error)) {
    folder = folder.parent_path();
  }
  return folder.empty() ? fs::path(".") : folder;
}

}  // namespace

os::OutputClaim claim_output(std::string const& file,
                             bool force,
                             std::vector<fs::path> const& inputs) {
  if (file == "-") {
    return {};
  }
  if (file.empty()) {
    throw core::UsageError("the output's name is empty");
  }
  std::error_code error;
  fs::path const path(file);
  for (auto const& input : inputs) {
    if (fs::equivalent(path, input, error)) {
      throw core::UsageError("the output " + file + " is one of the inputs");
    }
  }
  if (fs::is_directory(path, error)) {
    throw core::RuntimeFailure(core::ExitCode::cannot_create,
                               "cannot create " + file + ": it is a directory");
  }
  auto const folder = nearest_to(path);
  if (!fs::is_directory(folder, error)) {
    throw core::RuntimeFailure(
        core::ExitCode::cannot_create,
        "cannot create " + file + ": " + folder.string() + " is not a folder");
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    throw core::RuntimeFailure(
        core::ExitCode::cannot_create,
        "cannot create " + file + ": no permission to write in " + folder.string());
  }
  bool const has_siblings = hosts::find_origin(parallel::mpi_library()).size() > 1;
  os::OutputClaim claim(path,
                        has_siblings ? os::OutputClaim::WhenTaken::wait_and_refuse
                                     : os::OutputClaim::WhenTaken::refuse);
  if (fs::exists(path, error) && !force) {
    throw core::RuntimeFailure(core::ExitCode::cannot_create,
                               file + " exists; give another name, or --force to replace it");
  }
  return claim;
}

void write_output(std::string const& file, std::function<void(os::TextSink const&)> const& write) {
  if (file == "-") {
    write([](std::string_view piece) { os::print(piece); });
    os::print("\n");
  } else {
    os::publish_text(file, write);
  }
}

void write_output(std::string const& file, std::string const& text) {
  write_output(file, [&](os::TextSink const& sink) { sink(text); });
}

void check_run_id(std::string const& run_id) {
  auto const allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  };
  if (run_id.empty() || run_id.size() > 200 || run_id[0] == '.' || run_id[0] == '-' ||
      !std::all_of(run_id.begin(), run_id.end(), allowed)) {
    throw core::UsageError(
        "--run-id '" + run_id +
        "': use letters, digits, '_', '-' and '.', starting with neither '-' nor '.'");
  }
}

std::string default_run_id() {
  std::random_device random;
  return fmt::format(
      "toys_{}_{:08x}", os::utc_now(os::UtcForm::name), static_cast<std::uint32_t>(random()));
}

fs::path make_run_directory(fs::path const& out_dir,
                            std::string const& run_id,
                            std::function<void(fs::path const& folder)> const& fill) {
  std::error_code error;
  fs::create_directories(out_dir, error);
  if (error) {
    cannot_create(out_dir.string(), error);
  }
  auto const target = out_dir / run_id;
  if (fs::exists(target, error) &&
      !(fs::is_directory(target, error) && fs::is_empty(target, error))) {
    throw core::RuntimeFailure(
        core::ExitCode::cannot_create,
        "the run directory " + target.string() + " exists and is not empty; give another --run-id" +
            (fs::exists(target / "journal.toyfarm", error)
                 ? ", or go on with the run in it: toyfarm toys --resume " + target.string()
                 : std::string()));
  }
  auto const temporary = out_dir / ("." + run_id + ".tmp" + std::to_string(::getpid()));
  if (!fs::create_directory(temporary, error)) {
    cannot_create(temporary.string(), error ? error : std::make_error_code(std::errc::file_exists));
  }
  try {
    fill(temporary);
  } catch (...) {
    fs::remove_all(temporary, error);
    throw;
  }
  fs::rename(temporary, target, error);
  if (error) {
    auto const reason = error;
    fs::remove_all(temporary, error);
    cannot_create(target.string(), reason);
  }
  os::sync_folder(out_dir);
  return target;
}

}  // namespace toyfarm::run
