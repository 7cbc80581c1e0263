#pragma once
#include <string>
#include <vector>

namespace toyfarm::parallel {

/// What one rank may use, by hwloc's view of its cpuset.
struct RankReport {
  int rank = 0;
  std::string host;
  int logical_cores = 1;   ///< allowed processing units
  int physical_cores = 1;  ///< distinct cores among them
  std::string cpuset;      ///< as a list, "0-3,8"
  std::string cpu_model;
  std::string isa;         ///< widest vector set: "avx512", "avx2", "sse4", "generic"
  long pid = 0;
};

/// Report of the calling process; rank 0.
[[nodiscard]] RankReport local_report();

/// Ranks of one host, in rank order; hosts in order of their first rank.
struct Node {
  std::string host;
  std::vector<int> ranks;
  int logical_cores = 1;   ///< of the union of its ranks' cpusets
  int physical_cores = 1;
};
[[nodiscard]] std::vector<Node> group_by_node(std::vector<RankReport> const& reports);

}  // namespace toyfarm::parallel
