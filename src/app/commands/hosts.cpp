#include <algorithm>

#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/os/publish.hpp"
#include "toyfarm/os/shell.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/run/output.hpp"
#include "toyfarm/run/planned_hosts.hpp"

#include "app/commands/commands.hpp"
#include "app/commands/launch.hpp"

namespace toyfarm::app {
namespace {

std::string text_of(std::optional<int> value) {
  return value ? std::to_string(*value) : "-";
}

std::string hosts_table(run::FarmRequest const& farm, std::vector<hosts::HostEntry> const& hosts) {
  std::size_t width = 4;
  for (auto const& host : hosts) {
    width = std::max(width, hosts::ssh_target(host, farm.login).size());
  }
  auto text = fmt::format(
      "{:>4}  {:<{}}  {:>5}  {:>8}  {:>7}\n", "line", "host", width, "port", "weight", "threads");
  for (auto const& host : hosts) {
    text += fmt::format("{:>4}  {:<{}}  {:>5}  {:>8}  {:>7}\n",
                        host.line,
                        hosts::ssh_target(host, farm.login),
                        width,
                        text_of(host.port ? host.port : farm.login.port),
                        host.weight ? fmt::format("{:.6g}", *host.weight) : "-",
                        text_of(host.threads));
  }
  return text;
}

}  // namespace

core::ExitCode run_hosts(HostsOptions const& options) {
  auto const& farm = options.farm;
  std::vector<std::pair<std::string, std::string>> lost;
  auto const hosts = run::reachable_hosts(farm, lost);
  if (hosts.empty()) {
    throw core::Error(core::ExitCode::check_failed,
                      "no host of " + farm.hosts_file + " can be reached");
  }
  if (options.out_hostfile.empty()) {
    os::print(hosts_table(farm, hosts));
    return core::ExitCode::success;
  }
  constexpr bool replace = true;
  auto const claim = run::claim_output(options.out_hostfile, replace, {farm.hosts_file});
  os::publish_text(options.out_hostfile,
                   hosts::open_mpi_hostfile(hosts, farm.login, farm.ranks_per_host));
  auto words = mpirun_words_of(farm, options.out_hostfile, hosts);
  words.push_back(program_of_jobs());
  os::print(os::shell_line(words) + "\n");
  auto const decides = [](hosts::HostEntry const& host) { return host.weight || host.threads; };
  if (std::ranges::any_of(hosts, decides)) {
    core::log_info("give `toys` --hosts-file " + farm.hosts_file +
                   " too, so that its weights and threads apply" +
                   (lost.empty() ? "" : ", with --allow-missing-hosts"));
  }
  return core::ExitCode::success;
}

}  // namespace toyfarm::app
