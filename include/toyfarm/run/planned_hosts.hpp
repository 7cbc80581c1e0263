#pragma once
#include <string>
#include <vector>

#include "toyfarm/hosts/probe.hpp"
#include "toyfarm/run/order.hpp"

namespace toyfarm::run {

/// How the command line has hosts reached.
[[nodiscard]] hosts::Access access_of(FarmRequest const& options);

/// How a job or a plan shares toys out: the modes asked for with its hosts file, read here.
[[nodiscard]] parallel::PlanOptions plan_options(Order const& order);

/// The ranks that a job over these hosts would have, `ranks_per_host` on each: what the preflight
/// file knows of them, and without one only their names. Hosts that it does not know or could not
/// reach have none. Without a hosts file: all hosts it reached, or this one. Throws DataError where
/// no host is left.
[[nodiscard]] std::vector<parallel::RankReport> planned_reports(FarmRequest const& options);

/// The hosts of the file that can be reached, probed unless they are to be trusted; those that
/// cannot are added to `lost` with the reason. Throws core::Error (1) naming them where they may
/// not be left out, or where none is left.
[[nodiscard]] std::vector<hosts::HostEntry> reachable_hosts(
    FarmRequest const& options, std::vector<std::pair<std::string, std::string>>& lost);

}  // namespace toyfarm::run
