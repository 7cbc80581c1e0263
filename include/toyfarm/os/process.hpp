#pragma once
#include <optional>
#include <string>

#include <spawn.h>
#include <sys/types.h>

namespace toyfarm::os {

/// First thing in main(). Descriptors 0, 1 and 2 are open afterwards, so that no file of ours gets
/// one of their numbers and what libraries print; those that were closed are on /dev/null, 1 such
/// that a write to it still fails as on a closed one. A file beyond RLIMIT_FSIZE and a pipe without
/// a reader are errors of the write (EFBIG, EPIPE) and end no process.
void begin_process() noexcept;

/// A program that is started with these attributes takes signals as if `begin_process` had not
/// been.
void default_signals(posix_spawnattr_t& attributes) noexcept;
/// Gives the program a standard output that can be written to, if this process has none.
void default_output(posix_spawn_file_actions_t& actions) noexcept;
/// Both for a program that this process becomes.
void prepare_exec() noexcept;

/// How a child of this process ended, as waitpid says it; waits for that. Nothing if somebody else
/// has heard it.
[[nodiscard]] std::optional<int> wait_for_end(pid_t child) noexcept;

/// The name of this host; "localhost" where the system tells none.
[[nodiscard]] std::string host_name();

}  // namespace toyfarm::os
