#include <algorithm>

#include <fmt/core.h>

#include "toyfarm/batch/sweep.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/run/output.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

using core::ExitCode;

std::vector<batch::SweepEntry> entries_of(SweepRenderOptions const& options,
                                          std::string const& sweep_id,
                                          fs::path const& root) {
  std::vector<batch::SweepEntry> entries;
  auto const add = [&](batch::SweepEntry entry, std::string const& name) {
    entry.run_id = sweep_id + name;
    entry.directory = root / entry.run_id;
    entries.push_back(entry);
  };
  for (auto const shards : options.shards) {
    add({shards, 0, 0, "", ""}, "_sh" + std::to_string(shards));
  }
  auto const threads = options.threads.empty() ? std::vector<std::uint64_t>{0} : options.threads;
  for (auto const ranks : options.ranks) {
    for (auto const t : threads) {
      add({1, ranks, t, "", ""},
          "_r" + std::to_string(ranks) + (t > 0 ? "_t" + std::to_string(t) : ""));
    }
  }
  return entries;
}

/// Whatever would be in the way of an entry, before any is made.
void check_places(std::vector<batch::SweepEntry> const& entries, fs::path const& sweep_json) {
  auto const refuse = [](fs::path const& path) {
    throw core::RuntimeFailure(
        ExitCode::cannot_create,
        path.string() + " is there already; nothing was made. Use another --sweep-id");
  };
  if (fs::exists(sweep_json)) {
    refuse(sweep_json);
  }
  for (auto const& entry : entries) {
    if (fs::exists(entry.directory)) {
      refuse(entry.directory);
    }
  }
}

RenderOptions render_options(SweepRenderOptions const& options,
                             batch::SweepEntry const& entry,
                             fs::path const& root) {
  auto render = options.render;
  render.toys.to.out_dir = root.string();
  render.toys.to.run_id = entry.run_id;
  if (entry.ranks == 0) {
    render.shards = entry.shards;
    return render;
  }
  render.shards.reset();
  auto& slurm = render.slurm;
  slurm.ntasks_per_node = std::max<std::uint64_t>(slurm.ntasks_per_node, 1);
  slurm.nodes = entry.ranks / slurm.ntasks_per_node;
  if (entry.threads > 0) {
    render.toys.conduct.threads = std::to_string(entry.threads);
    render.toys.given.add({"--threads", Role::conduct, {render.toys.conduct.threads}});
    slurm.cpus_per_task = slurm.cpus_per_task > 0 ? slurm.cpus_per_task : entry.threads;
  }
  return render;
}

/// Takes away what was made when a later entry fails.
void remove(std::vector<batch::SweepEntry> const& entries, std::size_t n_made) {
  for (std::size_t i = 0; i < n_made; ++i) {
    std::error_code error;
    fs::remove_all(entries[i].directory, error);
  }
}

void render_all(SweepRenderOptions const& options,
                std::vector<batch::SweepEntry> const& entries,
                fs::path const& root) {
  std::size_t n_made = 0;
  try {
    for (auto const& entry : entries) {
      static_cast<void>(run_render(render_options(options, entry, root)));
      ++n_made;
    }
  } catch (...) {
    remove(entries, n_made);
    throw;
  }
}

void publish_sweep(fs::path const& file,
                   std::string const& sweep_id,
                   SweepRenderOptions const& options,
                   std::vector<batch::SweepEntry> const& entries) {
  auto const run = batch::read_rendered_run(entries.front().directory / "manifest.json");
  batch::Sweep const sweep{os::utc_now(),
                           sweep_id,
                           run.scheduler,
                           run.config,
                           run.study.n_toys,
                           run.study.seed,
                           options.threads.empty() ? run.threads : "",
                           run.program,
                           file.parent_path(),
                           entries};
  os::publish_text(file, batch::sweep_text(sweep));
}

}  // namespace

ExitCode run_sweep_render(SweepRenderOptions const& options) {
  auto const root = fs::absolute(options.out_root).lexically_normal();
  auto const sweep_id = options.sweep_id.empty()
                            ? "pf32_shard_sweep_" + os::utc_now(os::UtcForm::name)
                            : options.sweep_id;
  run::check_run_id(sweep_id);
  auto const file = root / (sweep_id + ".sweep.json");
  auto const entries = entries_of(options, sweep_id, root);
  check_places(entries, file);
  render_all(options, entries, root);
  try {
    publish_sweep(file, sweep_id, options, entries);
  } catch (...) {
    remove(entries, entries.size());
    throw;
  }
  os::print_report(fmt::format("sweep_json={}\n{} runs of {} toys\n",
                               file.string(),
                               entries.size(),
                               options.render.toys.request.n_toys));
  return ExitCode::success;
}

}  // namespace toyfarm::app
