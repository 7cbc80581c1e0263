#pragma once
#include <string>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/ensemble/summary.hpp"

namespace toyfarm::batch {

/// What is to be put together, and where.
struct MergeOrder {
  std::string manifest;  ///< of a rendered run, instead of inputs
  std::vector<std::string> inputs;
  std::string output;
  bool force = false;
  bool allow_partial = false;
  bool accept_unverified = false;  ///< the pieces are of the old program
  ensemble::GuardrailLimits guardrails;
  bool limits_given = false;  ///< otherwise those of the manifest
};

struct MergeOutcome {
  core::ExitCode code;
  std::string report;  ///< for people; empty where nothing was merged, or the result is on stdout
};

/// Puts shard pieces together, judges and publishes them. Refusals are logged.
[[nodiscard]] MergeOutcome merge_run(MergeOrder const& order);

}  // namespace toyfarm::batch
