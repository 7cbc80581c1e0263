#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "toyfarm/parallel/plan.hpp"

// Parts of make_plan.
namespace toyfarm::parallel {

/// Share of member i when `total` things are divided among `n` as equally as may be, the first ones
/// getting the remainder.
template <class T>
T equal_share(T total, std::size_t n, std::size_t i) {
  auto const count = static_cast<T>(n);
  return total / count + (static_cast<T>(i) < total % count ? 1 : 0);
}

/// Sets the threads of the node's ranks in `plans` [rank].
void give_threads(std::vector<RankPlan>& plans,
                  std::vector<RankReport> const& reports,
                  Node const& node,
                  ThreadPolicy policy);

/// Adds what is amiss with the node's ranks and threads, and the option that mends it.
void warn_about(Node const& node,
                std::vector<RankReport> const& reports,
                std::vector<RankPlan> const& plans,
                std::vector<std::string>& warnings);

}  // namespace toyfarm::parallel
