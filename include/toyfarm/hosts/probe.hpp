#pragma once
#include <string>
#include <vector>

#include "toyfarm/hosts/launcher.hpp"

namespace toyfarm::hosts {

/// How a command line has hosts reached, where their lines do not say.
struct Access {
  Login login{};
  std::string ssh_key{};
  int connect_timeout_s = 15;
  int jobs = 0;  ///< probes at a time; 0 = a few
};

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
[[nodiscard]] RemoteShell remote_shell_of(Access const& access);

/// Probes every host as mpirun will reach it. [host]
[[nodiscard]] std::vector<ProbeResult> probe_hosts(std::vector<HostEntry> const& hosts,
                                                   Access const& access);

}  // namespace toyfarm::hosts
