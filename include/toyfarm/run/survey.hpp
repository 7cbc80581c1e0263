#pragma once
#include <string>
#include <vector>

#include "toyfarm/hosts/hosts_file.hpp"
#include "toyfarm/io/preflight.hpp"
#include "toyfarm/parallel/job.hpp"
#include "toyfarm/run/order.hpp"

namespace toyfarm::run {

/// What toys could use on every host of the job and how fast they are there, at rank 0; empty
/// elsewhere. Hosts have the names of `entries`, those of them that are not there are added.
/// @collective
[[nodiscard]] std::vector<io::PreflightHost> survey_hosts(parallel::Job const& job,
                                                          FarmRequest const& farm,
                                                          std::vector<hosts::HostEntry> entries);

/// Adds hosts of the file that are not there, with the reason if it is known.
void add_unreachable(FarmRequest const& farm,
                     std::vector<hosts::HostEntry> const& entries,
                     std::vector<io::PreflightHost>& hosts);

/// Tables for people: the old tool's, and what it did not look at.
[[nodiscard]] std::string survey_table(std::vector<io::PreflightHost> const& hosts);

}  // namespace toyfarm::run
