#include "toyfarm/io/preflight.hpp"

#include <algorithm>

#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/os/utc.hpp"
#include "toyfarm/run/collective.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/survey.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace {

using core::ExitCode;

using Hosts = std::vector<io::PreflightHost>;

os::OutputClaim prepare_output(PreflightOptions const& options) {
  if (options.out.empty() || options.out == "-") {
    return {};
  }
  constexpr bool replace = true;
  return run::claim_output(options.out, replace, {options.farm.hosts_file});
}

ExitCode publish(PreflightOptions const& options, Hosts hosts) {
  std::ranges::stable_sort(hosts, {}, &io::PreflightHost::host);
  bool const any = std::ranges::any_of(hosts, &io::PreflightHost::ok);
  auto const document = io::preflight_json({os::utc_now(), options.farm.hosts_file, hosts});
  auto const text = run::survey_table(hosts);
  if (options.out == "-") {
    os::print(document);
  } else if (options.out.empty()) {
    os::print(text);
  } else {
    os::publish_text(options.out, document);
    os::print_report(text);
  }
  return any ? ExitCode::success : ExitCode::check_failed;
}

}  // namespace

ExitCode report_unreachable(PreflightOptions const& options,
                            std::vector<std::pair<std::string, std::string>> const& lost) {
  auto const claim = prepare_output(options);
  auto farm = options.farm;
  farm.known_unreachable = lost;
  std::vector<io::PreflightHost> hosts;
  run::add_unreachable(farm, hosts::read_hosts(farm.hosts_file), hosts);
  return publish(options, hosts);
}

ExitCode run_preflight(PreflightOptions const& options, parallel::Job const& job) {
  std::vector<hosts::HostEntry> entries;
  os::OutputClaim claim;
  auto const opened = job.rank() != 0 ? ExitCode::success : run::code_of([&] {
    if (!options.farm.hosts_file.empty()) {
      entries = hosts::read_hosts(options.farm.hosts_file);
    }
    claim = prepare_output(options);
    return ExitCode::success;
  });
  if (auto const code = run::shared_code(job, opened); code != ExitCode::success) {
    return code;
  }
  auto const hosts = run::survey_hosts(job, options.farm, entries);
  auto const verdict =
      job.rank() != 0 ? ExitCode::success : run::code_of([&] { return publish(options, hosts); });
  return run::shared_code(job, verdict);
}

}  // namespace toyfarm::app
