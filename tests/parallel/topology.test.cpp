#include "toyfarm/parallel/topology.hpp"

#include <cstdlib>
#include <set>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"

#include "parallel/core_list.hpp"
#include "parallel/hwloc_view.hpp"

namespace toyfarm::parallel {
namespace {

/// What a process bound to `list` would report on a machine made up of `shape` (hwloc's synthetic
/// words).
RankReport on_machine(char const* shape, char const* list) {
  hwloc_topology_t topology = nullptr;
  hwloc_topology_init(&topology);
  hwloc_topology_set_synthetic(topology, shape);
  hwloc_topology_load(topology);
  auto* const bound = hwloc_bitmap_alloc();
  hwloc_bitmap_list_sscanf(bound, list);
  RankReport report;
  describe_cores(topology, bound, report);
  hwloc_bitmap_free(bound);
  hwloc_topology_destroy(topology);
  return report;
}

constexpr char const* two_sockets_with_ht = "package:2 core:4 pu:2";

RankReport bound_to(int rank, std::string host, std::string cpuset, std::string cores) {
  RankReport report{.rank = rank, .host = std::move(host), .cpuset = std::move(cpuset)};
  report.cores = std::move(cores);
  report.host_cores = 16;
  return report;
}

}  // namespace

TEST(Cores, are_all_counted_when_nothing_binds) {
  auto const report = on_machine(two_sockets_with_ht, "0-15");
  EXPECT_EQ(report.logical_cores, 16);
  EXPECT_EQ(report.physical_cores, 8);
  EXPECT_EQ(report.cpuset, "0-15");
  EXPECT_EQ(report.cores, "0,2,4,6,8,10,12,14");
  EXPECT_EQ(report.host_cores, 16);
}

TEST(Cores, are_those_of_the_binding_only) {
  auto const report = on_machine(two_sockets_with_ht, "2-3,8");
  EXPECT_EQ(report.logical_cores, 3);
  EXPECT_EQ(report.physical_cores, 2);
  EXPECT_EQ(report.cpuset, "2-3,8");
  EXPECT_EQ(report.cores, "2,8");
  EXPECT_EQ(report.host_cores, 16);
}

TEST(Cores, count_when_only_one_hardware_thread_is_allowed) {
  auto const report = on_machine(two_sockets_with_ht, "5");
  EXPECT_EQ(report.logical_cores, 1);
  EXPECT_EQ(report.physical_cores, 1);
  EXPECT_EQ(report.cores, "4");
}

TEST(Cores, are_all_of_the_machine_when_the_binding_names_none_of_it) {
  EXPECT_EQ(on_machine(two_sockets_with_ht, "64-70").logical_cores, 16);
}

TEST(LocalReport, follows_the_binding_of_the_process) {
  auto const child = fork();
  if (child == 0) {  // bound in a child, so that the rest of this executable is not
    cpu_set_t allowed;
    sched_getaffinity(0, sizeof allowed, &allowed);
    int last = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      last = CPU_ISSET(cpu, &allowed) ? cpu : last;
    }
    CPU_ZERO(&allowed);
    CPU_SET(last, &allowed);
    sched_setaffinity(0, sizeof allowed, &allowed);
    auto const report = local_report();
    bool const right = report.logical_cores == 1 && report.physical_cores == 1 &&
                       report.cpuset == std::to_string(last);
    std::_Exit(right ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(LocalReport, agrees_with_the_kernel) {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof allowed, &allowed);
  auto const report = local_report();
  EXPECT_EQ(report.logical_cores, CPU_COUNT(&allowed));
  EXPECT_EQ(parse_core_list(report.cpuset).size(), static_cast<std::size_t>(report.logical_cores));
  EXPECT_LE(report.physical_cores, report.logical_cores);
  EXPECT_GE(report.host_cores, report.logical_cores);
  EXPECT_FALSE(report.host.empty());
  EXPECT_FALSE(report.cpu_model.empty());
  EXPECT_TRUE((std::set<std::string>{"avx512", "avx2", "sse4", "generic"}.contains(report.isa)))
      << report.isa;
  EXPECT_EQ(report.pid, getpid());
  EXPECT_FALSE(report.numa.empty());
  EXPECT_GT(report.memory_bytes, 1U << 20U);
}

TEST(CoreList, names_its_numbers) {
  EXPECT_EQ(parse_core_list(""), (std::set<int>{}));
  EXPECT_EQ(parse_core_list("7"), (std::set<int>{7}));
  EXPECT_EQ(parse_core_list("0-3,8,10-11"), (std::set<int>{0, 1, 2, 3, 8, 10, 11}));
}

TEST(CoreList, is_refused_when_it_is_none) {
  for (char const* const list : {"x",
                                 "1-",
                                 "-1",
                                 "3-1",
                                 "1,,2",
                                 "1,",
                                 ",1",
                                 "0-",
                                 "1 2",
                                 "0x3",
                                 "0-999999999999",
                                 "0-99999999"}) {
    EXPECT_THROW((void)parse_core_list(list), core::RuntimeFailure) << list;
  }
}

TEST(Nodes, add_up_disjoint_bindings_and_count_shared_cores_once) {
  auto const nodes = group_by_node({bound_to(0, "a", "0-1", "0"),
                                    bound_to(1, "b", "0-15", "0,2,4,6,8,10,12,14"),
                                    bound_to(2, "a", "2-3", "2"),
                                    bound_to(3, "b", "0-15", "0,2,4,6,8,10,12,14")});
  ASSERT_EQ(nodes.size(), 2);
  EXPECT_EQ(nodes[0].host, "a");
  EXPECT_EQ(nodes[0].ranks, (std::vector<int>{0, 2}));
  EXPECT_EQ(nodes[0].logical_cores, 4);
  EXPECT_EQ(nodes[0].physical_cores, 2);
  EXPECT_EQ(nodes[0].host_cores, 16);
  EXPECT_EQ(nodes[1].ranks, (std::vector<int>{1, 3}));
  EXPECT_EQ(nodes[1].logical_cores, 16);
  EXPECT_EQ(nodes[1].physical_cores, 8);
}

TEST(Nodes, count_a_core_once_when_ranks_have_one_hardware_thread_of_it_each) {
  auto const nodes = group_by_node({bound_to(0, "a", "0", "0"), bound_to(1, "a", "1", "0")});
  ASSERT_EQ(nodes.size(), 1);
  EXPECT_EQ(nodes[0].logical_cores, 2);
  EXPECT_EQ(nodes[0].physical_cores, 1);
}

TEST(Cores, lie_in_the_numa_domains_of_the_binding) {
  auto const shape = "package:2 [numa(memory=1000000)] core:4 pu:2";
  EXPECT_EQ(on_machine(shape, "0-3").numa, "0");
  EXPECT_EQ(on_machine(shape, "3,8").numa, "0-1");
  EXPECT_EQ(on_machine(shape, "8").numa, "1");
  EXPECT_EQ(on_machine(shape, "8").memory_bytes, 2000000);
}

TEST(Nodes, unite_numa_domains_and_add_up_speeds) {
  std::vector<RankReport> reports{bound_to(0, "a", "0", "0"), bound_to(1, "a", "8", "8")};
  reports[0].numa = "0";
  reports[1].numa = "0-1";
  reports[0].memory_bytes = reports[1].memory_bytes = 5000;
  reports[0].toys_per_s = 10;
  reports[1].toys_per_s = 20;
  auto const nodes = group_by_node(reports);
  ASSERT_EQ(nodes.size(), 1);
  EXPECT_EQ(nodes[0].numa_domains, 2);
  EXPECT_EQ(nodes[0].memory_bytes, 5000);
  EXPECT_EQ(nodes[0].toys_per_s, 30);
}

TEST(Nodes, take_counts_as_shared_when_reports_have_no_lists) {
  auto const nodes =
      group_by_node({{.rank = 0, .host = "a", .logical_cores = 8, .physical_cores = 4},
                     {.rank = 1, .host = "a", .logical_cores = 8, .physical_cores = 4}});
  ASSERT_EQ(nodes.size(), 1);
  EXPECT_EQ(nodes[0].logical_cores, 8);
  EXPECT_EQ(nodes[0].physical_cores, 4);
}

}  // namespace toyfarm::parallel
