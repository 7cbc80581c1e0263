#include "toyfarm/parallel/plan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/error.hpp"

#include "parallel/core_list.hpp"

namespace toyfarm::parallel {
namespace {

// Above it a number is a slip of the keyboard, not a node.
constexpr int n_threads_max = 65536;

/// Share of member i when `total` things are divided among `n` as equally as may be, the first ones
/// getting the remainder.
template <class T>
T equal_share(T total, std::size_t n, std::size_t i) {
  auto const count = static_cast<T>(n);
  return total / count + (static_cast<T>(i) < total % count ? 1 : 0);
}

double weight_of(Node const& node, WeightMode mode) {
  switch (mode) {
    case WeightMode::uniform:
      return 1;
    case WeightMode::physical:
      return node.physical_cores;
    case WeightMode::logical:
      break;
  }
  return node.logical_cores;
}

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

void warn_about(Node const& node,
                std::vector<RankReport> const& reports,
                std::vector<RankPlan> const& plans,
                std::vector<std::string>& warnings) {
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

}  // namespace

WeightMode weight_mode(std::string_view word) {
  for (auto const mode : {WeightMode::uniform, WeightMode::physical, WeightMode::logical}) {
    if (word == to_string(mode)) {
      return mode;
    }
  }
  throw core::UsageError("--weight-mode: '" + std::string(word) +
                         "' is none of uniform, physical, logical");
}

std::string_view to_string(WeightMode mode) noexcept {
  switch (mode) {
    case WeightMode::uniform:
      return "uniform";
    case WeightMode::physical:
      return "physical";
    case WeightMode::logical:
      break;
  }
  return "logical";
}

ThreadPolicy thread_policy(std::string_view word) {
  if (word == "physical") {
    return {ThreadPolicy::Kind::physical, 0};
  }
  if (word == "logical" || word == "auto" || word == "nextstat-auto") {
    return {ThreadPolicy::Kind::logical, 0};
  }
  int count = -1;
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
  if (error != std::errc() || end != word.data() + word.size() || count < 0 ||
      count > n_threads_max) {
    throw core::UsageError(
        "--threads: '" + std::string(word) +
        "' is none of physical, logical, auto, nextstat-auto, 0 (all allowed) or a number up to " +
        std::to_string(n_threads_max));
  }
  return count == 0 ? ThreadPolicy{ThreadPolicy::Kind::logical, 0}
                    : ThreadPolicy{ThreadPolicy::Kind::count, count};
}

std::vector<std::uint64_t> largest_remainder(std::vector<double> const& weights, std::uint64_t n) {
  auto const sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  TOYFARM_EXPECTS(std::isfinite(sum) && sum > 0);
  TOYFARM_EXPECTS(std::ranges::all_of(weights, [](double weight) { return weight >= 0; }));
  std::vector<std::uint64_t> shares;
  std::vector<double> fractions;
  auto left = n;
  for (double const weight : weights) {
    double const raw = (weight / sum) * static_cast<double>(n);
    // Above 2^53 the floors may add up to more than n, or a raw share may not fit: never give more
    // than there is.
    auto const share =
        raw < static_cast<double>(n) ? std::min(left, static_cast<std::uint64_t>(raw)) : left;
    shares.push_back(share);
    fractions.push_back(raw - std::floor(raw));
    left -= share;
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&fractions](std::size_t a, std::size_t b) { return fractions[a] > fractions[b]; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    shares[order[i]] += equal_share(left, order.size(), i);
  }
  TOYFARM_ENSURES(std::accumulate(shares.begin(), shares.end(), std::uint64_t{0}) == n);
  return shares;
}

Plan make_plan(std::vector<RankReport> const& reports,
               core::ToyRange range,
               WeightMode mode,
               ThreadPolicy threads) {
  TOYFARM_EXPECTS(!reports.empty());
  Plan plan;
  for (std::size_t rank = 0; rank < reports.size(); ++rank) {
    TOYFARM_EXPECTS(reports[rank].rank == static_cast<int>(rank));
    plan.ranks.push_back({.rank = reports[rank].rank, .host = reports[rank].host});
  }
  auto const nodes = group_by_node(reports);
  std::vector<double> weights;
  for (auto const& node : nodes) {
    weights.push_back(weight_of(node, mode));
  }
  auto const shares = largest_remainder(weights, range.count);
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    auto const n_ranks = nodes[k].ranks.size();
    for (std::size_t i = 0; i < n_ranks; ++i) {
      auto& mine = plan.ranks[static_cast<std::size_t>(nodes[k].ranks[i])];
      mine.weight = weights[k] / static_cast<double>(n_ranks);
      mine.range.count = equal_share(shares[k], n_ranks, i);
    }
    give_threads(plan.ranks, reports, nodes[k], threads);
    warn_about(nodes[k], reports, plan.ranks, plan.warnings);
  }
  auto next = range.first.value;
  for (auto& rank : plan.ranks) {
    rank.range.first.value = next;
    next += rank.range.count;
  }
  return plan;
}

}  // namespace toyfarm::parallel
