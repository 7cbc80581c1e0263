#pragma once
#include <string>
#include <vector>

// Hosts that a hosts file knows by an address or another name than their own.
namespace toyfarm::hosts {

/// IP addresses of this host, as text, without those that any host could have (loopback,
/// link-local).
[[nodiscard]] std::vector<std::string> own_addresses();

/// IP addresses that a name stands for; empty if it is not known.
[[nodiscard]] std::vector<std::string> addresses_of(std::string const& name);

}  // namespace toyfarm::hosts
