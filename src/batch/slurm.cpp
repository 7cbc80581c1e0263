#include "toyfarm/batch/job_files.hpp"
#include "toyfarm/batch/quoting.hpp"
#include "toyfarm/core/error.hpp"

#include "batch/embedded.hpp"
#include "batch/template.hpp"

namespace toyfarm::batch {
namespace {

/// SIGUSR1 comes this many seconds before the time is over (Slurm may send it a minute earlier).
constexpr int seconds_of_warning = 120;

class Directives {
 public:
  void add(std::string const& name, std::string const& value) {
    if (!value.empty()) {
      text_ += slurm_directive(name, value) + "\n";
    }
  }
  void add(std::string const& name, std::uint64_t number) {
    if (number > 0) {
      add(name, std::to_string(number));
    }
  }
  void flag(std::string const& name) { text_ += "#SBATCH --" + name + "\n"; }
  [[nodiscard]] std::string const& text() const { return text_; }

 private:
  std::string text_;
};

/// Directives of both kinds of job, but for the name of the output.
void add_common(Directives& d, RenderedRun const& run, SlurmSettings const& slurm) {
  d.add("job-name", slurm.job_name);
  d.add("chdir", run.directory.string());
  d.add("time", slurm.time);
  d.add("partition", slurm.partition);
  d.add("account", slurm.account);
  d.add("qos", slurm.qos);
  d.add("mem", slurm.memory);
  d.add("constraint", slurm.constraint);
  d.add("exclude", slurm.exclude);
  d.add("cpus-per-task", slurm.cpus_per_task);
  d.add("mail-user", slurm.mail_user);
  d.add("mail-type",
        slurm.mail_type.empty() && !slurm.mail_user.empty() ? "END,FAIL" : slurm.mail_type);
  d.flag("signal=B:USR1@" + std::to_string(seconds_of_warning));
  d.flag(slurm.requeue ? "requeue" : "no-requeue");
  d.flag("open-mode=append");
}

std::string array_directives(RenderedRun const& run, SlurmSettings const& slurm) {
  Directives d;
  add_common(d, run, slurm);
  auto tasks = "0-" + std::to_string(run.shards - 1);
  if (slurm.array_throttle > 0) {
    tasks.append("%").append(std::to_string(slurm.array_throttle));
  }
  d.add("array", tasks);
  d.flag("output=slurm-%A_%a.out");
  return d.text();
}

std::string mpi_directives(RenderedRun const& run, SlurmSettings const& slurm) {
  Directives d;
  add_common(d, run, slurm);
  d.add("nodes", slurm.nodes > 0 ? slurm.nodes : 1);
  d.add("ntasks-per-node", slurm.ntasks_per_node > 0 ? slurm.ntasks_per_node : 1);
  if (slurm.cpus_per_task == 0) {
    d.flag("exclusive");  // a rank with the cores of its node
  }
  d.flag("output=slurm-%j.out");
  d.flag("no-kill");
  return d.text();
}

/// Shell function that makes the surroundings of a job.
std::string set_up(JobSettings const& job) {
  std::string text = "set_up() {\n  :\n";
  for (auto const& module : job.modules) {
    text += "  module load " + shell_word("--module", module) + "\n";
  }
  if (!job.prologue.empty()) {
    text += "  source ./" + std::string(prologue_name) + "\n";
  }
  return text + "}\n";
}

std::string container(JobSettings const& job) {
  std::vector<std::string> words;
  if (!job.container.empty()) {
    words = {job.container_runtime, "exec", job.container};
  }
  return "container=(" + shell_words("--container", words) + ")\n";
}

std::string options(JobSettings const& job) {
  return "options=(" + shell_words("an option of toys", job.toys_words) + ")\n";
}

std::string assignment(std::string const& name, std::string const& value) {
  return name + "=" + shell_word(name, value) + "\n";
}

JobFile array_script(RenderedRun const& run, SlurmSettings const& slurm) {
  auto text = std::string(embedded("slurm_array_job.sh"));
  text = with_region(text, "directives", array_directives(run, slurm));
  text = with_region(text,
                     "rendered",
                     assignment("run_dir", run.directory.string()) +
                         assignment("requeue", slurm.requeue ? "yes" : "no"));
  return {"slurm_array_job.sh", text, true};
}

// The head stands in for what a site changes by hand in jobscripts/slurm_mpi_job.sh; the rest is
// the same.
JobFile mpi_script(RenderedRun const& run, JobSettings const& job, SlurmSettings const& slurm) {
  auto words = job.toys_words;
  if (!run.threads.empty()) {
    words.insert(words.end(), {"--threads", run.threads});
  }
  std::string const begin =
      std::string("--study ") + study_name + " --out-dir . --run-id " + mpi_run_name;
  std::string const text =
      "#!/usr/bin/env bash\n" + mpi_directives(run, slurm) +
      "# Runs a rendered run as one MPI job, which requeues itself before its time is over and "
      "goes "
      "on by itself.\nset -euo pipefail\n\n" +
      assignment("root", run.directory.string()) + assignment("toyfarm", run.program) +
      "toyfarm=${TOYFARM:-$toyfarm}\nmpi=${TOYFARM_SRUN_MPI:-pmix}\n" +
      options({words, {}, {}, {}, {}}) + set_up(job) +
      "\ncd \"$root\"\nset_up\n# shellcheck source=/dev/null\nsource ./lib.sh\n" + container(job) +
      "job_script=\"sbatch $root/slurm_mpi_job.sh\"\n"
      ": \"${SLURM_JOB_ID:?this is a script for sbatch}\"\n"
      "if [[ -z ${SLURM_CPUS_PER_TASK:-} ]]; then  # all cores of the node for its ranks\n"
      "  export SLURM_CPUS_PER_TASK=$((SLURM_CPUS_ON_NODE / ${SLURM_NTASKS_PER_NODE:-1}))\n"
      "fi\n"
      "if [[ -e " +
      mpi_run_name + "/journal.toyfarm ]]; then\n  read_arguments " + mpi_run_name + " --resume " +
      mpi_run_name + " \"${options[@]}\"\nelse\n  read_arguments " + mpi_run_name + " " + begin +
      " \"${options[@]}\"\nfi\n\n" +
      after_line(std::string(embedded("slurm_mpi_job.sh")), "# --- The job");
  return {"slurm_mpi_job.sh", text, true};
}

/// Slurm puts the folder before the name of the output and expands both (%j), unless there is a
/// backslash in either.
void refuse_patterns(std::string const& directory) {
  if (directory.find_first_of("%\\") != std::string::npos) {
    throw core::UsageError("the run directory " + directory +
                           " has a % or a backslash in its path, which Slurm would expand; choose "
                           "another --out-dir");
  }
}

}  // namespace

JobFile shard_script(RenderedRun const& run, JobSettings const& job) {
  auto const settings =
      assignment("toyfarm", run.program) + assignment("shards", std::to_string(run.shards)) +
      assignment("threads", run.threads) + options(job) + container(job) + set_up(job);
  return {"run_one_shard.sh",
          with_region(std::string(embedded("run_one_shard.sh")), "rendered", settings),
          true};
}

std::vector<JobFile> slurm_files(RenderedRun const& run,
                                 JobSettings const& job,
                                 SlurmSettings const& slurm) {
  refuse_patterns(run.directory.string());
  if (run.mode == Mode::mpi) {
    return {mpi_script(run, job, slurm), {"lib.sh", std::string(embedded("lib.sh")), false}};
  }
  return {shard_script(run, job), array_script(run, slurm)};
}

}  // namespace toyfarm::batch
