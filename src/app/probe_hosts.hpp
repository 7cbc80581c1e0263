#pragma once
#include <string>
#include <vector>

#include "toyfarm/parallel/launcher.hpp"

#include "app/options.hpp"

namespace toyfarm::app {

/// What a host said to a command that does nothing.
struct ProbeResult {
  bool ok = false;
  std::string error;  ///< one line; empty if ok
};

/// Runs commands side by side, a few (`jobs`; 0 = 32) at a time, each ended after `seconds`; their
/// input is empty, their output dropped. Without a shell. [command]
[[nodiscard]] std::vector<ProbeResult> run_probes(
    std::vector<std::vector<std::string>> const& commands, int jobs, int seconds);

/// mpirun's own remote shell, by its environment, with the key and time limit of the command line.
[[nodiscard]] parallel::RemoteShell remote_shell_of(FarmOptions const& options);

/// Probes every host as mpirun will reach it. [host]
[[nodiscard]] std::vector<ProbeResult> probe_hosts(std::vector<parallel::HostEntry> const& hosts,
                                                   FarmOptions const& options);

}  // namespace toyfarm::app
