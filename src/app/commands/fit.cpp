#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/fit/why_infinite.hpp"
#include "toyfarm/io/reports.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/run/input.hpp"
#include "toyfarm/run/observed_fit.hpp"
#include "toyfarm/run/output.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace {

std::vector<std::filesystem::path> input_files(run::Input const& input,
                                               run::InputRequest const& options) {
  std::vector<std::filesystem::path> files{options.config};
  for (auto const& entry : input.files) {
    files.emplace_back(entry.path);
  }
  return files;
}

}  // namespace

core::ExitCode run_fit(FitOptions const& options) {
  auto const input = run::read_input(options.input);
  auto const claim =
      options.output
          ? run::claim_output(*options.output, options.force, input_files(input, options.input))
          : os::OutputClaim();
  auto const fitted = options.toy_events.empty() ? run::fit_observed(input, options.how)
                                                 : run::fit_toy_file(input, options.toy_events);
  auto const table = run::fit_text(input, fitted);
  if (!options.output) {
    os::print(table);
  } else {
    run::write_output(*options.output, io::fit_json(run::fit_document(input, fitted)));
    os::print_report(options.output == "-" ? "" : table);
  }
  if (core::is_converged(fitted.fit.result.status)) {
    return core::ExitCode::success;
  }
  core::log_error(
      "the fit did not converge: " + std::string(core::to_string(fitted.fit.result.status)) + ": " +
      run::reason_of_end(fitted));
  return core::ExitCode::check_failed;
}

core::ExitCode run_nll(NllOptions const& options) {
  auto const input = run::read_input(options.input);
  run::require_data(input, "nll");
  auto point = input.model.init();
  if (options.at) {
    point = run::with_values_from(*options.at, input.model, std::move(point));
  }
  fit::ExtendedNll nll(input.model);
  nll.bind(input.data, input.globals);
  std::vector<model::KinkSide> const sides(point.size(), model::KinkSide::above);
  fit::NllPoint at;
  bool const finite = nll.evaluate(point, sides, model::Derivatives::none, at);
  os::print(fmt::format("{:.17g}\n", at.value));
  if (finite) {
    return core::ExitCode::success;
  }
  core::log_error("the NLL is infinite: " +
                  fit::why_infinite(input.model, input.data, point).value_or("its sum overflows"));
  return core::ExitCode::check_failed;
}

}  // namespace toyfarm::app
