#pragma once
#include <string>
#include <vector>

#include "toyfarm/parallel/hosts_file.hpp"
#include "toyfarm/parallel/topology.hpp"

// Hosts that a hosts file knows by an address or another name than their own.
namespace toyfarm::parallel {

/// IP addresses of this host, as text, without those that any host could have (loopback,
/// link-local).
[[nodiscard]] std::vector<std::string> own_addresses();

/// IP addresses that a name stands for; empty if it is not known.
[[nodiscard]] std::vector<std::string> addresses_of(std::string const& name);

/// Looks up the addresses of those hosts whose name is no report's.
void look_up_others(std::vector<HostEntry>& hosts, std::vector<RankReport> const& reports);

}  // namespace toyfarm::parallel
