#include <memory>
#include <vector>

#include "toyfarm/core/log.hpp"

#include "app/collective.hpp"
#include "app/commands.hpp"
#include "app/open_run.hpp"
#include "app/output.hpp"
#include "app/publish_run.hpp"
#include "app/report.hpp"
#include "app/run_farm.hpp"
#include "app/stop.hpp"

namespace toyfarm::app {

using core::ExitCode;

struct Opening {
  OpenRun run;
};

void OpeningDeleter::operator()(Opening* opening) const {
  delete opening;
}

Opened open_toys(ToysOptions const& options) {
  Opened opened;
  opened.code = code_of([&] {
    opened.opening.reset(new Opening{open_run(options)});
    return ExitCode::success;
  });
  return opened;
}

int run_toys(ToysOptions const& options, parallel::Job const& job, Opened opened) {
  catch_stop_signals();  // once there is a run directory, a stop leaves it in order
  if (job.rank() == 0 && opened.code == ExitCode::success) {
    if (!opened.opening) {
      opened = open_toys(options);  // the launcher's words had another rank for this process
    }
    if (opened.opening) {
      opened.code = code_of([&] {
        make_places(opened.opening->run);
        return ExitCode::success;
      });
    }
  }
  if (auto const code = shared_code(job, opened.code); code != ExitCode::success) {
    return static_cast<int>(code);
  }
  return job.rank() == 0 ? lead_farm(job, opened.opening->run) : join_farm(job, options);
}

ExitCode run_only_toy(ToysOptions const& options) {
  auto const prepared = prepare(options.request);
  require_event_memory(prepared.tables, prepared.study, options);
  auto const claim =
      options.dump_events.empty()
          ? os::OutputClaim()
          : claim_output(options.dump_events, options.to.force, input_files(prepared.input));
  auto setup = study::decode_setup(encode_setup(prepared, options.request));
  if (!options.dump_events.empty()) {
    setup.engine = study::EngineChoice::eventwise;  // only then are there events to write
  }
  study::ToyRunner runner(setup);
  core::ToyId const toy{*options.only_toy};
  print(toy_table(prepared.study, runner.run(toy)));
  if (!options.dump_events.empty()) {
    publish_toy_events(options.dump_events, prepared.study, setup.model, toy, runner);
  }
  return ExitCode::success;
}

}  // namespace toyfarm::app
