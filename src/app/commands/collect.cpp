#include "toyfarm/batch/collect.hpp"

#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/os/utc.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
using core::ExitCode;

ExitCode run_collect(CollectOptions const& options) {
  auto run = batch::read_rendered_run(options.manifest);
  run.results = batch::collect(run);
  run.collected_at_utc = os::utc_now();
  auto const file = options.in_place      ? fs::path(options.manifest)
                    : options.out.empty() ? run.directory / "manifest.collected.json"
                                          : fs::path(options.out);
  std::error_code error;
  if (file.has_parent_path()) {
    fs::create_directories(file.parent_path(), error);  // where it fails, publishing tells why
  }
  os::publish_text(file, batch::manifest_text(run));
  os::print_report(batch::collect_table(run.results) + "wrote " + file.string() + "\n");
  return batch::verdict_of(run.results);
}

}  // namespace toyfarm::app
