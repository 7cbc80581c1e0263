#include "toyfarm/core/log.hpp"
#include "toyfarm/io/reports.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/run/forecast.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/planned_hosts.hpp"
#include "toyfarm/run/prepare.hpp"

#include "app/commands/commands.hpp"
#include "app/commands/launch.hpp"

namespace toyfarm::app {
namespace {

os::OutputClaim claim_outputs(PlanOptions const& options) {
  if (!options.toys.to.run_id.empty()) {
    run::check_run_id(options.toys.to.run_id);
  }
  if (options.out.empty()) {
    return {};
  }
  constexpr bool replace = true;
  auto const& farm = options.toys.farm;
  return run::claim_output(
      options.out,
      replace,
      {options.toys.request.input.config, farm.hosts_file, farm.preflight_json});
}

}  // namespace

core::ExitCode run_plan(PlanOptions const& options) {
  auto const& toys = options.toys;
  tell_options_without_effect(toys.farm);
  auto const claim = claim_outputs(options);
  auto const range = record::range_of(toys.shard, toys.request.n_toys);
  std::optional<study::StudySetup> setup;
  if (!toys.request.input.config.empty()) {
    auto const prepared = run::prepare(toys.request);
    run::require_poi(toys.conduct.guardrails, prepared.study);
    setup = study::decode_setup(run::encode_setup(prepared, toys.request));
  }
  auto const reports = run::planned_reports(toys.farm);
  auto const plan = parallel::make_plan(reports, range, run::plan_options(toys));
  for (auto const& warning : plan.warnings) {
    core::log_warn(warning);
  }
  auto const manifest = options.json || !options.out.empty()
                            ? io::planned_manifest_json(run::planned_run(toys, plan))
                            : std::string();
  if (!options.out.empty()) {
    os::publish_text(options.out, manifest);
  }
  if (options.json) {
    os::print(manifest);
    return core::ExitCode::success;
  }
  auto const expected = run::forecast(toys.farm, plan, reports, setup ? &*setup : nullptr);
  os::print(run::forecast_text(plan, reports, expected));
  return core::ExitCode::success;
}

core::ExitCode run_dry(ToysOptions const& options) {
  PlanOptions plan;
  plan.toys = options;
  return run_plan(plan);
}

}  // namespace toyfarm::app
