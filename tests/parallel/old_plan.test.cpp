#include <algorithm>
#include <array>
#include <cstdio>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/parallel/plan.hpp"

#include "parallel/old_plans.hpp"

// Plans of a hosts file: the old launcher's, number by number, with one rank per host.
namespace toyfarm::parallel {
namespace {

RankReport report_of(int rank, std::string const& host, int physical, int logical) {
  return {.rank = rank, .host = host, .logical_cores = logical, .physical_cores = physical};
}

/// One rank on each host of the file; cores not known unless the table has them.
std::vector<RankReport> reports_of(OldPlan const& old, std::vector<hosts::HostEntry> const& hosts) {
  std::vector<RankReport> reports;
  for (auto const& entry : hosts) {
    auto const known = std::ranges::find_if(
        old.cores, [&](OldCores const& cores) { return cores.host == entry.host; });
    auto const rank = static_cast<int>(reports.size());
    reports.push_back(known == old.cores.end()
                          ? report_of(rank, entry.host, 0, 0)
                          : report_of(rank, entry.host, known->physical, known->logical));
  }
  return reports;
}

/// plans[] as the old manifest has it: hosts without toys dropped, the rest renumbered.
std::string lines_of(Plan const& plan, std::uint64_t seed) {
  std::string lines;
  int index = 0;
  for (auto const& rank : plan.ranks) {
    if (rank.range.count > 0) {
      std::array<char, 200> line{};
      std::snprintf(line.data(),
                    line.size(),
                    "%d %s %llu %llu %llu %d %.17g\n",
                    index++,
                    rank.host.c_str(),
                    static_cast<unsigned long long>(rank.range.first.value),
                    static_cast<unsigned long long>(rank.range.count),
                    static_cast<unsigned long long>(seed + rank.range.first.value),
                    rank.threads,
                    rank.weight);
      lines += line.data();
    }
  }
  return lines;
}

PlanOptions options_for(std::string const& hosts) {
  PlanOptions options;
  options.hosts = hosts::parse_hosts(hosts, "hosts.txt");
  options.hosts_file = "hosts.txt";
  return options;
}

std::vector<std::uint64_t> counts_of(Plan const& plan) {
  std::vector<std::uint64_t> counts;
  for (auto const& rank : plan.ranks) {
    counts.push_back(rank.range.count);
  }
  return counts;
}

/// What make_plan says against these.
template <class Error>
std::string complaint(std::vector<RankReport> const& reports, PlanOptions const& options) {
  try {
    static_cast<void>(make_plan(reports, {{0}, 10}, options));
  } catch (Error const& error) {
    return error.what();
  }
  return "accepted";
}

using Counts = std::vector<std::uint64_t>;

}  // namespace

TEST(OldPlan, comes_back_number_by_number) {
  auto const plans = old_plans();
  EXPECT_GE(plans.size(), 20);
  for (auto const& old : plans) {
    auto options = options_for(old.hosts);
    options.threads = thread_policy(old.threads);
    options.weight_mode = core::find_word<WeightMode>(old.weight_mode).value();
    auto const plan = make_plan(reports_of(old, options.hosts), {{0}, old.n_toys}, options);
    EXPECT_EQ(lines_of(plan, old.seed), old.lines) << old.hosts << old.n_toys;
  }
}

// The old launcher gave such a host weight 1 beside 48 cores, and toys.
TEST(MissingHost, is_an_error_that_names_its_line) {
  auto const options = options_for("node01\n# away\nnode02 weight=3\n");
  auto const said = complaint<core::DataError>({report_of(0, "node01", 4, 8)}, options);
  EXPECT_TRUE(said.starts_with("hosts.txt:3: host node02 cannot get toys")) << said;
  EXPECT_NE(said.find("not among node01"), std::string::npos) << said;
  EXPECT_NE(said.find("--allow-missing-hosts"), std::string::npos) << said;
}

TEST(MissingHost, is_left_out_and_reported_when_that_is_allowed) {
  auto options = options_for("node01\nnode02\nnode03 1\n");
  options.missing = MissingHosts::leave_out;
  auto const plan =
      make_plan({report_of(0, "node01", 4, 8), report_of(1, "node03", 4, 8)}, {{0}, 10}, options);
  EXPECT_EQ(plan.missing, (std::vector<std::string>{"node02"}));
  ASSERT_EQ(plan.warnings.size(), 1);
  EXPECT_EQ(plan.warnings[0], "host node02 of hosts.txt is missing and gets no toys");
  EXPECT_EQ(counts_of(plan), (Counts{8, 2}));
}

TEST(HostsFileOfAPlan, joins_short_and_full_names_and_leaves_others_alone) {
  auto const options =
      options_for("node01.example.org weight=3 threads=2 user=a port=2222\nnode02 weight=1\n");
  auto const plan = make_plan({report_of(0, "node01", 4, 8),
                               report_of(1, "NODE02.example.org", 4, 8),
                               report_of(2, "other", 4, 8)},
                              {{0}, 80},
                              options);
  EXPECT_EQ(counts_of(plan), (Counts{30, 10, 40}));
  EXPECT_EQ(plan.ranks[0].host, "node01.example.org");
  EXPECT_EQ(plan.ranks[0].threads, 2);
  EXPECT_EQ(plan.ranks[0].user, "a");
  EXPECT_EQ(plan.ranks[0].port, 2222);
  EXPECT_EQ(plan.ranks[1].threads, 4);
  EXPECT_EQ(plan.ranks[2].host, "other");
}

TEST(HostsFileOfAPlan, joins_hosts_by_address_where_names_differ) {
  auto options = options_for("10.0.0.2 weight=3\nalias weight=1\n");
  std::vector<RankReport> reports{report_of(0, "a", 4, 4), report_of(1, "b", 4, 4)};
  reports[0].addresses = {"10.0.0.1", "fd00::1"};
  reports[1].addresses = {"10.0.0.2"};
  options.hosts[0].addresses = {"10.0.0.2"};
  options.hosts[1].addresses = {"192.0.2.7", "fd00::1"};
  auto const plan = make_plan(reports, {{0}, 8}, options);
  EXPECT_EQ(counts_of(plan), (Counts{2, 6}));
  EXPECT_EQ(plan.ranks[0].host, "alias");
  EXPECT_EQ(plan.ranks[1].host, "10.0.0.2");
}

TEST(Addresses, are_looked_up_only_for_names_that_no_report_has) {
  std::vector<RankReport> const reports{report_of(0, "10.0.0.1", 4, 4)};
  auto hosts = hosts::parse_hosts("10.0.0.1\n10.0.0.2\nno.such.name.invalid\n", "f");
  look_up_others(hosts, reports);
  EXPECT_TRUE(hosts[0].addresses.empty());
  EXPECT_EQ(hosts[1].addresses, (std::vector<std::string>{"10.0.0.2"}));
  EXPECT_TRUE(hosts[2].addresses.empty());
}

TEST(HostsFileOfAPlan, divides_weight_and_threads_among_the_ranks_of_a_host) {
  auto const options = options_for("a weight=3 threads=5\nb weight=1\n");
  std::vector<RankReport> const reports{
      report_of(0, "a", 8, 8), report_of(1, "a", 8, 8), report_of(2, "b", 8, 8)};
  auto const plan = make_plan(reports, {{0}, 9}, options);
  EXPECT_EQ(counts_of(plan), (Counts{4, 3, 2}));
  EXPECT_EQ(plan.ranks[0].weight, 1.5);
  EXPECT_EQ(plan.ranks[0].threads, 3);
  EXPECT_EQ(plan.ranks[1].threads, 2);
}

TEST(HostsFileOfAPlan, is_refused_when_a_name_fits_two_hosts) {
  auto const said = complaint<core::DataError>(
      {report_of(0, "a.x", 4, 4), report_of(1, "a.y", 4, 4)}, options_for("a weight=2\n"));
  EXPECT_TRUE(said.starts_with("hosts.txt:1: the name a fits two hosts")) << said;
}

TEST(UnknownCores, are_named_when_weight_or_threads_need_them) {
  std::vector<RankReport> const reports{report_of(0, "a", 0, 0)};
  auto options = options_for("a\n");
  EXPECT_NE(complaint<core::UsageError>(reports, options)
                .find("host a: --weight-mode physical needs its cores"),
            std::string::npos);
  options.weight_mode = WeightMode::uniform;
  EXPECT_NE(complaint<core::UsageError>(reports, options).find("--threads must be a number"),
            std::string::npos);
  options.threads = thread_policy("3");
  auto const plan = make_plan(reports, {{0}, 10}, options);
  EXPECT_EQ(plan.ranks[0].threads, 3);
  EXPECT_TRUE(plan.warnings.empty());
}

TEST(SpeedMode, weighs_hosts_by_what_all_their_ranks_measured) {
  std::vector<RankReport> reports{
      report_of(0, "a", 4, 4), report_of(1, "a", 4, 4), report_of(2, "b", 16, 16)};
  PlanOptions options;
  options.weight_mode = WeightMode::speed;
  EXPECT_NE(complaint<core::UsageError>(reports, options)
                .find("host a: --weight-mode speed needs its speed"),
            std::string::npos);
  reports[0].toys_per_s = 1000;
  reports[1].toys_per_s = 2000;
  reports[2].toys_per_s = 1000;
  EXPECT_EQ(counts_of(make_plan(reports, {{0}, 8}, options)), (Counts{3, 3, 2}));
}

}  // namespace toyfarm::parallel
