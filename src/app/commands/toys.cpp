#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "toyfarm/core/log.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/report/tables.hpp"
#include "toyfarm/run/collective.hpp"
#include "toyfarm/run/event_files.hpp"
#include "toyfarm/run/open_run.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/run_farm.hpp"
#include "toyfarm/run/stop.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {

using core::ExitCode;

namespace {

/// Throws UsageError for the first option given that is of one of the roles; files of data may have
/// moved, their hash tells.
void refuse_given(ToysOptions const& options, std::set<Role> const& roles, std::string const& why) {
  for (auto const& option : options.given) {
    if (roles.contains(option.role) &&
        (option.name != "--data" || options.resume.directory.empty())) {
      throw core::UsageError(option.name + " cannot be given with " + why);
    }
  }
}

/// Throws UsageError for an option that decides what is already decided.
void refuse_what_is_fixed(ToysOptions const& options) {
  if (!options.resume.directory.empty()) {
    if (options.given.contains("--n-toys")) {
      throw core::UsageError(
          "--n-toys cannot be given with --resume: the run directory fixes it (--extend-to adds "
          "toys)");
    }
    refuse_given(
        options, {Role::study, Role::part, Role::single}, "--resume: the run directory fixes it");
  } else if (!options.study.empty()) {
    refuse_given(options, {Role::study, Role::single}, "--study: the study fixes it");
  }
}

run::Order order_of(ToysOptions const& options) {
  refuse_what_is_fixed(options);
  run::Order order = static_cast<run::Order const&>(options);
  auto const& given = options.given;
  order.resume.kept = {.rows = !given.contains("--keep"),
                       .threads = !given.contains("--threads"),
                       .weight_mode = !given.contains("--weight-mode"),
                       .verify = !given.contains("--verify"),
                       .guardrails = !given.contains(Role::guardrail),
                       .output = !given.contains("--output"),
                       .json_metrics = !given.contains("--json-metrics")};
  return order;
}

void publish_events(std::string const& file,
                    record::StudyInfo const& study,
                    model::Model const& model,
                    core::ToyId toy,
                    study::ToyRunner const& runner) {
  io::ToyEvents events{
      study.model_hash, study.seed, toy.value, study.truth, runner.global_observables(), {}, {}};
  run::add_events(model, runner.sample(), events);
  os::publish(file, [&](std::filesystem::path const& temporary) {
    io::write_toy_events(temporary, events);
  });
}

}  // namespace

struct Opening {
  run::OpenRun run;
};

void OpeningDeleter::operator()(Opening* opening) const {
  delete opening;
}

Opened open_toys(ToysOptions const& options) {
  Opened opened;
  opened.code = run::code_of([&] {
    opened.opening.reset(new Opening{run::open_run(order_of(options))});
    return ExitCode::success;
  });
  return opened;
}

int run_toys(ToysOptions const& options, parallel::Job const& job, Opened opened) {
  run::catch_stop_signals();  // once there is a run directory, a stop leaves it in order
  if (job.rank() == 0 && opened.code == ExitCode::success) {
    if (!opened.opening) {
      opened = open_toys(options);  // the launcher's words had another rank for this process
    }
    if (opened.opening) {
      opened.code = run::code_of([&] {
        run::make_places(opened.opening->run);
        return ExitCode::success;
      });
    }
  }
  if (auto const code = run::shared_code(job, opened.code); code != ExitCode::success) {
    return static_cast<int>(code);
  }
  return job.rank() == 0 ? run::lead_farm(job, opened.opening->run) : run::join_farm(job, options);
}

ExitCode run_only_toy(ToysOptions const& options) {
  auto const prepared = run::prepare(options.request);
  run::require_event_memory(
      prepared.tables,
      prepared.study,
      options,
      options.dump_events.empty() ? run::KeptEvents::needed : run::KeptEvents::all);
  auto const claim =
      options.dump_events.empty()
          ? os::OutputClaim()
          : run::claim_output(
                options.dump_events, options.to.force, run::input_files(prepared.input));
  auto setup = study::decode_setup(run::encode_setup(prepared, options.request));
  if (!options.dump_events.empty()) {
    setup.engine = study::EngineChoice::eventwise;  // only then are there events to write
  }
  study::ToyRunner runner(setup);
  core::ToyId const toy{*options.only_toy};
  os::print(report::toy_table(prepared.study, runner.run(toy)));
  if (!options.dump_events.empty()) {
    publish_events(options.dump_events, prepared.study, setup.model, toy, runner);
  }
  return ExitCode::success;
}

}  // namespace toyfarm::app
