#pragma once
#include <string>
#include <vector>

namespace toyfarm::hosts {

/// The variable that ranks of a watched mpirun are given.
inline constexpr char const* watched_variable = "TOYFARM_WATCHED";

/// At a rank, tells the toyfarm that watches its mpirun that a process has begun.
void tell_begun() noexcept;
/// At rank 0, tells it the job's exit code, once all is published.
void tell_verdict(int code) noexcept;
/// Leaves rank 0's exit code in the file that TOYFARM_EXIT_CODE_FILE names, if there is one: some
/// launchers return 0 whatever their ranks do. Whoever waits for it makes it, empty, and takes it
/// away: a process that wakes up later leaves nothing.
void leave_exit_code(int code) noexcept;

/// Runs mpirun, given by `words`, as a child and passes signals on. Returns the verdict that rank 0
/// told, else mpirun's exit code. mpirun waits for ever for a host that has lost its power: it is
/// ended where no rank begins within `seconds_to_start`, which throws core::Error (1), and where it
/// stays on after the verdict.
[[nodiscard]] int run_mpirun(std::vector<std::string> const& words, double seconds_to_start);

}  // namespace toyfarm::hosts
