#include "toyfarm/batch/submit.hpp"

#include <filesystem>

#include <fmt/core.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/os/standard_output.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {

core::ExitCode run_submit(SubmitOptions const& options) {
  auto const run =
      batch::read_rendered_run(std::filesystem::path(options.directory) / "manifest.json");
  batch::require_runnable(run);
  std::error_code error;
  if (!std::filesystem::equivalent(run.rendered_in, run.directory, error)) {
    throw core::UsageError(run.directory.string() + ": was rendered as " + run.rendered_in +
                           ", which its scripts name; move it back, or run its shards by hand "
                           "(run_one_shard.sh I)");
  }
  auto const result =
      batch::submit(run, options.files, options.force ? batch::Again::yes : batch::Again::no);
  using How = batch::SubmitResult::How;
  if (result.how == How::before) {
    core::log_info(run.run_id + " was submitted before; nothing was submitted (--force would)");
  } else if (result.how == How::found) {
    core::log_info(run.run_id +
                   " was submitted before and the answer lost; its job was found in the queue");
  }
  os::print_report(fmt::format("job_id={}\n", result.job_id));
  return core::ExitCode::success;
}

}  // namespace toyfarm::app
