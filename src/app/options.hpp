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
#include "toyfarm/ensemble/summary.hpp"
#include "toyfarm/io/events.hpp"
#include "toyfarm/parallel/plan.hpp"
#include "toyfarm/parallel/schedule.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/spec/changes.hpp"
#include "toyfarm/spec/spec.hpp"
#include "toyfarm/study/toy_runner.hpp"

#include "app/cli/option_table.hpp"

// What the command line asks for, as plain structs; the subcommands see nothing of the parser.
namespace toyfarm::app {

/// Options of every command that reads a spec.
struct InputOptions {
  std::string config;
  spec::UnknownFields unknown = spec::UnknownFields::refuse;
  std::map<std::string, std::string> data;  ///< channel -> file that replaces the spec's
  io::OutsidePolicy outside = io::OutsidePolicy::refuse;
  std::optional<std::uint64_t> max_rows;  ///< of a data file
  spec::ModelChanges changes;             ///< of the model, for this run
};

struct FitOptions {
  InputOptions input;
  std::optional<std::string> output;  ///< "-" = standard output
  bool force = false;
  std::string toy_events;  ///< file of --dump-events to fit instead of the spec's data
  parallel::ThreadPolicy threads{parallel::ThreadPolicy::Kind::count, 1};
  std::uint32_t starts = 0;          ///< to try at least
  std::optional<std::string> start;  ///< JSON of parameter values to start from
};

struct NllOptions {
  InputOptions input;
  std::optional<std::string> at;  ///< JSON of parameter values; default init
};

enum class Launch { mpirun, none };
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

enum class GenerationPoint { init, mle };
enum class Keep { rows, summary };

/// How a run is carried through. Nothing here changes a row.
struct RunControl {
  parallel::ScheduleMode schedule = parallel::ScheduleMode::dynamic;
  double checkpoint_interval = 30;   ///< seconds between fsyncs of the journal
  std::optional<double> time_limit;  ///< seconds after which to stop
  int checkpoint_exit_code = static_cast<int>(core::ExitCode::stopped);
  double patience = 0;  ///< seconds of silence after which a rank is given up; 0 = by job size
  Keep keep = Keep::rows;
  bool allow_partial = false;              ///< missing toys are no failure
  std::string resume;                      ///< run directory to go on with; empty = a new run
  std::optional<std::uint64_t> extend_to;  ///< with resume: toys of the whole study from now on
  bool take_over = false;  ///< with resume: though another process holds the journal
};

struct ToysOptions {
  InputOptions input;
  std::string study;  ///< file of a frozen study, instead of a spec; empty = none
  FarmOptions farm;
  std::uint64_t n_toys = 100;
  std::uint64_t seed = 42;
  GenerationPoint gen = GenerationPoint::init;
  std::vector<std::pair<std::string, double>> set;
  std::string remote_config;  ///< as given; parsing puts it in the place of input.config
  parallel::ThreadPolicy threads;
  std::string threads_word = "physical";
  parallel::WeightMode weight_mode = parallel::WeightMode::physical;
  std::optional<record::Shard> shard;
  record::ConstraintMode constraints = record::ConstraintMode::randomize;
  study::EngineChoice engine = study::EngineChoice::automatic;
  double max_event_memory = 64e6;  ///< bytes
  ensemble::GuardrailLimits guardrails;
  std::optional<std::string> output;
  std::optional<std::string> out_dir;
  std::string run_id;
  std::optional<std::string> json_metrics;
  bool dry_run = false;
  bool force = false;
  std::uint64_t verify = 0;  ///< toys to fit event by event as well
  std::optional<std::uint64_t> only_toy;
  std::string dump_events;
  RunControl control;
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
  ToysOptions toys;  ///< input.config may be empty
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
