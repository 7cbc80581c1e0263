#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

/// Options about hosts that a running job and a plan have in common.
void bind_hosts_of_job(Binder& b, run::FarmRequest& o);

/// Options for a process that starts the job over the hosts itself, and those of the old launcher
/// that mean nothing any more. A started job no longer has them (roles launch and legacy).
void bind_launch(Binder& b, run::FarmRequest& o);

void bind_hosts(Binder& b, HostsOptions& o);
void bind_preflight(Binder& b, PreflightOptions& o);
void bind_plan(Binder& b, PlanOptions& o);

/// How many hosts' toys, threads and weights are planned: --n-toys, --seed, --threads,
/// --weight-mode, --shard.
void bind_sharing(Binder& b, ToysOptions& o);

/// Throws core::UsageError for options that do not go together.
void check_farm(run::FarmRequest const& o);

}  // namespace toyfarm::app
