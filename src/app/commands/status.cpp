#include <fmt/core.h>

#include "toyfarm/io/journal.hpp"
#include "toyfarm/os/lock.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/run/open_run.hpp"
#include "toyfarm/run/status_text.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {

core::ExitCode run_status(StatusOptions const& options) {
  std::filesystem::path const directory(options.directory);
  auto status = io::read_run_status(directory / "status.json");
  if (io::is_at_work(status.state) && !os::is_locked(directory / run::journal_name)) {
    status.state = io::RunState::killed;
    status.reason =
        "no process holds its journal; go on with: toyfarm toys --resume " + directory.string();
  }
  os::print(options.json ? io::run_status_json(status) : run::status_table(status));
  return core::ExitCode::success;
}

}  // namespace toyfarm::app
