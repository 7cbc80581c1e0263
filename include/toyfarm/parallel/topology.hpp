#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace toyfarm::parallel {

/// What one rank may use, by hwloc's view of its cpuset.
struct RankReport {
  int rank = 0;
  std::string host{};
  int logical_cores = 1;   ///< allowed processing units; 0 = not known (of a host only planned for)
  int physical_cores = 1;  ///< distinct cores among them
  std::string cpuset{};    ///< allowed processing units as a list, "0-3,8"
  std::string cores{};  ///< their cores likewise, a core being named by its lowest processing unit
  int host_cores = 0;   ///< processing units this rank would have without binding; 0 = not known
  std::string cpu_model{};
  std::string isa{};  ///< widest vector set: "avx512", "avx2", "sse4", "generic"
  long pid = 0;
  std::string numa{};              ///< NUMA domains of the allowed cores as a list
  std::uint64_t memory_bytes = 0;  ///< of the whole host; 0 = not known
  double toys_per_s = 0;           ///< measured on this rank's share of its host; 0 = not known
  std::vector<std::string> addresses{};  ///< of the host
};

/// Report of the calling process; rank 0.
[[nodiscard]] RankReport local_report();

/// Ranks of one host, in rank order; hosts in order of their first rank.
struct Node {
  std::string host{};
  std::vector<int> ranks{};
  int logical_cores = 1;   ///< of the union of its ranks' cpusets; 0 = not known
  int physical_cores = 1;  ///< likewise
  int host_cores = 0;      ///< processing units it would give without binding; 0 = not known
  int numa_domains = 0;    ///< that its ranks' cores lie in; 0 = not known
  std::uint64_t memory_bytes = 0;  ///< 0 = not known
  double toys_per_s = 0;           ///< of all its ranks at once; 0 = not known
  std::vector<std::string> addresses{};
};
/// Reports without lists are taken to share the host's first cores. Throws core::RuntimeFailure for
/// a list that is none.
[[nodiscard]] std::vector<Node> group_by_node(std::vector<RankReport> const& reports);

}  // namespace toyfarm::parallel
