#include "app/cli/sweep.hpp"

#include <algorithm>

#include "app/cli/farm.hpp"
#include "app/cli/render.hpp"
#include "app/cli/run.hpp"
#include "app/cli/toys.hpp"

namespace toyfarm::app {
namespace {

Binder::Set into(std::string& place) {
  return [&place](std::string const& word) { place = word; };
}

/// Numbers separated by commas, each once, in the order given.
std::vector<std::uint64_t> numbers(std::string const& option,
                                   std::string const& list,
                                   std::uint64_t most) {
  std::vector<std::uint64_t> out;
  for (std::size_t begin = 0; begin <= list.size();) {
    auto const end = std::min(list.find(',', begin), list.size());
    auto word = list.substr(begin, end - begin);
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    auto const n = count(option, word);
    if (n == 0 || n > most) {
      throw core::UsageError(option + ": '" + word + "' is not between 1 and " +
                             std::to_string(most));
    }
    if (std::ranges::find(out, n) != out.end()) {
      throw core::UsageError(option + ": " + word +
                             " is there twice; both would be one run directory");
    }
    out.push_back(n);
    begin = end + 1;
  }
  return out;
}

Binder::Set numbers_into(std::string const& option,
                         std::vector<std::uint64_t>& place,
                         std::uint64_t most) {
  return [option, &place, most](std::string const& list) { place = numbers(option, list, most); };
}

void bind_files(Binder& b, batch::Files& files) {
  b.choice("--mode",
           "HTCondor: files travel with the jobs (default), or lie on a file system that all see",
           files);
}

void bind_sweep_json(Binder& b, SweepOptions& o, SweepAction action) {
  o.action = action;
  b.required_text("--sweep-json", "FILE: that sweep render has written", into(o.sweep_json));
}

void bind_what_follows(Binder& b, SweepOptions& o) {
  b.flag("--no-collect",
         "leave it to sweep collect to look at the shards; merges nothing either",
         [&o] { o.collects = false; });
  b.flag("--no-merge", "leave it to sweep merge to merge them", [&o] { o.merges = false; });
}

}  // namespace

void bind_submit(Binder& b, SubmitOptions& o) {
  b.positional("run_directory", "that render has made", [&o](auto const& words) {
    if (words.size() != 1 || words.front().empty()) {
      throw core::UsageError("submit: give one run directory");
    }
    o.directory = words.front();
  });
  bind_files(b, o.files);
  b.flag("--force", "though it was submitted before: a second job for the same shards", [&o] {
    o.force = true;
  });
}

void check_submit(SubmitOptions const& o) {
  if (o.directory.empty()) {
    throw core::UsageError("submit: give a run directory");
  }
}

void bind_sweep_render(Binder& b, SweepRenderOptions& o) {
  constexpr std::uint64_t most_ranks = 1'000'000;
  constexpr std::uint64_t most_threads = 1024;
  b.group("Sweep");
  b.text("--shards-list",
         "K,K,...: numbers of shards, a run for each",
         numbers_into("--shards-list", o.shards, batch::most_shards));
  b.text("--ranks-list",
         "R,R,...: numbers of ranks of MPI jobs instead, a run for each",
         numbers_into("--ranks-list", o.ranks, most_ranks));
  b.text("--threads-list",
         "T,T,...: with --ranks-list: threads of a rank, a run for each with each number of ranks",
         numbers_into("--threads-list", o.threads, most_threads));
  b.required_text(
      "--out-root", "DIR: make run directories and SWEEP_ID.sweep.json in here", into(o.out_root));
  b.text("--sweep-id",
         "NAME: of the sweep, with which names of runs begin (default pf32_shard_sweep_UTC)",
         into(o.sweep_id));
  b.group("Study");
  bind_study(b, o.render.toys);
  bind_sharing(b, o.render.toys);
  b.guardrails(o.render.toys.conduct.guardrails);
  b.group("Running, stopping");
  bind_conduct(b, o.render.toys.conduct);
  bind_batch_system(b, o.render);
}

void check_sweep_render(SweepRenderOptions& o) {
  if (o.shards.empty() == o.ranks.empty()) {
    throw core::UsageError("sweep render: give either --shards-list or --ranks-list");
  }
  if (!o.threads.empty() && (o.ranks.empty() || o.render.toys.given.contains("--threads"))) {
    throw core::UsageError("--threads-list goes with --ranks-list and without --threads");
  }
  auto const per_node = std::max<std::uint64_t>(o.render.slurm.ntasks_per_node, 1);
  for (auto const ranks : o.ranks) {
    if (ranks % per_node != 0) {
      throw core::UsageError("--ranks-list: " + std::to_string(ranks) +
                             " is no multiple of --slurm-ntasks-per-node " +
                             std::to_string(per_node));
    }
  }
  if (!o.ranks.empty() && o.render.slurm.nodes > 0) {
    throw core::UsageError("--slurm-nodes: --ranks-list and --slurm-ntasks-per-node say how many");
  }
  if (!o.shards.empty()) {
    o.render.shards = o.shards.front();
  }
  check_render(o.render);
}

void bind_sweep_submit(Binder& b, SweepOptions& o) {
  bind_sweep_json(b, o, SweepAction::submit);
  bind_files(b, o.files);
  b.text("--poll-s",
         "SECONDS: between questions to the queue (default 10)",
         [&o](std::string const& word) {
           o.poll_s = real("--poll-s", word);
           if (o.poll_s <= 0) {
             throw core::UsageError("--poll-s: '" + word + "' is not a number of seconds > 0");
           }
         });
  bind_what_follows(b, o);
  b.flag("--force", "submit again what was submitted, has ended and is not complete", [&o] {
    o.force = true;
  });
}

void bind_sweep_run(Binder& b, SweepOptions& o) {
  bind_sweep_json(b, o, SweepAction::run);
  bind_what_follows(b, o);
}

void bind_sweep_collect(Binder& b, SweepOptions& o) {
  bind_sweep_json(b, o, SweepAction::collect);
}

void bind_sweep_merge(Binder& b, SweepOptions& o) {
  bind_sweep_json(b, o, SweepAction::merge);
}

void bind_sweep_summarize(Binder& b, SweepOptions& o) {
  bind_sweep_json(b, o, SweepAction::summarize);
  b.text("--out-md", "FILE: write the table in Markdown (default: print it)", into(o.out_md));
  b.text("--out-csv", "FILE: write all numbers as CSV", into(o.out_csv));
  b.text("--out-svg",
         "FILE: write a picture of wall time and throughput against shards or ranks",
         into(o.out_svg));
}

}  // namespace toyfarm::app
