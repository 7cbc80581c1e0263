#pragma once
#include <stdexcept>
#include <string>

namespace toyfarm::core {

/// Exit codes of the program; the higher in the list of README's table, the higher its priority.
enum class ExitCode : int {
  success = 0,
  check_failed = 1,    ///< guardrail failed, fit not converged, or too many toys failed
  usage = 64,          ///< command line
  bad_data = 65,       ///< spec or event data
  no_input = 66,       ///< a file that is to be read is not there or not a regular file
  internal = 70,       ///< a defect of this program
  cannot_create = 73,  ///< an output that cannot or may not be made
  io_error = 74,       ///< reading or writing failed halfway
  stopped = 75,        ///< stopped early, resume possible
  incomplete = 76      ///< rows missing
};

/// Base of everything this program throws on purpose: a message for people and the exit code that
/// goes with it.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, std::string const& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// A command line that cannot be obeyed (exit 64).
class UsageError : public Error {
 public:
  explicit UsageError(std::string const& message) : Error(ExitCode::usage, message) {}
};

/// A mistake in a spec (exit 65): "FILE: POINTER: problem", POINTER as in RFC 6901, empty for the
/// whole document.
class SpecError : public Error {
 public:
  SpecError(std::string const& file, std::string const& pointer, std::string const& problem)
      : Error(ExitCode::bad_data, file + ": " + (pointer.empty() ? "" : pointer + ": ") + problem) {
  }
};

/// A mistake in event data or another file that is read (exit 65): "FILE: problem"; the problem
/// names column and row where there are any.
class DataError : public Error {
 public:
  DataError(std::string const& file, std::string const& problem)
      : Error(ExitCode::bad_data, file + ": " + problem) {}
};

/// The world's fault: a file, MPI, memory. The code is one of no_input, cannot_create, io_error,
/// internal.
class RuntimeFailure : public Error {
 public:
  using Error::Error;
};

}  // namespace toyfarm::core
