#include "toyfarm/io/preflight.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/file.hpp"

#include "io/json_parts.hpp"

namespace toyfarm::io {
namespace {

Json count_or_null(std::optional<int> count) {
  return count ? Json(*count) : Json(nullptr);
}

Json threads_per_core(PreflightHost const& host) {
  return host.logical_cores && host.physical_cores.value_or(0) > 0
             ? number(static_cast<double>(*host.logical_cores) / *host.physical_cores)
             : Json(nullptr);
}

Json entry(PreflightHost const& host) {
  Json versions = Json::object();
  for (auto const& [name, version] : host.versions) {
    versions[name] = version;
  }
  return {{"host", host.host},
          {"ok", host.ok},
          {"ssh_target", host.ssh_target},
          {"hostname", text_or_null(host.hostname)},
          {"logical_cores", count_or_null(host.logical_cores)},
          {"physical_cores", count_or_null(host.physical_cores)},
          {"threads_per_core", threads_per_core(host)},
          {"cpu_model", text_or_null(host.cpu_model)},
          {"error", text_or_null(host.error)},
          {"ranks", host.ranks},
          {"cpuset", text_or_null(host.cpuset)},
          {"numa_domains", host.numa_domains > 0 ? Json(host.numa_domains) : Json(nullptr)},
          {"memory_bytes", host.memory_bytes > 0 ? Json(host.memory_bytes) : Json(nullptr)},
          {"isa", text_or_null(host.isa)},
          {"toys_per_s", host.toys_per_s > 0 ? number(host.toys_per_s) : Json(nullptr)},
          {"probe_threads", host.probe_threads > 0 ? Json(host.probe_threads) : Json(nullptr)},
          {"versions", versions}};
}

/// A number, also one written as text.
std::optional<double> number_of(Json const& object, char const* key) {
  auto const found = object.find(key);
  if (found == object.end()) {
    return std::nullopt;
  }
  if (found->is_number()) {
    return found->get<double>();
  }
  auto const text = text_of(object, key);
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool const whole = !text.empty() && error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

std::optional<int> count_of(Json const& object, char const* key) {
  constexpr double most = std::numeric_limits<int>::max();
  auto const value = number_of(object, key);
  return value && *value >= 1 && *value <= most ? std::optional(static_cast<int>(*value))
                                                : std::nullopt;
}

PreflightHost host_of(Json const& object) {
  PreflightHost host;
  host.host = text_of(object, "host");
  auto const ok = object.find("ok");
  host.ok = ok != object.end() && ok->is_boolean() && ok->get<bool>();
  host.ssh_target = text_of(object, "ssh_target");
  host.hostname = text_of(object, "hostname");
  host.logical_cores = count_of(object, "logical_cores");
  host.physical_cores = count_of(object, "physical_cores");
  host.cpu_model = text_of(object, "cpu_model");
  host.error = text_of(object, "error");
  host.isa = text_of(object, "isa");
  host.numa_domains = count_of(object, "numa_domains").value_or(0);
  host.memory_bytes = static_cast<std::uint64_t>(
      std::clamp(number_of(object, "memory_bytes").value_or(0), 0.0, 0x1p63));
  host.toys_per_s = std::max(0.0, number_of(object, "toys_per_s").value_or(0));
  return host;
}

}  // namespace

std::string preflight_json(Preflight const& preflight) {
  auto hosts = preflight.hosts;
  std::ranges::stable_sort(hosts, {}, &PreflightHost::host);
  return dumped({{"schema_version", "nextstat.cpu_farm_preflight.v1"},
                 {"created_at_utc", preflight.created_at_utc},
                 {"hosts_file", text_or_null(preflight.hosts_file)},
                 {"stats", each(hosts, entry)}});
}

std::vector<PreflightHost> read_preflight(std::filesystem::path const& file) {
  Json root;
  try {
    root = Json::parse(os::read_file(file));
  } catch (nlohmann::json::exception const& error) {
    throw core::DataError(file.string(), std::string("this is not JSON: ") + error.what());
  }
  if (!root.is_object() || !root.contains("stats") || !root["stats"].is_array()) {
    throw core::DataError(file.string(),
                          "a preflight file has a list called stats; make one with `toyfarm "
                          "preflight --out FILE`");
  }
  std::vector<PreflightHost> hosts;
  for (auto const& object : root["stats"]) {
    if (!object.is_object() || text_of(object, "host").empty()) {
      continue;
    }
    auto host = host_of(object);
    auto const same = std::ranges::find(hosts, host.host, &PreflightHost::host);
    if (same == hosts.end()) {
      hosts.push_back(std::move(host));
    } else {
      *same = std::move(host);
    }
  }
  return hosts;
}

}  // namespace toyfarm::io
