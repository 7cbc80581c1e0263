#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/batch/job_files.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/parallel/plan.hpp"
#include "toyfarm/run/request.hpp"

#include "app/cli/option_table.hpp"

// What the command line asks for, as plain structs; the subcommands see nothing of the parser.
namespace toyfarm::app {

struct FitOptions {
  run::InputRequest input;
  std::optional<std::string> output;  ///< "-" = standard output
  bool force = false;
  std::string toy_events;  ///< file of --dump-events to fit instead of the spec's data
  parallel::ThreadPolicy threads{parallel::ThreadPolicy::Kind::count, 1};
  std::uint32_t starts = 0;          ///< to try at least
  std::optional<std::string> start;  ///< JSON of parameter values to start from
};

struct NllOptions {
  run::InputRequest input;
  std::optional<std::string> at;  ///< JSON of parameter values; default init
};

enum class Launch { mpirun, none };
constexpr core::WordTable<Launch, 2> words_of(Launch /*any*/) {
  return {{{Launch::mpirun, "mpirun"}, {Launch::none, "none"}}};
}
enum class Reachability { probe, trust };
enum class UnreachableHosts { refuse, leave_out };

/// What a command line says about hosts and how to get there.
struct FarmOptions {
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

/// How an old run is gone on with.
struct ResumeOptions {
  std::string directory;                   ///< empty = a new run
  std::optional<std::uint64_t> extend_to;  ///< toys of the whole study from now on
  bool take_over = false;                  ///< though another process holds the journal
};

struct ToysOptions {
  run::Request request;
  run::Conduct conduct;
  run::Destination to;
  ResumeOptions resume;
  std::string study;  ///< file of a frozen study, instead of a spec; empty = none
  std::optional<record::Shard> shard;
  FarmOptions farm;
  std::string remote_config;  ///< as given; parsing puts it in the place of the request's
  bool dry_run = false;
  std::optional<std::uint64_t> only_toy;
  std::string dump_events;
  std::string command_line;
  GivenOptions given;  ///< on the command line
};

struct PublishOptions {
  std::string directory;
  bool allow_partial = false;
  bool take_over = false;
  std::string command_line;
};

struct StatusOptions {
  std::string directory;
  bool json = false;
};

struct HostsOptions {
  FarmOptions farm;
  std::string out_hostfile;
};

struct PreflightOptions {
  FarmOptions farm;
  std::string out;
};

struct PlanOptions {
  ToysOptions toys;  ///< its spec may be empty
  bool json = false;
  std::string out;
};

struct BenchOptions {
  ToysOptions toys;                     ///< spec, generation point, seed, engine
  std::optional<std::uint64_t> n_toys;  ///< none: as many as take a second
  int threads = 1;
  bool json = false;
};

/// A run for a batch system: what `toys` would run, and how the jobs are to be.
struct RenderOptions {
  ToysOptions toys;
  batch::Scheduler scheduler = batch::Scheduler::slurm;
  std::optional<std::uint64_t> shards;  ///< none: one MPI job
  std::string program;                  ///< that jobs run; empty = this one
  batch::JobSettings job;
  batch::SlurmSettings slurm;
  batch::CondorSettings condor;
  std::string prologue_file;
  std::vector<std::pair<std::string, std::string>> settings;  ///< options given, for the manifest
};

/// Where an HTCondor job finds its files.
enum class CondorFiles { transfer, shared };
constexpr core::WordTable<CondorFiles, 2> words_of(CondorFiles /*any*/) {
  return {{{CondorFiles::transfer, "transfer"}, {CondorFiles::shared, "shared"}}};
}

struct SubmitOptions {
  std::string directory;
  CondorFiles files = CondorFiles::transfer;
  bool force = false;  ///< though it was submitted before
};

/// What a sweep does with the runs that it has rendered.
enum class SweepAction { submit, collect, merge, run, summarize };

struct SweepOptions {
  SweepAction action = SweepAction::summarize;
  std::string sweep_json;
  CondorFiles files = CondorFiles::transfer;
  double poll_s = 10;  ///< between questions to the queue
  bool collects = true, merges = true;
  bool force = false;  ///< submits again what was submitted and is not complete
  std::string out_md, out_csv, out_svg;
};

/// One run of the same study per entry: of shards, or of an MPI job by ranks and threads.
struct SweepRenderOptions {
  RenderOptions render;  ///< of every run
  std::vector<std::uint64_t> shards, ranks;
  std::vector<std::uint64_t> threads;  ///< with ranks: each of these for each of those
  std::string out_root, sweep_id;
};

struct CollectOptions {
  std::string manifest;
  std::string out;        ///< empty = manifest.collected.json beside the manifest
  bool in_place = false;  ///< rewrite the manifest itself
};

struct MergeOptions {
  std::string manifest;  ///< of a rendered run, instead of inputs
  std::vector<std::string> inputs;
  std::string output;
  bool force = false;
  bool allow_partial = false;
  bool accept_unverified = false;  ///< the pieces are of the old program
  ensemble::GuardrailLimits guardrails;
  bool limits_given = false;  ///< otherwise those of the manifest
};

}  // namespace toyfarm::app
