#include "app/commands/launch.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <sys/mman.h>
#include <unistd.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/hosts/launcher.hpp"
#include "toyfarm/hosts/mpirun.hpp"
#include "toyfarm/hosts/probe.hpp"
#include "toyfarm/os/descriptor.hpp"
#include "toyfarm/os/program.hpp"
#include "toyfarm/os/shell.hpp"
#include "toyfarm/os/standard_output.hpp"
#include "toyfarm/parallel/job.hpp"
#include "toyfarm/run/planned_hosts.hpp"

#include "app/commands/commands.hpp"

namespace toyfarm::app {
namespace fs = std::filesystem;
namespace {

using core::ExitCode;
using Lost = std::vector<std::pair<std::string, std::string>>;

/// The farm options of a command that runs as a job, or null.
run::FarmRequest const* farm_of(CommandLine const& line) {
  if (auto const* preflight = std::get_if<PreflightOptions>(&line.options)) {
    return &preflight->farm;
  }
  auto const* toys = std::get_if<ToysOptions>(&line.options);
  return toys != nullptr && !toys->dry_run && !toys->only_toy ? &toys->farm : nullptr;
}

/// Variables that hosts need and a remote shell does not bring.
std::vector<std::string> exported_variables() {
  std::vector<std::string> names;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    std::string_view const text(*variable);
    auto const name = text.substr(0, text.find('='));
    if (name == "LD_LIBRARY_PATH" || name.starts_with("TOYFARM_")) {
      names.emplace_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

void write_hostfile(int descriptor, std::string const& text) {
  if (!os::write_all(descriptor, text)) {
    throw core::RuntimeFailure(ExitCode::io_error,
                               std::string("cannot write a hostfile: ") + std::strerror(errno));
  }
}

/// A hostfile without a place on disk, for the mpirun that this process starts; nothing is left of
/// it.
std::string hostfile_in_memory(std::string const& text) {
  int const descriptor = ::memfd_create("toyfarm-hostfile", 0);
  if (descriptor < 0) {
    throw core::RuntimeFailure(ExitCode::cannot_create,
                               std::string("cannot make a hostfile: ") + std::strerror(errno));
  }
  write_hostfile(descriptor, text);
  return "/proc/self/fd/" + std::to_string(descriptor);
}

/// A hostfile to stay, for a line that is printed.
std::string hostfile_on_disk(std::string const& text) {
  std::error_code error;
  auto name = (fs::temp_directory_path(error) / "toyfarm_hostfile_XXXXXX").string();
  int const descriptor = error ? -1 : ::mkstemp(name.data());
  if (descriptor < 0) {
    throw core::RuntimeFailure(ExitCode::cannot_create,
                               "cannot make a hostfile among temporary files; set TMPDIR");
  }
  write_hostfile(descriptor, text);
  ::close(descriptor);
  return name;
}

std::string program_of(run::FarmRequest const& options) {
  if (fs::path(options.program).filename() == "nextstat") {
    core::log_warn("--nextstat-bin " + options.program +
                   ": that is another program; the hosts run this one");
    return os::own_program().string();
  }
  return options.program.empty() ? os::own_program().string() : options.program;
}

/// What the started program is told, without its name.
std::vector<std::string> job_words(CommandLine const& line,
                                   run::FarmRequest const& farm,
                                   Lost const& lost) {
  auto out = line.job_words;
  if (std::holds_alternative<PreflightOptions>(line.options)) {
    for (auto const& [host, reason] : lost) {
      out.push_back("--unreachable=" + host + "=" + reason);
    }
    return out;
  }
  if (!lost.empty()) {
    out.emplace_back("--allow-missing-hosts");
  }
  if (farm.command_timeout_s > 0 && !std::get<ToysOptions>(line.options).conduct.time_limit) {
    out.push_back("--time-limit=" + std::to_string(farm.command_timeout_s));
  }
  return out;
}

/// Time for mpirun to reach all hosts, one after the other, and start the first process.
double seconds_to_start(run::FarmRequest const& farm, std::size_t n_hosts) {
  constexpr double for_daemons = 45;
  constexpr double per_host = 0.5;
  return for_daemons + hosts::remote_shell_of(run::access_of(farm)).connect_timeout_s +
         per_host * static_cast<double>(n_hosts);
}

}  // namespace

std::string program_of_jobs() {
  auto own = os::own_program();
  return (parallel::has_mpi() ? own : own.replace_filename("toyfarm")).string();
}

void tell_options_without_effect(run::FarmRequest const& options) {
  std::string names;
  for (auto const& name : options.without_effect) {
    names += (names.empty() ? "" : ", ") + name;
  }
  if (!names.empty()) {
    core::log_info(
        "without effect, since MPI starts this program in the current folder of every "
        "host and rank 0 reads the spec for all: " +
        names);
  }
}

std::vector<std::string> mpirun_words_of(run::FarmRequest const& options,
                                         std::string const& hostfile,
                                         std::vector<hosts::HostEntry> const& hosts) {
  hosts::MpirunRequest request;
  request.hostfile = hostfile;
  request.n_hosts = hosts.size();
  request.has_full_names = std::ranges::any_of(
      hosts, [](hosts::HostEntry const& host) { return hosts::is_full_name(host.host); });
  request.ranks_per_host = options.ranks_per_host;
  request.shell = hosts::remote_shell_of(run::access_of(options));
  request.exported = exported_variables();
  request.has_keepalive = std::getenv("OMPI_MCA_oob_tcp_keepalive_time") != nullptr;
  if (!options.ssh_key.empty() && !request.shell.is_ssh()) {
    core::log_warn("--ssh-key has no effect: the remote shell is " + request.shell.agent.front() +
                   ", not ssh");
  }
  return hosts::mpirun_words(request);
}

std::optional<int> launch_over_hosts(CommandLine const& line) {
  auto const* const given = farm_of(line);
  if (given == nullptr) {
    return std::nullopt;
  }
  tell_options_without_effect(*given);
  if (given->hosts_file.empty()) {
    return std::nullopt;
  }
  if (!parallel::has_mpi()) {
    throw core::UsageError(
        "--hosts-file: this program is linked without MPI and cannot run over hosts; use "
        "`toyfarm`");
  }
  auto farm = *given;
  auto const* const preflight = std::get_if<PreflightOptions>(&line.options);
  if (preflight != nullptr && farm.reachability == run::Reachability::probe) {
    farm.unreachable = run::UnreachableHosts::leave_out;  // finding them is what it is for
  }
  Lost lost;
  auto const hosts = run::reachable_hosts(farm, lost);
  if (hosts.empty()) {
    if (preflight != nullptr) {
      return static_cast<int>(report_unreachable(*preflight, lost));
    }
    throw core::Error(ExitCode::check_failed, "no host of " + farm.hosts_file + " can be reached");
  }
  auto const text = hosts::open_mpi_hostfile(hosts, farm.login, farm.ranks_per_host);
  bool const prints = farm.launch == run::Launch::none;
  auto job =
      mpirun_words_of(farm, prints ? hostfile_on_disk(text) : hostfile_in_memory(text), hosts);
  if (!prints) {
    job.insert(job.end(), {"-x", hosts::watched_variable + std::string("=1")});
  }
  job.push_back(program_of(farm));
  auto const rest = job_words(line, farm, lost);
  job.insert(job.end(), rest.begin(), rest.end());
  if (prints) {
    os::print(os::shell_line(job) + "\n");
    return 0;
  }
  core::log_debug("running " + os::shell_line(job));
  return hosts::run_mpirun(job, seconds_to_start(farm, hosts.size()));
}

}  // namespace toyfarm::app
