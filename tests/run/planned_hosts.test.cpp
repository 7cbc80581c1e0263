// Who would run what, and for how long.
#include "toyfarm/run/planned_hosts.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/preflight.hpp"
#include "toyfarm/run/forecast.hpp"
#include "toyfarm/run/speed_probe.hpp"
#include "toyfarm/run/survey.hpp"

#include "run/small_run.hpp"

namespace toyfarm::run {
namespace {

class PlannedHosts : public testing::Test {
 protected:
  std::string write(std::string const& name, std::string const& text) {
    std::ofstream(scratch_ / name) << text;
    return (scratch_ / name).string();
  }
  std::string preflight(std::vector<io::PreflightHost> const& hosts) {
    return write("preflight.json", io::preflight_json({"2026-01-01T00:00:00Z", "", hosts}));
  }
  static io::PreflightHost host(std::string const& name, double speed, bool ok = true) {
    io::PreflightHost out;
    out.host = out.hostname = out.ssh_target = name;
    out.ok = ok;
    out.error = ok ? "" : "it is off";
    if (ok) {
      out.logical_cores = 4;
      out.physical_cores = 2;
      out.toys_per_s = speed;
    }
    return out;
  }
  test::Scratch scratch_;
};

TEST_F(PlannedHosts, are_this_one_without_files) {
  FarmRequest farm;
  ASSERT_EQ(planned_reports(farm).size(), 1U);
  farm.ranks_per_host = 3;
  auto const reports = planned_reports(farm);
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[2].rank, 2);
}

TEST_F(PlannedHosts, are_those_of_the_file_that_the_preflight_reached) {
  FarmRequest farm;
  farm.hosts_file = write("hosts", "a\nb\n");
  ASSERT_EQ(planned_reports(farm).size(), 2U);
  farm.preflight_json = preflight({host("a", 100), host("b", 0, false)});
  farm.ranks_per_host = 2;
  auto const reports = planned_reports(farm);
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[1].host, "a");
  EXPECT_EQ(reports[1].toys_per_s, 50);
  farm.hosts_file = write("hosts", "c\n");
  EXPECT_THROW(static_cast<void>(planned_reports(farm)), core::DataError);
}

TEST_F(PlannedHosts, take_as_long_as_their_speeds_say) {
  FarmRequest farm;
  farm.preflight_json = preflight({host("a", 100), host("b", 300)});
  auto const reports = planned_reports(farm);
  Order order = test::small_order(scratch_, 800);
  order.farm = farm;
  order.conduct.weight_mode = parallel::WeightMode::speed;
  auto const plan = parallel::make_plan(reports, {{0}, 800}, plan_options(order));
  auto const told = forecast(farm, plan, reports, nullptr);
  ASSERT_EQ(told.seconds.size(), 2U);
  EXPECT_NEAR(told.seconds[0], 2, 0.05);
  EXPECT_NEAR(told.seconds[1], 2, 0.05);
  auto const text = forecast_text(plan, reports, told);
  EXPECT_NE(text.find("800 toys on 2 hosts, 2 ranks"), std::string::npos) << text;
  auto const planned = planned_run(order, plan);
  ASSERT_EQ(planned.ranks.size(), 2U);
  EXPECT_EQ(planned.ranks[0].range.count + planned.ranks[1].range.count, 800U);
}

TEST_F(PlannedHosts, of_unknown_speed_are_not_forecast) {
  FarmRequest farm;
  farm.hosts_file = write("hosts", "a\nb\n");
  auto const reports = planned_reports(farm);
  Order order = test::small_order(scratch_);
  order.farm = farm;
  order.conduct.weight_mode = parallel::WeightMode::uniform;
  order.conduct.threads = "2";
  auto const plan = parallel::make_plan(reports, {{0}, 6}, plan_options(order));
  EXPECT_TRUE(forecast(farm, plan, reports, nullptr).seconds.empty());
}

TEST_F(PlannedHosts, that_are_not_there_are_surveyed_with_the_reason) {
  FarmRequest farm;
  farm.known_unreachable = {{"b", "no route"}};
  std::vector<io::PreflightHost> hosts{host("a", 10)};
  add_unreachable(farm, hosts::read_hosts(write("hosts", "a\nb\nc\n")), hosts);
  ASSERT_EQ(hosts.size(), 3U);
  auto const text = survey_table(hosts);
  EXPECT_NE(text.find("no route"), std::string::npos) << text;
  EXPECT_NE(text.find("no rank of this job runs there"), std::string::npos) << text;
  EXPECT_NE(text.find("reachable_hosts=1/3"), std::string::npos) << text;
}

TEST(Speed, is_that_of_some_toys) {
  EXPECT_GT(measure_speed(probe_study(), 1, 0.01), 1);
}

}  // namespace
}  // namespace toyfarm::run
