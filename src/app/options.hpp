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
#include "toyfarm/run/order.hpp"
#include "toyfarm/run/publish_journal.hpp"

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

struct ToysOptions : run::Order {
  std::string remote_config;  ///< as given; parsing puts it in the place of the request's
  bool dry_run = false;
  std::optional<std::uint64_t> only_toy;
  std::string dump_events;
  GivenOptions given;  ///< on the command line
};

struct StatusOptions {
  std::string directory;
  bool json = false;
};

struct HostsOptions {
  run::FarmRequest farm;
  std::string out_hostfile;
};

struct PreflightOptions {
  run::FarmRequest farm;
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
