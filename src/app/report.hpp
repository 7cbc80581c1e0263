#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyfarm/ensemble/summary.hpp"
#include "toyfarm/fit/minimise.hpp"
#include "toyfarm/model/model.hpp"

namespace toyfarm::app {

/// What a fit says of the points that it started from.
struct StartsOfFit {
  std::uint32_t tried;
  std::uint32_t won;   ///< from 0
  double next_end;     ///< NaN if no other end was found
  std::string winner;  ///< name of the one that won; may be empty
};
/// One line without its end: "starts 7, the 3rd led here; the next other minimum is 12.4 higher in
/// NLL".
[[nodiscard]] std::string starts_text(StartsOfFit const& starts);

/// Table of a fit: value, error and what holds it per parameter, then status, NLL, EDM and starts.
/// `sumw2`: errors for weighted events, or empty. `start_names`: of all starts tried, or empty.
[[nodiscard]] std::string fit_table(model::Model const& model,
                                    fit::FitResult const& fit,
                                    std::vector<double> const& sumw2,
                                    std::vector<std::string> const& start_names);

/// Readable summary of an ensemble: truth, mean estimate, pulls per parameter, counts, guardrails.
[[nodiscard]] std::string summary_table(record::StudyInfo const& study,
                                        ensemble::Summary const& summary,
                                        ensemble::GuardrailVerdict const& verdict);

/// Versions of the program, first, and of what it was built with and from.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> versions(
    std::string const& mpi_library);

/// What was asked for on standard output. A failed write, also on one that is closed, is a
/// RuntimeFailure (74); a reader that has left (EPIPE) is none.
void print(std::string_view text);
/// What is said of work whose results are elsewhere. A failed write is a warning at most.
void print_report(std::string_view text);

/// Leaves the exit code of rank 0 in the file that TOYFARM_EXIT_CODE_FILE names, if there is one:
/// some launchers return 0 whatever their ranks do. Whoever waits for it makes it, empty, and takes
/// it away: a process that wakes up later leaves nothing.
void leave_exit_code(int code) noexcept;

}  // namespace toyfarm::app
