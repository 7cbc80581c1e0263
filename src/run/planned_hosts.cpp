#include "toyfarm/run/planned_hosts.hpp"

#include <algorithm>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/hosts/probe.hpp"
#include "toyfarm/io/preflight.hpp"

namespace toyfarm::run {
namespace {

/// What a preflight knows of one host, as the ranks of a job would report it.
parallel::RankReport report_of(io::PreflightHost const& known) {
  parallel::RankReport report;
  report.host = known.host;
  report.physical_cores = known.physical_cores.value_or(known.logical_cores.value_or(0));
  report.logical_cores = std::max(known.logical_cores.value_or(0), report.physical_cores);
  report.cpu_model = known.cpu_model;
  report.isa = known.isa;
  report.memory_bytes = known.memory_bytes;
  report.toys_per_s = known.toys_per_s;
  return report;
}

std::vector<parallel::RankReport> hosts_of_preflight(std::vector<io::PreflightHost> const& known,
                                                     std::vector<hosts::HostEntry> const& hosts) {
  std::vector<parallel::RankReport> reports;
  if (hosts.empty()) {
    for (auto const& host : known) {
      if (host.ok) {
        reports.push_back(report_of(host));
      }
    }
    return reports;
  }
  for (auto const& entry : hosts) {
    auto const found = std::ranges::find_if(known, [&](io::PreflightHost const& host) {
      return hosts::same_host(hosts::without_user(host.host), entry.host);
    });
    if (found != known.end() && found->ok) {
      reports.push_back(report_of(*found));
      reports.back().host = entry.host;
    }
  }
  return reports;
}

std::vector<parallel::RankReport> hosts_to_plan_for(FarmRequest const& options) {
  auto const hosts = options.hosts_file.empty() ? std::vector<hosts::HostEntry>{}
                                                : hosts::read_hosts(options.hosts_file);
  if (!options.preflight_json.empty()) {
    auto reports = hosts_of_preflight(io::read_preflight(options.preflight_json), hosts);
    if (reports.empty()) {
      throw core::DataError(options.preflight_json,
                            hosts.empty() ? "no host in it could be reached"
                                          : "no host of " + options.hosts_file +
                                                " is in it as one that could be reached");
    }
    return reports;
  }
  if (hosts.empty()) {
    return {parallel::local_report()};
  }
  std::vector<parallel::RankReport> reports;
  for (auto const& entry : hosts) {
    auto& report = reports.emplace_back();
    report.host = entry.host;
    report.logical_cores = report.physical_cores = 0;
  }
  return reports;
}

std::string told(std::vector<std::pair<std::string, std::string>> const& lost) {
  std::string text;
  for (auto const& [host, reason] : lost) {
    text += (text.empty() ? "host " : "; host ") + host + ": " + reason;
  }
  return text;
}

}  // namespace

hosts::Access access_of(FarmRequest const& options) {
  return {options.login, options.ssh_key, options.connect_timeout_s, options.jobs};
}

parallel::PlanOptions plan_options(Order const& order) {
  parallel::PlanOptions out;
  out.weight_mode = order.conduct.weight_mode;
  out.threads = parallel::thread_policy(order.conduct.threads);
  out.hosts_file = order.farm.hosts_file;
  out.missing = order.farm.missing;
  if (!out.hosts_file.empty()) {
    out.hosts = hosts::read_hosts(out.hosts_file);
  }
  return out;
}

std::vector<parallel::RankReport> planned_reports(FarmRequest const& options) {
  std::vector<parallel::RankReport> reports;
  for (auto report : hosts_to_plan_for(options)) {
    report.toys_per_s /= options.ranks_per_host;
    for (int i = 0; i < options.ranks_per_host; ++i) {
      report.rank = static_cast<int>(reports.size());
      reports.push_back(report);
    }
  }
  return reports;
}

std::vector<hosts::HostEntry> reachable_hosts(
    FarmRequest const& options, std::vector<std::pair<std::string, std::string>>& lost) {
  auto const hosts = hosts::read_hosts(options.hosts_file);
  if (options.reachability == Reachability::trust &&
      options.unreachable == UnreachableHosts::refuse) {
    return hosts;
  }
  auto const results = hosts::probe_hosts(hosts, access_of(options));
  std::vector<hosts::HostEntry> kept;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (results[i].ok) {
      kept.push_back(hosts[i]);
    } else {
      lost.emplace_back(hosts[i].host, results[i].error);
    }
  }
  if (!lost.empty() && options.unreachable == UnreachableHosts::refuse) {
    throw core::Error(core::ExitCode::check_failed,
                      told(lost) +
                          ": mpirun does not start while a host cannot be reached; "
                          "--drop-unreachable leaves it out");
  }
  for (auto const& [host, reason] : lost) {
    core::log_warn("host " + host + " is left out: " + reason);
  }
  return kept;
}

}  // namespace toyfarm::run
