#pragma once
#include "app/cli_binder.hpp"

namespace toyfarm::app {

/// Options about hosts that a running job and a plan have in common.
void bind_hosts_of_job(Binder& b, FarmOptions& o);

/// Options for a process that starts the job over the hosts itself, and those of the old launcher
/// that mean nothing any more. A started job no longer has them (see `without_launch_options`).
void bind_launch(Binder& b, FarmOptions& o);

void bind_hosts(Binder& b, HostsOptions& o);
void bind_preflight(Binder& b, PreflightOptions& o);
void bind_plan(Binder& b, PlanOptions& o);

/// How many hosts' toys, threads and weights are planned: --n-toys, --seed, --threads,
/// --weight-mode, --shard.
void bind_sharing(Binder& b, ToysOptions& o);

/// Words of a command line without the options of `bind_launch` and their values.
[[nodiscard]] std::vector<std::string> without_launch_options(
    std::vector<std::string> const& words);

/// Throws core::UsageError for options that do not go together.
void check_farm(FarmOptions const& o);

}  // namespace toyfarm::app
