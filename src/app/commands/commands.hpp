#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/parallel/job.hpp"

#include "app/cli/options.hpp"

namespace toyfarm::app {

/// Fits the observed data, prints a table, writes JSON.
core::ExitCode run_fit(FitOptions const& options);

/// Prints the NLL at a point with 17 digits.
core::ExitCode run_nll(NllOptions const& options);

/// Writes Asimov data, prints what they are of.
core::ExitCode run_asimov(AsimovOptions const& options);

/// Answers a question about the observed data or what is expected of them: prints a table, writes
/// JSON. @collective
/// `opened` is rank 0's work before MPI starts: the answer of fits, or what toys need. Returns or
/// leaves as run_toys.
struct OpenQuestion;
struct OpenQuestionDeleter {
  void operator()(OpenQuestion* question) const;
};
struct OpenedQuestion {
  core::ExitCode code = core::ExitCode::success;
  std::unique_ptr<OpenQuestion, OpenQuestionDeleter> question;
};
OpenedQuestion open_question(QuestionOptions const& options);
int run_question(QuestionOptions const& options, parallel::Job const& job, OpenedQuestion opened);

/// Rank 0's work before the first toy, and the exit code if it went wrong.
struct Opening;
struct OpeningDeleter {
  void operator()(Opening* opening) const;
};
struct Opened {
  core::ExitCode code = core::ExitCode::success;
  std::unique_ptr<Opening, OpeningDeleter> opening;  ///< rank 0 only, and only on success
};

/// Reads and validates: whatever can be wrong with what the user gave is found and logged here.
/// Makes nothing. Call at rank 0, before MPI starts (reading event files forks).
Opened open_toys(ToysOptions const& options);

/// Makes the run directory, generates and fits toys over the ranks of `job` and publishes, all but
/// the toys at rank 0. @collective
/// Returns the job's exit code, or leaves the process with it where waiting for other ranks or
/// threads would hang.
int run_toys(ToysOptions const& options, parallel::Job const& job, Opened opened);

/// Prints the plan of a run over the hosts it names, or on this one, and how long it would take.
core::ExitCode run_plan(PlanOptions const& options);

/// The same for `toys --dry-run`.
core::ExitCode run_dry(ToysOptions const& options);

/// Generates and fits one toy, prints its row, writes its events on request.
core::ExitCode run_only_toy(ToysOptions const& options);

/// Reads a hosts file, probes hosts on request, writes Open MPI's hostfile and the line to use it.
core::ExitCode run_hosts(HostsOptions const& options);

/// Reports what toys could use on every host of the job. @collective
core::ExitCode run_preflight(PreflightOptions const& options, parallel::Job const& job);

/// The preflight of hosts none of which can be reached.
core::ExitCode report_unreachable(PreflightOptions const& options,
                                  std::vector<std::pair<std::string, std::string>> const& lost);

/// Measures toys per second and core, and what they are made of.
core::ExitCode run_bench(BenchOptions const& options);

/// Tells how a run stands.
core::ExitCode run_status(StatusOptions const& options);

/// Draws run directories and answers: a page, figures.
core::ExitCode run_report(ReportOptions const& options);

/// Makes the directory of a run for a batch system.
core::ExitCode run_render(RenderOptions const& options);

/// Hands a rendered run to its batch system, once.
core::ExitCode run_submit(SubmitOptions const& options);

/// Tells how every shard of a rendered run stands, and writes it into a manifest.
core::ExitCode run_collect(CollectOptions const& options);

/// Renders a run for every entry of a list, all or none.
core::ExitCode run_sweep_render(SweepRenderOptions const& options);

/// Submits, collects, merges, runs or sums up the runs of a sweep.
core::ExitCode run_sweep(SweepOptions const& options);

/// Puts shard pieces together.
core::ExitCode run_merge(batch::MergeOrder const& order);

}  // namespace toyfarm::app
