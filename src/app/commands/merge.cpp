#include "toyfarm/os/standard_output.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {

core::ExitCode run_merge(batch::MergeOrder const& order) {
  auto const outcome = batch::merge_run(order);
  os::print_report(outcome.report);
  return outcome.code;
}

}  // namespace toyfarm::app
