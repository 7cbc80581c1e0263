#include <algorithm>
#include <set>

#include "toyfarm/core/error.hpp"

#include "parallel/core_list.hpp"
#include "parallel/plan_parts.hpp"

namespace toyfarm::parallel {
namespace {

/// Ranks that compete for cores: those of which each shares one with another of them.
struct Island {
  std::vector<std::size_t> ranks;
  std::set<int> units;
  std::set<int> cores;
};

void absorb(Island& into, Island& other) {
  into.ranks.insert(into.ranks.end(), other.ranks.begin(), other.ranks.end());
  into.units.merge(other.units);
  into.cores.merge(other.cores);
}

std::vector<Island> islands_of(std::vector<RankReport> const& reports, Node const& node) {
  std::vector<Island> islands;
  for (int const r : node.ranks) {
    auto const rank = static_cast<std::size_t>(r);
    Island grown{{rank}, units_of(reports[rank]), cores_of(reports[rank])};
    std::erase_if(islands, [&grown](Island& old) {
      bool const shared =
          std::ranges::any_of(old.cores, [&grown](int core) { return grown.cores.contains(core); });
      if (shared) {
        absorb(grown, old);
      }
      return shared;
    });
    std::ranges::sort(grown.ranks);
    islands.push_back(std::move(grown));
  }
  return islands;
}

std::string plural(int n, std::string const& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string binding_cure(Node const& node) {
  auto const share = std::max(1, node.host_cores / static_cast<int>(node.ranks.size()));
  return "mpirun --bind-to none, or --map-by slot:PE=" + std::to_string(share);
}

/// The first rank of the node for which `holds`, or -1.
template <class Predicate>
int first_rank(Node const& node, Predicate holds) {
  auto const found = std::ranges::find_if(
      node.ranks, [&](int rank) { return holds(static_cast<std::size_t>(rank)); });
  return found == node.ranks.end() ? -1 : *found;
}

}  // namespace

void give_threads(std::vector<RankPlan>& plans,
                  std::vector<RankReport> const& reports,
                  Node const& node,
                  ThreadPolicy policy) {
  if (policy.kind == ThreadPolicy::Kind::count) {
    for (std::size_t i = 0; i < node.ranks.size(); ++i) {
      plans[static_cast<std::size_t>(node.ranks[i])].threads =
          std::max(1, equal_share(policy.count, node.ranks.size(), i));
    }
    return;
  }
  if (node.logical_cores == 0) {
    throw core::UsageError(
        "host " + node.host +
        ": its cores are not known, so --threads must be a number; or give --preflight-json, or "
        "threads= in the hosts file");
  }
  for (auto const& island : islands_of(reports, node)) {
    auto const total = static_cast<int>(
        policy.kind == ThreadPolicy::Kind::physical ? island.cores.size() : island.units.size());
    for (std::size_t i = 0; i < island.ranks.size(); ++i) {
      auto const rank = island.ranks[i];
      plans[rank].threads = std::max(
          1, std::min(equal_share(total, island.ranks.size(), i), reports[rank].logical_cores));
    }
  }
}

void warn_about(Node const& node,
                std::vector<RankReport> const& reports,
                std::vector<RankPlan> const& plans,
                std::vector<std::string>& warnings) {
  if (node.logical_cores == 0) {
    return;
  }
  auto const where = "host " + node.host + ": ";
  auto const n_ranks = static_cast<int>(node.ranks.size());
  int threads = 0;
  for (int const rank : node.ranks) {
    threads += plans[static_cast<std::size_t>(rank)].threads;
  }
  int const crowded = first_rank(
      node, [&](std::size_t rank) { return plans[rank].threads > reports[rank].logical_cores; });
  if (n_ranks > node.logical_cores) {
    warnings.push_back(where + plural(n_ranks, "rank") + " share " +
                       plural(node.logical_cores, "processing unit") + "; start fewer ranks there");
  } else if (threads > node.logical_cores) {
    warnings.push_back(where + plural(threads, "thread") + " share " +
                       plural(node.logical_cores, "processing unit") +
                       "; use --threads physical or a smaller number");
  } else if (crowded >= 0) {
    auto const rank = static_cast<std::size_t>(crowded);
    warnings.push_back(where + "rank " + std::to_string(crowded) + " has " +
                       plural(plans[rank].threads, "thread") + " but is bound to " +
                       plural(reports[rank].logical_cores, "processing unit") + "; use " +
                       binding_cure(node));
  }
  int const bound =
      first_rank(node, [&](std::size_t rank) { return reports[rank].physical_cores == 1; });
  if (bound >= 0 && node.logical_cores < node.host_cores) {
    warnings.push_back(where + "rank " + std::to_string(bound) + " is bound to one core and " +
                       plural(node.host_cores - node.logical_cores, "processing unit") + " of " +
                       std::to_string(node.host_cores) + " stay idle; unless that is meant, use " +
                       binding_cure(node));
  }
}

}  // namespace toyfarm::parallel
