#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace toyfarm::io {

/// One host of a preflight: what toys could use there, or why it cannot be reached.
struct PreflightHost {
  std::string host;  ///< as the hosts file has it, else its own name
  bool ok = false;
  std::string ssh_target;  ///< user@host, or host
  std::string hostname;    ///< its own short name
  std::optional<int> logical_cores;
  std::optional<int> physical_cores;
  std::string cpu_model;
  std::string error;
  int ranks = 0;
  std::string cpuset;  ///< allowed processing units, "0-3,8"
  int numa_domains = 0;
  std::uint64_t memory_bytes = 0;
  std::string isa;
  double toys_per_s = 0;  ///< of the speed probe on all of them; 0 = not measured
  int probe_threads = 0;
  std::vector<std::pair<std::string, std::string>> versions;
};

struct Preflight {
  std::string created_at_utc;
  std::string hosts_file;  ///< empty when there was none
  std::vector<PreflightHost> hosts;
};

/// The `nextstat.cpu_farm_preflight.v1` document: the old keys and more, sorted by host.
[[nodiscard]] std::string preflight_json(Preflight const& preflight);

/// Hosts of such a document, old or new, leniently as the old launcher read it: entries that are no
/// objects or have no name are skipped, of two of one name the last counts, and counts may be text.
/// A count below 1 is not known. Throws core::DataError when there is no list of hosts.
[[nodiscard]] std::vector<PreflightHost> read_preflight(std::filesystem::path const& file);

}  // namespace toyfarm::io
