#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/hosts/probe.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/run/request.hpp"

namespace toyfarm::run {

enum class Launch { mpirun, none };
constexpr core::WordTable<Launch, 2> words_of(Launch /*any*/) {
  return {{{Launch::mpirun, "mpirun"}, {Launch::none, "none"}}};
}
enum class Reachability { probe, trust };
enum class UnreachableHosts { refuse, leave_out };

/// Which hosts a job may use, and how to get there. Said anew by every process, never recorded.
struct FarmRequest {
  std::string hosts_file;  ///< empty = none
  std::string preflight_json;
  parallel::MissingHosts missing = parallel::MissingHosts::refuse;
  int ranks_per_host = 1;
  hosts::Login login;
  std::string ssh_key;
  int connect_timeout_s = 15;
  int jobs = 0;  ///< probes at a time; 0 = a few
  Reachability reachability = Reachability::probe;
  UnreachableHosts unreachable = UnreachableHosts::refuse;
  Launch launch = Launch::mpirun;
  int command_timeout_s = 0;                ///< for toys of a job this process starts
  std::string program;                      ///< to start on the hosts; empty = this one
  std::vector<std::string> without_effect;  ///< options of the old launcher that were given
  std::vector<std::pair<std::string, std::string>>
      known_unreachable;  ///< host and why, found by the process that started this job
};

/// What stays as the record of a run has it where the run is gone on with: all that is not said
/// anew.
struct Kept {
  bool rows = true, threads = true, weight_mode = true, verify = true, guardrails = true;
  bool output = true, json_metrics = true;
};

/// How an old run is gone on with.
struct Continuation {
  std::string directory;                   ///< empty = a new run
  std::optional<std::uint64_t> extend_to;  ///< toys of the whole study from now on
  bool take_over = false;                  ///< though another process holds the journal
  Kept kept;                               ///< also of a frozen study
};

/// A run as it is asked for: what, how, where its results go, and what it is the continuation of.
struct Order {
  Request request;
  Conduct conduct;
  Destination to;
  Continuation resume;
  std::string study;  ///< file of a frozen study, instead of a spec; empty = none
  std::optional<record::Shard> shard;
  FarmRequest farm;
  std::string command_line;
};

}  // namespace toyfarm::run
