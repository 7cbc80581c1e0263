#include "toyfarm/io/run_status.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "toyfarm/io/sealed_text.hpp"

#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

using Json = nlohmann::json;

RunStatus some_status() {
  RunStatus status;
  status.state = RunState::stopped;
  status.exit_code = 75;
  status.reason = "SIGTERM";
  status.run_id = "r";
  status.host = "node01";
  status.pid = 4711;
  status.epoch = 2;
  status.started_utc = "2026-01-31T12:00:00.000000+00:00";
  status.updated_utc = "2026-01-31T12:00:09.000000+00:00";
  status.n_toys = 100;
  status.n_done = 40;
  status.n_acknowledged = 30;
  status.n_not_converged = 1;
  status.toys_per_second = 12.5;
  status.elapsed_s = 9;
  status.n_ranks = 3;
  status.lost_ranks = {"rank 2 on node03"};
  status.poi = "mu";
  status.poi_mean = 1.25;
  status.pull_width = 0.98;
  return status;
}

TEST(RunStatus, comes_back_from_its_file_as_it_was) {
  test::Scratch const scratch;
  for (auto const& status : {some_status(), RunStatus{}}) {
    auto const text = run_status_json(status);
    test::spill(scratch / "status.json", sealed(text));
    EXPECT_EQ(run_status_json(read_run_status(scratch / "status.json")), text);
  }
  test::spill(scratch / "status.json", sealed(run_status_json(some_status())));
  auto const read = read_run_status(scratch / "status.json");
  EXPECT_EQ(read.exit_code, 75);
  EXPECT_EQ(read.seconds_left, std::nullopt);
  EXPECT_EQ(read.lost_ranks, some_status().lost_ranks);
  EXPECT_EQ(read.pull_width, 0.98);
}

TEST(RunStatus, has_the_members_that_programs_look_for) {
  auto const json = Json::parse(run_status_json(some_status()));
  EXPECT_EQ(json.size(), 19U);
  EXPECT_EQ(json["n_acknowledged"], 30);
  EXPECT_EQ(json["poi"],
            (Json{{"name", "mu"}, {"mean", 1.25}, {"pull_mean", nullptr}, {"pull_width", 0.98}}));
  EXPECT_TRUE(Json::parse(run_status_json({}))["poi"].is_null());
}

TEST(RunStatus, refuses_what_is_none) {
  test::Scratch const scratch;
  test::spill(scratch / "status.json", "{\"state\": \"running\"}");
  auto const thrown = test::thrown_by([&] { (void)read_run_status(scratch / "status.json"); });
  EXPECT_EQ(thrown.code, core::ExitCode::bad_data);
  EXPECT_TRUE(thrown.says("is no status of a run")) << thrown;
  auto json = Json::parse(run_status_json(some_status()));
  json["state"] = "resting";
  test::spill(scratch / "status.json", json.dump());
  auto const other = test::thrown_by([&] { (void)read_run_status(scratch / "status.json"); });
  EXPECT_TRUE(other.says("state: 'resting' is none of running, publishing,")) << other;
  auto text = sealed(run_status_json(some_status()));
  text.replace(text.find("4711"), 4, "4712");
  test::spill(scratch / "status.json", text);
  EXPECT_EQ(test::thrown_by([&] { (void)read_run_status(scratch / "status.json"); }).code,
            core::ExitCode::bad_data);
}

}  // namespace
}  // namespace toyfarm::io
