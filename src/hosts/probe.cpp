#include "toyfarm/hosts/probe.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "toyfarm/core/error.hpp"
#include "toyfarm/hosts/addresses.hpp"
#include "toyfarm/hosts/launcher.hpp"
#include "toyfarm/os/command.hpp"
#include "toyfarm/os/process.hpp"
#include "toyfarm/os/program.hpp"

namespace toyfarm::hosts {
namespace {

constexpr int usual_jobs = 32;
constexpr int time_to_log_in_s = 5;  // beyond the time to connect

ProbeResult probe_result(os::CommandResult const& command, int seconds) {
  if (command.exit_code == 0) {
    return {true, ""};
  }
  if (command.is_late) {
    return {false, "no answer within " + std::to_string(seconds) + " s"};
  }
  auto const line = os::last_line(command.err);
  return {false, line.empty() ? command.how_it_ended() : line};
}

}  // namespace

std::vector<ProbeResult> run_probes(std::vector<std::vector<std::string>> const& commands,
                                    int jobs,
                                    int seconds) {
  constexpr std::size_t enough = 1U << 16U;
  std::vector<os::Command> probes;
  for (auto const& words : commands) {
    probes.push_back({words, {}, {}});
  }
  std::vector<ProbeResult> results;
  for (auto const& ended : os::run_commands(probes,
                                            static_cast<std::size_t>(jobs > 0 ? jobs : usual_jobs),
                                            {std::chrono::seconds(seconds), enough})) {
    results.push_back(probe_result(ended, seconds));
  }
  return results;
}

RemoteShell remote_shell_of(Access const& access) {
  auto const setting = [](char const* name) {
    char const* const value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  auto const exists = [](std::string const& program) {
    return os::find_program(program).has_value();
  };
  auto shell =
      remote_shell(setting("OMPI_MCA_plm_rsh_agent"), setting("OMPI_MCA_plm_rsh_args"), exists);
  shell.key = access.ssh_key;
  shell.connect_timeout_s = access.connect_timeout_s;
  return shell;
}

std::vector<ProbeResult> probe_hosts(std::vector<HostEntry> const& hosts, Access const& access) {
  auto const shell = remote_shell_of(access);
  auto const here = os::host_name();
  auto const addresses_here = own_addresses();
  std::vector<std::vector<std::string>> commands;
  for (auto const& host : hosts) {
    auto const addresses = addresses_of(host.host);
    bool const is_here =
        host.host == "localhost" || same_host(host.host, here) ||
        std::ranges::any_of(addresses, [&](std::string const& address) {
          return std::ranges::find(addresses_here, address) != addresses_here.end();
        });
    // mpirun starts ranks on its own host itself.
    commands.push_back(is_here ? std::vector<std::string>{"true"}
                               : probe_words(shell, host, access.login));
  }
  return run_probes(commands, access.jobs, access.connect_timeout_s + time_to_log_in_s);
}

}  // namespace toyfarm::hosts
