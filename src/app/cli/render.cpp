#include "app/cli/render.hpp"

#include "app/cli/farm.hpp"
#include "app/cli/run.hpp"
#include "app/cli/toys.hpp"

namespace toyfarm::app {
namespace {

Binder::Set into(std::string& place) {
  return [&place](std::string const& word) { place = word; };
}

/// A whole number that may be 0 for "not said", as the old options have it.
Binder::Set into(std::string const& option, std::uint64_t& place, std::uint64_t most = 1'000'000) {
  return [option, &place, most](std::string const& word) {
    place = count(option, word);
    if (place > most) {
      throw core::UsageError(option + ": '" + word + "' is larger than " + std::to_string(most));
    }
  };
}

void bind_slurm(Binder& b, batch::SlurmSettings& o) {
  b.group("Slurm");
  b.text("--slurm-time", "TIME: limit of a job, as sbatch takes it", into(o.time));
  b.text(
      "--slurm-cpus-per-task",
      "N: cores of a shard's job or of a rank (0: what the queue gives a shard; all of a node for "
      "the ranks on it)",
      into("--slurm-cpus-per-task", o.cpus_per_task));
  b.text("--slurm-nodes", "N: nodes of the MPI job (default 1)", into("--slurm-nodes", o.nodes));
  b.text(
      "--slurm-ntasks-per-node",
      "N: ranks on a node (default 1); nodes of several NUMA domains may do better with one each",
      into("--slurm-ntasks-per-node", o.ntasks_per_node));
  b.text("--slurm-partition", "NAME: partition", into(o.partition));
  b.text("--slurm-account", "NAME: account to charge", into(o.account));
  b.text("--slurm-qos", "NAME: quality of service", into(o.qos));
  b.text("--slurm-mem", "SIZE: memory per node", into(o.memory));
  b.text("--slurm-constraint", "FEATURES: what nodes must have", into(o.constraint));
  b.text("--slurm-exclude", "NODES: to leave out", into(o.exclude));
  b.text("--slurm-array-throttle",
         "N: shards that may run at a time (0: all)",
         into("--slurm-array-throttle", o.array_throttle));
  b.text("--slurm-job-name", "NAME: of the job (default toyfarm)", into(o.job_name));
  b.text("--slurm-mail-user", "ADDRESS: for mail", into(o.mail_user));
  b.text("--slurm-mail-type", "EVENTS: for mail (default END,FAIL)", into(o.mail_type));
  b.flag("--slurm-no-requeue", "end, rather than queue again, when the time is over", [&o] {
    o.requeue = false;
  });
}

void bind_condor(Binder& b, batch::CondorSettings& o) {
  b.group("HTCondor");
  b.text("--condor-request-cpus",
         "N: cores of a shard's job (0: 1)",
         into("--condor-request-cpus", o.request_cpus));
  b.text(
      "--condor-request-memory", "SIZE: memory, as condor_submit takes it", into(o.request_memory));
  b.text("--condor-request-disk", "SIZE: disk likewise", into(o.request_disk));
  b.text("--condor-requirements",
         "EXPRESSION: ClassAd expression that machines meet",
         into(o.requirements));
  b.text("--condor-accounting-group", "NAME: group to charge", into(o.accounting_group));
  b.text("--condor-max-retries",
         "N: starts of a shard that failed, besides the first (default 3)",
         into("--condor-max-retries", o.max_retries));
}

void check_mode(RenderOptions const& o) {
  if (o.scheduler == batch::Scheduler::htcondor && !o.shards) {
    throw core::UsageError("render --scheduler htcondor: --shards is required");
  }
  if (o.shards && (*o.shards == 0 || *o.shards > batch::most_shards)) {
    throw core::UsageError("--shards: " + std::to_string(*o.shards) + " is not between 1 and " +
                           std::to_string(batch::most_shards));
  }
  if (o.shards && o.toys.conduct.keep == run::Keep::summary) {
    throw core::UsageError("--keep summary: merge needs the rows of shards");
  }
  if (o.shards && o.toys.given.contains("--checkpoint-exit-code")) {
    throw core::UsageError("--checkpoint-exit-code: the scripts of shards set it themselves");
  }
  if (o.toys.request.n_toys == 0) {
    throw core::UsageError("--n-toys: must be at least 1");
  }
}

}  // namespace

void bind_batch_system(Binder& b, RenderOptions& o) {
  b.group("Jobs");
  b.role(Role::command);
  b.required_text("--scheduler", "slurm|htcondor: the batch system", [&o](std::string const& word) {
    o.scheduler = one_of<batch::Scheduler>(
        "--scheduler",
        word,
        {{"slurm", batch::Scheduler::slurm}, {"htcondor", batch::Scheduler::htcondor}});
  });
  b.role(Role::command);
  b.text("--toyfarm-bin,--nextstat-bin",
         "PROGRAM: what jobs run (default this one; toyfarm-local beside it for shards)",
         into(o.program));
  b.role(Role::batch);
  b.many("--module",
         "NAME: environment module to load first; may be repeated",
         [&o](auto const& words) { o.job.modules = words; });
  b.text("--prologue",
         "FILE: shell script of yours that is copied and sourced before the program runs",
         into(o.prologue_file));
  b.text("--container", "IMAGE: container image to run the program in", into(o.job.container));
  b.text("--container-runtime",
         "PROGRAM: what runs containers in Slurm jobs (default apptainer)",
         into(o.job.container_runtime));
  b.role(Role::legacy);
  b.flag("--allow-outside",
         "accepted; jobs get no file that the spec names, so none can leave this machine",
         [] {});
  b.role(Role::batch);
  bind_slurm(b, o.slurm);
  bind_condor(b, o.condor);
}

void bind_render(Binder& b, RenderOptions& o) {
  b.group("Study");
  bind_study(b, o.toys);
  bind_sharing(b, o.toys);
  b.group("Run directory and guardrails");
  b.role(Role::part);
  b.text("--shards",
         "K: jobs to cut the toys into, without MPI; not given, with slurm: one MPI job",
         [&o](std::string const& word) { o.shards = count("--shards", word); });
  b.text("--out-dir", "DIR: make the run directory in here (default runs)", [&o](auto const& word) {
    o.toys.to.out_dir = word;
  });
  b.text("--run-id", "NAME: of the run directory", [&o](std::string const& word) {
    o.toys.to.run_id = word.empty() ? "/" : word;
  });
  b.guardrails(o.toys.conduct.guardrails);
  b.group("Running, stopping");
  bind_conduct(b, o.toys.conduct);
  b.text("--verify",
         "K: each job fits K random toys event by event as well, tells the largest differences",
         [&o](std::string const& word) { o.toys.conduct.verify = count("--verify", word); });
  bind_batch_system(b, o);
}

void bind_collect(Binder& b, CollectOptions& o) {
  b.required_text("--manifest", "FILE: manifest.json of a rendered run", into(o.manifest));
  b.flag("--in-place", "write the results into the manifest itself", [&o] { o.in_place = true; });
  b.text("--out",
         "FILE: where to write them (default manifest.collected.json beside it)",
         into(o.out));
}

void check_render(RenderOptions& o) {
  check_mode(o);
  for (auto const& [name, role, values] : o.toys.given) {
    bool const is_handed_on = role == Role::conduct && name != "--threads";  // scripts name those
    if (!is_handed_on && role != Role::batch) {
      continue;
    }
    for (auto const& value : values.empty() ? Words{""} : values) {
      if (is_handed_on) {
        o.job.toys_words.push_back(value.empty() ? name : name + "=" + value);
      }
      o.settings.emplace_back(name, value);
    }
  }
}

}  // namespace toyfarm::app
