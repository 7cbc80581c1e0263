#pragma once
#include <set>
#include <string>
#include <string_view>

#include "toyfarm/parallel/topology.hpp"

// Lists of processing units or cores as the Linux kernel writes them: "0-3,8".
namespace toyfarm::parallel {

/// The numbers a list names. Throws core::RuntimeFailure when it is not one.
[[nodiscard]] std::set<int> parse_core_list(std::string_view list);

/// Processing units a report allows; the first logical_cores ones when it has no list.
[[nodiscard]] std::set<int> units_of(RankReport const& report);

/// Cores a report allows; without a list, as many of its units as it has physical cores.
[[nodiscard]] std::set<int> cores_of(RankReport const& report);

}  // namespace toyfarm::parallel
