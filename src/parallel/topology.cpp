#include "toyfarm/parallel/topology.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/hosts/addresses.hpp"
#include "toyfarm/os/process.hpp"

#include "parallel/core_list.hpp"
#include "parallel/hwloc_view.hpp"

namespace toyfarm::parallel {
namespace {

struct FreeBitmap {
  void operator()(hwloc_bitmap_t bitmap) const noexcept { hwloc_bitmap_free(bitmap); }
};
using Bitmap = std::unique_ptr<hwloc_bitmap_s, FreeBitmap>;

struct FreeTopology {
  void operator()(hwloc_topology_t topology) const noexcept { hwloc_topology_destroy(topology); }
};
using Topology = std::unique_ptr<hwloc_topology, FreeTopology>;

Topology load_topology() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) {
    throw core::RuntimeFailure(core::ExitCode::internal,
                               "hwloc cannot begin to look at this machine");
  }
  Topology topology(raw);
  if (hwloc_topology_load(raw) != 0) {
    throw core::RuntimeFailure(core::ExitCode::internal,
                               "hwloc cannot read the cores of this machine (is /sys readable?)");
  }
  return topology;
}

std::string list_of(hwloc_const_bitmap_t bitmap) {
  char* text = nullptr;
  if (hwloc_bitmap_list_asprintf(&text, bitmap) < 0) {
    return "";
  }
  std::unique_ptr<char, decltype(&std::free)> const owner(text, &std::free);
  return text;
}

std::string cpu_model(hwloc_topology_t topology) {
  for (auto const type : {HWLOC_OBJ_PACKAGE, HWLOC_OBJ_MACHINE}) {
    auto const object = hwloc_get_obj_by_type(topology, type, 0);
    char const* const model = object ? hwloc_obj_get_info_by_name(object, "CPUModel") : nullptr;
    if (model) {
      return model;
    }
  }
  return "unknown";
}

std::string widest_isa() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return "avx512";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return "avx2";
  }
  if (__builtin_cpu_supports("sse4.1")) {
    return "sse4";
  }
#endif
  return "generic";
}

}  // namespace

// Not hwloc_get_nbobjs_inside_cpuset_by_type: it leaves out a core of which only one hardware
// thread is allowed.
void describe_cores(hwloc_topology_t topology, hwloc_const_bitmap_t bound, RankReport& report) {
  auto const machine = hwloc_get_root_obj(topology);
  Bitmap const units(hwloc_bitmap_alloc());
  hwloc_bitmap_and(units.get(), bound, machine->cpuset);
  if (hwloc_bitmap_iszero(units.get())) {
    hwloc_bitmap_copy(units.get(), machine->cpuset);
  }
  Bitmap const cores(hwloc_bitmap_alloc());
  for (auto core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, nullptr); core;
       core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)) {
    if (hwloc_bitmap_intersects(core->cpuset, units.get()) != 0) {
      // complete_cpuset, so that processes under different cgroups give a core the same name
      hwloc_bitmap_set(cores.get(),
                       static_cast<unsigned>(hwloc_bitmap_first(core->complete_cpuset)));
    }
  }
  if (hwloc_bitmap_iszero(cores.get())) {  // a machine that does not tell its cores
    hwloc_bitmap_copy(cores.get(), units.get());
  }
  report.logical_cores = std::max(1, hwloc_bitmap_weight(units.get()));
  report.physical_cores = std::max(1, hwloc_bitmap_weight(cores.get()));
  report.cpuset = list_of(units.get());
  report.cores = list_of(cores.get());
  report.host_cores = hwloc_bitmap_weight(machine->cpuset);
  report.memory_bytes = machine->total_memory;
  Bitmap const domains(hwloc_bitmap_alloc());
  for (auto node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, nullptr); node;
       node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)) {
    if (node->cpuset != nullptr && hwloc_bitmap_intersects(node->cpuset, units.get()) != 0) {
      hwloc_bitmap_set(domains.get(), node->os_index);
    }
  }
  report.numa = list_of(domains.get());
}

RankReport local_report() {
  auto const topology = load_topology();
  Bitmap const bound(hwloc_bitmap_alloc());
  if (hwloc_get_cpubind(topology.get(), bound.get(), HWLOC_CPUBIND_PROCESS) != 0) {
    hwloc_bitmap_copy(bound.get(), hwloc_get_root_obj(topology.get())->cpuset);
  }
  RankReport report;
  describe_cores(topology.get(), bound.get(), report);
  report.host = os::host_name();
  report.cpu_model = cpu_model(topology.get());
  report.isa = widest_isa();
  report.pid = getpid();
  report.addresses = hosts::own_addresses();
  return report;
}

std::vector<Node> group_by_node(std::vector<RankReport> const& reports) {
  std::vector<Node> nodes;
  std::vector<std::set<int>> units;
  std::vector<std::set<int>> cores;
  std::vector<std::set<int>> domains;
  for (auto const& report : reports) {
    auto const same_host = [&report](Node const& node) { return node.host == report.host; };
    auto const k = static_cast<std::size_t>(std::ranges::find_if(nodes, same_host) - nodes.begin());
    if (k == nodes.size()) {
      nodes.push_back({.host = report.host});
      units.emplace_back();
      cores.emplace_back();
      domains.emplace_back();
    }
    nodes[k].ranks.push_back(report.rank);
    nodes[k].host_cores = std::max(nodes[k].host_cores, report.host_cores);
    units[k].merge(units_of(report));
    cores[k].merge(cores_of(report));
    domains[k].merge(parse_core_list(report.numa));
    nodes[k].memory_bytes = std::max(nodes[k].memory_bytes, report.memory_bytes);
    nodes[k].toys_per_s += report.toys_per_s;
    if (nodes[k].addresses.empty()) {
      nodes[k].addresses = report.addresses;
    }
  }
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    nodes[k].logical_cores = static_cast<int>(units[k].size());
    nodes[k].physical_cores = static_cast<int>(cores[k].size());
    nodes[k].numa_domains = static_cast<int>(domains[k].size());
  }
  return nodes;
}

}  // namespace toyfarm::parallel
