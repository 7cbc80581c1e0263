#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "toyfarm/hosts/hosts_file.hpp"

// How Open MPI's mpirun starts a job over the hosts of a hosts file: words only, nothing is run.
namespace toyfarm::hosts {

/// What reaches a host, as mpirun calls it: `agent arguments target [-p port] command`.
struct RemoteShell {
  std::vector<std::string> agent{"ssh"};
  std::vector<std::string> arguments{};  ///< the user's own plm_rsh_args
  std::string key{};                     ///< identity file for ssh, or empty
  int connect_timeout_s = 15;
  /// Other programs know neither ssh's options nor its keys.
  [[nodiscard]] bool is_ssh() const;
};

/// The shell of mpirun's own settings, split on blanks as mpirun does: plm_rsh_agent ("ssh : rsh"
/// takes the first that `exists`; empty is ssh) and plm_rsh_args.
[[nodiscard]] RemoteShell remote_shell(std::string_view agent,
                                       std::string_view arguments,
                                       std::function<bool(std::string const&)> const& exists);

/// Throws core::UsageError for a key whose path has blanks, which Open MPI would split.
void check_key(std::string const& key);

/// The command that does nothing on a host, never asks, and gives up in time.
[[nodiscard]] std::vector<std::string> probe_words(RemoteShell const& shell,
                                                   HostEntry const& host,
                                                   Login const& defaults);

struct MpirunRequest {
  std::string hostfile{};
  std::size_t n_hosts = 1;
  bool has_full_names = false;  ///< some host is named with its domain
  int ranks_per_host = 1;
  RemoteShell shell{};
  std::vector<std::string> exported{};  ///< names of environment variables
  bool has_keepalive = false;           ///< the user has settings of his own
};

/// mpirun and its arguments up to the program: ranks in the order of the hostfile, bound to
/// nothing, since toyfarm starts as many threads as a host has cores; every host is reached from
/// here, as the old launcher did, not host from host. A host that lost its power is noticed in some
/// 15 s: Open MPI's own settings take eight minutes.
[[nodiscard]] std::vector<std::string> mpirun_words(MpirunRequest const& request);

}  // namespace toyfarm::hosts
