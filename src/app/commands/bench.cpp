#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/run/prepare.hpp"
#include "toyfarm/run/toy_bench.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {

core::ExitCode run_bench(BenchOptions const& options) {
  auto const prepared = run::prepare(options.toys.request);
  run::require_event_memory(prepared.tables, prepared.study, options.toys);
  auto const setup = study::decode_setup(run::encode_setup(prepared, options.toys.request));
  auto const result = run::bench_toys(setup, options.how);
  os::print(options.json ? result.json : result.table);
  return core::ExitCode::success;
}

}  // namespace toyfarm::app
