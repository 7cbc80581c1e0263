#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/run/input.hpp"
#include "toyfarm/run/output.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {

core::ExitCode run_asimov(AsimovOptions const& options) {
  if (options.output == "-") {
    throw core::UsageError("--output: HDF5 goes to a file, not to standard output");
  }
  auto const claim =
      run::claim_output(options.output, options.force, run::files_named_by(options.question.input));
  auto const answer = run::asimov(options.question);
  os::publish(options.output, [&](std::filesystem::path const& temporary) {
    io::write_toy_events(temporary, answer.events);
  });
  os::print(answer.table + "wrote " + options.output + "\n");
  return core::ExitCode::success;
}

}  // namespace toyfarm::app
