#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "toyfarm/batch/job_files.hpp"
#include "toyfarm/batch/merge_run.hpp"
#include "toyfarm/batch/submit.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/parallel/plan.hpp"
#include "toyfarm/run/asimov.hpp"
#include "toyfarm/run/observed_fit.hpp"
#include "toyfarm/run/order.hpp"
#include "toyfarm/run/publish_journal.hpp"
#include "toyfarm/run/questions.hpp"
#include "toyfarm/run/toy_bench.hpp"

#include "app/cli/option_table.hpp"

// What the command line asks for, as plain structs; the subcommands see nothing of the parser.
namespace toyfarm::app {

struct FitOptions {
  run::InputRequest input;
  std::optional<std::string> output;  ///< "-" = standard output
  bool force = false;
  std::string toy_events;  ///< file of --dump-events to fit instead of the spec's data
  run::ObservedRequest how;
};

/// A question to one data set, and where its answer goes.
struct QuestionOptions {
  std::variant<run::ScanQuestion,
               run::SignificanceQuestion,
               run::LimitQuestion,
               run::ImpactsQuestion,
               run::IntervalQuestion,
               run::CoverageQuestion,
               run::BiasQuestion>
      question;
  run::Destination to;
};

struct AsimovOptions {
  run::AsimovQuestion question;
  std::string output;
  bool force = false;
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

/// A page of results.
struct ReportOptions {
  std::vector<std::string> sources;   ///< run directories, answers, tables of toys
  std::optional<std::string> output;  ///< "-" = standard output
  std::string svg;                    ///< folder for figures; empty: none are written
  bool force = false;
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
  ToysOptions toys;  ///< spec, generation point, seed, engine
  run::BenchOrder how;
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

struct SubmitOptions {
  std::string directory;
  batch::Files files = batch::Files::transferred;
  bool force = false;  ///< though it was submitted before
};

/// What a sweep does with the runs that it has rendered.
enum class SweepAction { submit, collect, merge, run, summarize };

struct SweepOptions {
  SweepAction action = SweepAction::summarize;
  std::string sweep_json;
  batch::Files files = batch::Files::transferred;
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

}  // namespace toyfarm::app
