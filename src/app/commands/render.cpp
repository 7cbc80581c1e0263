#include <algorithm>
#include <random>

#include <fmt/core.h>

#include "toyfarm/batch/job_files.hpp"
#include "toyfarm/batch/quoting.hpp"
#include "toyfarm/batch/stage.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/os/program.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/run/open_run.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/saved_run.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

using core::ExitCode;

std::string new_uuid() {
  std::random_device random;
  std::string text;
  for (int i = 0; i < 4; ++i) {
    text += fmt::format("{:08x}", static_cast<std::uint32_t>(random()));
  }
  return text;
}

/// What jobs run: shards need no MPI, an MPI job does.
fs::path program_of(RenderOptions const& options) {
  if (!options.program.empty()) {
    auto const program = fs::absolute(os::find_program(options.program).value_or(options.program))
                             .lexically_normal();
    if (options.job.container.empty() && !os::is_program(program)) {
      throw core::UsageError("--toyfarm-bin " + options.program + ": there is no such program");
    }
    return options.job.container.empty() ? program : fs::path(options.program);
  }
  auto const self = os::own_program();
  auto const other = self.parent_path() / (options.shards ? "toyfarm-local" : "toyfarm");
  return os::is_program(other) ? other : self;
}

batch::RenderedRun describe(RenderOptions const& options, run::Prepared const& prepared) {
  auto const& toys = options.toys;
  batch::RenderedRun run;
  run.created_at_utc = os::utc_now();
  run.run_id = toys.to.run_id.empty() ? run::default_run_id() : toys.to.run_id;
  run::check_run_id(run.run_id);
  run.uuid = new_uuid();
  run.scheduler = options.scheduler;
  run.mode = options.shards ? batch::Mode::shards : batch::Mode::mpi;
  run.config = fs::absolute(toys.request.input.config).lexically_normal().string();
  run.study = prepared.study;
  run.threads = toys.given.contains("--threads") ? toys.conduct.threads : "";
  run.shards = options.shards.value_or(1);
  run.program = program_of(options).string();
  run.directory = fs::absolute(fs::path(toys.to.out_dir.value_or("runs")) / run.run_id);
  run.directory = run.directory.lexically_normal();
  run.rendered_in = run.directory.string();
  run.guardrails = toys.conduct.guardrails;
  run.data = prepared.input.files;
  run.settings = options.settings;
  batch::checked_word("--out-dir", run.directory.string());
  return run;
}

std::vector<batch::JobFile> job_files(RenderOptions const& options, batch::RenderedRun const& run) {
  auto job = options.job;
  if (!options.prologue_file.empty()) {
    job.prologue = os::read_file(options.prologue_file);
  }
  auto files = options.scheduler == batch::Scheduler::htcondor
                   ? batch::condor_files(run, job, options.condor)
                   : batch::slurm_files(run, job, options.slurm);
  if (!options.prologue_file.empty()) {
    files.push_back({batch::prologue_name, job.prologue, false});
  }
  return files;
}

void write_job_file(fs::path const& folder, batch::JobFile const& file) {
  os::publish_text(folder / file.name, file.text);
  if (file.is_executable) {
    fs::permissions(folder / file.name,
                    fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add);
  }
}

/// That execute nodes get libraries of MPI is not what someone expects of jobs without MPI.
void tell_of_mpi(batch::Staged const& staged) {
  if (staged.links_mpi) {
    core::log_warn(
        "there is no toyfarm-local beside " + staged.source.string() +
        ": execute nodes get that program, which is linked with MPI, and the libraries of MPI; it "
        "starts no MPI there. Build toyfarm-local (cmake --build … --target toyfarm_local) and "
        "render again, or name a program without MPI with --toyfarm-bin");
  }
}

void tell(batch::RenderedRun const& run, std::vector<batch::JobFile> const& files) {
  auto const directory = run.directory.string();
  std::string names = std::string("manifest.json ") + batch::study_name;
  for (auto const& file : files) {
    names += " " + file.name;
  }
  auto const manifest = (run.directory / "manifest.json").string();
  os::print_report(fmt::format(
      "run_id={}\nrun_dir={}\n{} toys in {} {}\nfiles: {}\n"
      "next: toyfarm submit {}\nthen: toyfarm collect --manifest {}\n"
      "      toyfarm merge --manifest {} --out {}\n",
      run.run_id,
      directory,
      run.study.n_toys,
      run.shards,
      run.mode == batch::Mode::mpi ? "MPI job"
      : run.shards == 1            ? "shard"
                                   : "shards",
      names,
      batch::shell_word("run directory", directory),
      batch::shell_word("run directory", manifest),
      batch::shell_word("run directory", manifest),
      batch::shell_word("run directory", (run.directory / "merged.out.json").string())));
}

}  // namespace

ExitCode run_render(RenderOptions const& options) {
  auto const& toys = options.toys;
  auto const prepared = run::prepare(toys.request);
  run::require_poi(toys.conduct.guardrails, prepared.study);
  auto run = describe(options, prepared);
  auto const files = job_files(options, run);
  static_cast<void>(
      run::make_run_directory(run.directory.parent_path(), run.run_id, [&](fs::path const& folder) {
        auto const note = [&](std::string const& name) {
          run.files.push_back(io::file_entry(folder / name, name));
        };
        run::freeze_study(prepared, toys, folder / batch::study_name);
        note(batch::study_name);
        auto const spec = run::spec_copy_name(prepared.input.spec.path);
        os::publish_text(folder / spec, prepared.input.spec.text);
        note(spec);
        for (auto const& file : files) {
          write_job_file(folder, file);
          note(file.name);
        }
        if (run.scheduler == batch::Scheduler::htcondor && options.job.container.empty()) {
          auto const staged = batch::stage_program(run.program, folder);
          std::ranges::for_each(staged.files, note);
          tell_of_mpi(staged);
          run.staged = {staged.files.front(), staged.source.string(), staged.links_mpi};
        }
        os::publish_text(folder / "manifest.json", batch::manifest_text(run));
      }));
  tell(run, files);
  return ExitCode::success;
}

}  // namespace toyfarm::app
