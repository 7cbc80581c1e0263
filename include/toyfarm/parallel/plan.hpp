#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/core/words.hpp"
#include "toyfarm/hosts/hosts_file.hpp"
#include "toyfarm/parallel/topology.hpp"

// Who runs which toys with how many threads: pure functions, no MPI.
namespace toyfarm::parallel {

/// Toys per node: equal, by allowed cores, by processing units, or by measured toys per second.
enum class WeightMode { uniform, physical, logical, speed };
constexpr core::WordTable<WeightMode, 4> words_of(WeightMode /*any*/) {
  return {{{WeightMode::uniform, "uniform"},
           {WeightMode::physical, "physical"},
           {WeightMode::logical, "logical"},
           {WeightMode::speed, "speed"}}};
}

/// physical, logical, or auto, nextstat-auto and 0 (all allowed, = logical), or a number of threads
/// per node.
struct ThreadPolicy {
  enum class Kind { physical, logical, count };
  Kind kind = Kind::physical;
  int count = 0;
};
[[nodiscard]] ThreadPolicy thread_policy(std::string_view word);  ///< Throws core::UsageError

/// Largest remainder: raw_i = (w_i / sum w) * n in doubles, floors, leftovers to the largest
/// fractions, ties to the lower index (the old farm's operation order). Weights are finite and not
/// negative, their sum positive and finite.
[[nodiscard]] std::vector<std::uint64_t> largest_remainder(std::vector<double> const& weights,
                                                           std::uint64_t n);

struct RankPlan {
  int rank = 0;
  std::string host{};         ///< as the hosts file has it, else its own name
  std::string user{};         ///< of the hosts file
  std::optional<int> port{};  ///< likewise
  double weight = 1;          ///< the node's weight divided by its ranks
  int threads = 1;
  core::ToyRange range{};
};

struct Plan {
  std::vector<RankPlan> ranks;  ///< [rank]
  std::vector<std::string>
      warnings;  ///< oversubscription, one-core binding, with the option that mends it
  std::vector<std::string> missing;  ///< hosts of the file that have no rank and were left out
};

/// What becomes of a host that the hosts file lists and that runs no rank.
enum class MissingHosts { refuse, leave_out };

struct PlanOptions {
  WeightMode weight_mode = WeightMode::physical;
  ThreadPolicy threads{};
  std::vector<hosts::HostEntry> hosts{};  ///< their weights and threads win over mode and policy
  std::string hosts_file{};               ///< its name, for messages
  MissingHosts missing = MissingHosts::refuse;
};

/// True if the hosts file means this node: by its name, or by an address that was looked up.
[[nodiscard]] bool is_listed_as(Node const& node, hosts::HostEntry const& entry);

/// Splits `range` over nodes by weight, then over the ranks of each node equally; threads of a node
/// are divided among its ranks, at least 1 each (physical, logical: among the ranks that share
/// cores, never more than a rank may use). Ranges follow each other in rank order. Throws
/// core::DataError for a listed host that runs no rank or whose name fits two, core::UsageError
/// where cores or speeds are wanted that are not known.
[[nodiscard]] Plan make_plan(std::vector<RankReport> const& reports,
                             core::ToyRange range,
                             PlanOptions const& options);

/// The same without a hosts file.
[[nodiscard]] Plan make_plan(std::vector<RankReport> const& reports,
                             core::ToyRange range,
                             WeightMode mode,
                             ThreadPolicy threads);

/// Looks up the addresses of those hosts whose name is no report's.
void look_up_others(std::vector<hosts::HostEntry>& entries, std::vector<RankReport> const& reports);

}  // namespace toyfarm::parallel
