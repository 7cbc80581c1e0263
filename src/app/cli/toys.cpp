#include "app/cli/toys.hpp"

#include "app/cli/farm.hpp"
#include "app/cli/run.hpp"

namespace toyfarm::app {
namespace {

record::Shard shard(std::string const& word) {
  auto const slash = word.find('/');
  if (slash == std::string::npos) {
    throw core::UsageError("--shard: '" + word + "' is not of the form INDEX/TOTAL");
  }
  record::Shard const out{count("--shard", word.substr(0, slash)),
                          count("--shard", word.substr(slash + 1))};
  if (out.total == 0 || out.index >= out.total) {
    throw core::UsageError("--shard: '" + word + "': INDEX must be below TOTAL, counting from 0");
  }
  return out;
}

void bind_results(Binder& b, ToysOptions& o) {
  b.group("Results");
  b.role(Role::command);
  b.text("-o,--output",
         "FILE: write one JSON file, the old form; - for standard output",
         [&o](std::string const& word) { o.to.output = word; });
  b.role(Role::part);
  b.text("--out-dir,--local-out-dir",
         "DIR: make the run directory in here (default runs, unless -o is given)",
         [&o](std::string const& word) { o.to.out_dir = word; });
  b.text("--run-id", "NAME: name of the run directory", [&o](std::string const& word) {
    o.to.run_id = word.empty() ? "/" : word;
  });
  b.role(Role::command);
  b.text("--json-metrics", "FILE: write a metrics JSON as well", [&o](std::string const& word) {
    o.to.json_metrics = word;
  });
  b.flag("--force", "replace an existing output file", [&o] { o.to.force = true; });
  b.text("--save-events",
         "DIR: write each toy's events as well, toy_<number>.h5 in this folder, which "
         "`fit --data CHANNEL=FILE` and `fit --toy FILE` read (HDF5)",
         [&o](std::string const& word) {
           if (word.empty()) {
             throw core::UsageError("--save-events: the name is empty");
           }
           o.conduct.save_events = word;
         });
  b.role(Role::single);
  b.flag("--dry-run", "print the plan and stop; writes nothing", [&o] { o.dry_run = true; });
  b.group("Checks of the results");
  b.guardrails(o.conduct.guardrails);
  b.role(Role::conduct);
  b.text("--verify",
         "K: fit K random toys event by event as well, tell the largest differences",
         [&o](std::string const& word) { o.conduct.verify = count("--verify", word); });
}

void bind_only_toy(Binder& b, ToysOptions& o) {
  b.role(Role::single);
  b.text("--only-toy",
         "K: generate and fit this one toy and print its row",
         [&o](std::string const& word) { o.only_toy = count("--only-toy", word); });
  b.text("--dump-events",
         "FILE: with --only-toy: fit event by event and write the events to this HDF5 file",
         [&o](std::string const& word) { o.dump_events = word; });
}

}  // namespace

void bind_study(Binder& b, ToysOptions& o, Binder::Spec spec) {
  b.role(Role::study);
  b.input(o.request.input, spec);
  b.text("--seed", "K: 64-bit seed (default 42)", [&o](std::string const& word) {
    o.request.seed = count("--seed", word);
  });
  b.choice("--gen",
           "generation point: the spec's init (default), or mle, the fit of the observed data",
           o.request.gen);
  b.values("--set", "overrides one value of the generation point", o.request.set);
  b.choice("--constraints",
           "global observables of each toy are drawn (randomize, the default) or the spec's means",
           o.request.constraints);
  b.engine(o.request.engine);
  b.text("--max-event-memory",
         "BYTES: largest size of a toy's events that may be fitted event by event where nodes are "
         "not exact "
         "enough; with k, M, G at the end (default 64M)",
         [&o](std::string const& word) {
           o.request.max_event_memory = bytes("--max-event-memory", word);
         });
}

void bind_toys(Binder& b, ToysOptions& o) {
  b.group("Study");
  bind_study(b, o, Binder::Spec::optional);
  b.role(Role::part);
  b.text(
      "--study",
      "FILE: a study that `render` has frozen, instead of --config and all that decides about rows",
      [&o](std::string const& word) {
        if (word.empty()) {
          throw core::UsageError("--study: the name is empty");
        }
        o.study = word;
      });
  b.text("--shard", "INDEX/TOTAL: run only this part of the study", [&o](std::string const& word) {
    o.shard = shard(word);
  });
  bind_sharing(b, o);
  b.group("Running, stopping, resuming");
  bind_resume(b, o.resume);
  bind_conduct(b, o.conduct);
  bind_results(b, o);
  b.group("One toy");
  bind_only_toy(b, o);
  b.group("Hosts");
  bind_hosts_of_job(b, o.farm);
  bind_launch(b, o.farm);
  b.role(Role::study);
  b.text("--remote-config",
         "SPEC: the spec as the hosts see it, instead of --config",
         [&o](std::string const& word) { o.remote_config = word; });
}

void check_toys(ToysOptions const& o) {
  if (o.request.input.config.empty() && o.study.empty() && o.resume.directory.empty()) {
    throw core::UsageError("toys: --config is required (or --resume RUN_DIR)");
  }
  if (!o.study.empty() && (o.dry_run || o.only_toy)) {
    throw core::UsageError("--dry-run and --only-toy go with --config, not with --study");
  }
  if (o.resume.directory.empty() && (o.resume.extend_to || o.resume.take_over)) {
    throw core::UsageError("--extend-to and --take-over go with --resume RUN_DIR");
  }
  if (!o.dump_events.empty() && !o.only_toy) {
    throw core::UsageError("--dump-events goes with --only-toy");
  }
  if (o.only_toy && !o.conduct.save_events.empty()) {
    throw core::UsageError("--only-toy has --dump-events FILE instead of --save-events");
  }
  if (o.only_toy && *o.only_toy >= o.request.n_toys) {
    throw core::UsageError("--only-toy " + std::to_string(*o.only_toy) + ": the study has " +
                           std::to_string(o.request.n_toys) + " toys (--n-toys), counted from 0");
  }
  if (o.conduct.keep == run::Keep::summary && o.shard) {
    throw core::UsageError("--keep summary: merge needs the rows of a --shard run");
  }
  if (o.to.output == "-" && o.to.json_metrics == "-") {
    throw core::UsageError("-o - and --json-metrics - would mix two documents on standard output");
  }
}

}  // namespace toyfarm::app
