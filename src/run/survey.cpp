#include "toyfarm/run/survey.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/core.h>

#include "toyfarm/run/speed_probe.hpp"
#include "toyfarm/run/versions.hpp"

namespace toyfarm::run {
namespace {

/// What was gathered from all ranks.
struct Gathered {
  std::vector<parallel::RankReport> reports;
  std::vector<ProbedRank> probed;
  std::vector<std::string> versions;
};

std::string short_name(std::string const& host) {
  return host.substr(0, host.find('.'));
}

std::string encode_versions(std::string const& mpi_library) {
  std::string text;
  for (auto const& [name, version] : versions(mpi_library)) {
    text += name + "\t" + version + "\n";
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> decode_versions(std::string const& text) {
  std::vector<std::pair<std::string, std::string>> out;
  for (std::size_t begin = 0; begin < text.size();) {
    auto const tab = text.find('\t', begin);
    auto const end = text.find('\n', tab);
    out.emplace_back(text.substr(begin, tab - begin), text.substr(tab + 1, end - tab - 1));
    begin = end + 1;
  }
  return out;
}

std::string united_cpuset(Gathered const& gathered, parallel::Node const& node) {
  std::string text;
  for (int const rank : node.ranks) {
    auto const& cpuset = gathered.reports[static_cast<std::size_t>(rank)].cpuset;
    if (text.find(cpuset) == std::string::npos) {
      text += (text.empty() ? "" : ",") + cpuset;
    }
  }
  return text;
}

io::PreflightHost describe(Gathered const& gathered, parallel::Node const& node) {
  auto const first = static_cast<std::size_t>(node.ranks.front());
  auto const& report = gathered.reports[first];
  io::PreflightHost host;
  host.ok = true;
  host.host = host.ssh_target = node.host;
  host.hostname = short_name(node.host);
  host.logical_cores = node.logical_cores;
  host.physical_cores = node.physical_cores;
  host.cpu_model = report.cpu_model;
  host.ranks = static_cast<int>(node.ranks.size());
  host.cpuset = united_cpuset(gathered, node);
  host.numa_domains = node.numa_domains;
  host.memory_bytes = node.memory_bytes;
  host.isa = report.isa;
  host.toys_per_s = node.toys_per_s;
  for (int const rank : node.ranks) {
    host.probe_threads += gathered.probed[static_cast<std::size_t>(rank)].threads;
  }
  host.versions = decode_versions(gathered.versions[first]);
  return host;
}

/// Gives hosts the names of the hosts file; `hosts` [node].
void name_hosts(std::vector<hosts::HostEntry> const& entries,
                std::vector<parallel::Node> const& nodes,
                std::vector<io::PreflightHost>& hosts) {
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    auto const entry = std::ranges::find_if(entries, [&](hosts::HostEntry const& one) {
      return parallel::is_listed_as(nodes[k], one);
    });
    hosts[k].host = entry != entries.end() ? entry->host : hosts[k].host;
  }
}

/// Columns for names of hosts.
std::size_t name_width(std::vector<io::PreflightHost> const& hosts) {
  std::size_t width = std::string_view("hostname").size();
  for (auto const& host : hosts) {
    width = std::max({width, host.host.size(), host.hostname.size()});
  }
  return width;
}

/// The old tool's table.
std::string table(std::vector<io::PreflightHost> const& hosts) {
  auto const width = name_width(hosts);
  auto const count = [](std::optional<int> n) { return n ? std::to_string(*n) : "-"; };
  auto const line = [&](auto const&... cells) {
    return fmt::format("{:<{}}  {:<3}  {:>7}  {:>8}  {:>4}  {:<{}}  {}\n", cells...);
  };
  auto text =
      line("host", width, "ok", "logical", "physical", "ht", "hostname", width, "cpu_model/error");
  for (auto const& host : hosts) {
    auto const per_core =
        host.ok ? static_cast<double>(*host.logical_cores) / *host.physical_cores : 0.0;
    text += line(host.host,
                 width,
                 host.ok ? "yes" : "no",
                 count(host.logical_cores),
                 count(host.physical_cores),
                 host.ok ? fmt::format("{:.3g}", per_core) : "-",
                 host.ok ? host.hostname : "-",
                 width,
                 host.ok ? host.cpu_model : host.error);
  }
  return text;
}

/// What the old tool did not look at.
std::string more_table(std::vector<io::PreflightHost> const& hosts) {
  auto const width = name_width(hosts);
  auto text = fmt::format("\n{:<{}}  {:>5}  {:>12}  {:>4}  {:>10}  {:<7}  {:>10}\n",
                          "host",
                          width,
                          "ranks",
                          "cores",
                          "numa",
                          "memory_GiB",
                          "isa",
                          "toys_per_s");
  for (auto const& host : hosts) {
    if (host.ok) {
      text += fmt::format("{:<{}}  {:>5}  {:>12}  {:>4}  {:>10.1f}  {:<7}  {:>10.0f}\n",
                          host.host,
                          width,
                          host.ranks,
                          host.cpuset,
                          host.numa_domains,
                          static_cast<double>(host.memory_bytes) / 0x1p30,
                          host.isa,
                          host.toys_per_s);
    }
  }
  return text;
}

std::string totals(std::vector<io::PreflightHost> const& hosts) {
  std::size_t reachable = 0;
  int logical = 0;
  int physical = 0;
  for (auto const& host : hosts) {
    reachable += host.ok ? 1U : 0U;
    logical += host.logical_cores.value_or(0);
    physical += host.physical_cores.value_or(0);
  }
  return fmt::format("reachable_hosts={}/{}\ntotal_logical_cores={}\ntotal_physical_cores={}\n",
                     reachable,
                     hosts.size(),
                     logical,
                     physical);
}

}  // namespace

void add_unreachable(FarmRequest const& farm,
                     std::vector<hosts::HostEntry> const& entries,
                     std::vector<io::PreflightHost>& hosts) {
  for (auto const& entry : entries) {
    auto host = std::ranges::find(hosts, entry.host, &io::PreflightHost::host);
    if (host == hosts.end()) {
      host = hosts.insert(host, io::PreflightHost{});
      host->host = entry.host;
      auto const reason = std::ranges::find(
          farm.known_unreachable, entry.host, &std::pair<std::string, std::string>::first);
      host->error = reason != farm.known_unreachable.end() ? reason->second
                                                           : "no rank of this job runs there";
    }
    host->ssh_target = hosts::ssh_target(entry, farm.login);
  }
}

std::vector<io::PreflightHost> survey_hosts(parallel::Job const& job,
                                            FarmRequest const& farm,
                                            std::vector<hosts::HostEntry> entries) {
  Gathered gathered;
  gathered.reports = job.gather(parallel::local_report());
  gathered.probed = probe_speeds(job, gathered.reports);
  gathered.versions = job.gather(encode_versions(job.library()));
  std::vector<io::PreflightHost> hosts;
  if (job.rank() != 0) {
    return hosts;
  }
  auto const nodes = parallel::group_by_node(gathered.reports);
  for (auto const& node : nodes) {
    hosts.push_back(describe(gathered, node));
  }
  parallel::look_up_others(entries, gathered.reports);
  name_hosts(entries, nodes, hosts);
  add_unreachable(farm, entries, hosts);
  return hosts;
}

std::string survey_table(std::vector<io::PreflightHost> const& hosts) {
  bool const any = std::ranges::any_of(hosts, &io::PreflightHost::ok);
  return table(hosts) + totals(hosts) + (any ? more_table(hosts) : "");
}

}  // namespace toyfarm::run
