#include "toyfarm/io/reports.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/old_documents.hpp"
#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

using nlohmann::json;
using test::missing_keys;
using Fixture = test::DocumentFixture;

TEST(ManifestJson, has_the_old_keys_and_one_output_for_old_readers) {
  Fixture const f;
  Manifest manifest;
  manifest.study = &f.study;
  manifest.run_id = "R";
  manifest.range = {{0}, 20};
  for (std::uint64_t i = 0; i < 3; ++i) {
    RankRun rank;
    rank.index = i;
    rank.host = "node0" + std::to_string(i);
    rank.range = {{7 * i}, i < 2 ? 7U : 6U};
    rank.status = i == 0 ? RankState::failed : RankState::ok;
    manifest.ranks.push_back(rank);
  }
  manifest.files = {{"toys.h5", "ab", 12}};
  auto const root = json::parse(manifest_json(manifest));
  EXPECT_EQ(missing_keys(root,
                         {"schema_version",
                          "created_at_utc",
                          "run_id",
                          "hosts_file",
                          "config",
                          "n_toys",
                          "seed",
                          "threads",
                          "weight_mode",
                          "nextstat_bin",
                          "remote_workdir",
                          "remote_run_root",
                          "dry_run",
                          "plans",
                          "results",
                          "shards"}),
            "");
  EXPECT_EQ(root["schema_version"], "nextstat.cpu_farm_unbinned_fit_toys_run.v1");
  EXPECT_EQ(root["shards"], 3);
  EXPECT_TRUE(root["threads"].is_string());
  for (auto const& plan : root["plans"]) {
    EXPECT_EQ(missing_keys(plan,
                           {"shard_index",
                            "host",
                            "user",
                            "port",
                            "weight",
                            "threads",
                            "toy_start",
                            "n_toys",
                            "seed"}),
              "");
  }
  EXPECT_EQ(root["plans"][1]["toy_start"], 7);
  // R2: toy 0 of another seed is not toy 7 of this one.
  EXPECT_EQ(root["plans"][1]["seed"], f.study.seed);
  EXPECT_EQ(root["results"][1]["seed"], f.study.seed);
  std::vector<json> outputs;
  for (auto const& result : root["results"]) {
    EXPECT_EQ(missing_keys(result,
                           {"shard_index",
                            "host",
                            "target",
                            "status",
                            "n_toys",
                            "toy_start",
                            "seed",
                            "threads",
                            "weight",
                            "rc",
                            "elapsed_s",
                            "local_dir",
                            "local_output",
                            "local_metrics",
                            "local_stdout",
                            "local_stderr",
                            "remote_dir",
                            "error"}),
              "");
    outputs.push_back(result["local_output"]);
  }
  EXPECT_EQ(outputs, (std::vector<json>{nullptr, "merged.out.json", nullptr}));
  EXPECT_EQ(root["results"][0]["status"], "failed");
  EXPECT_EQ(root["results"][1]["status"], "ok");
  EXPECT_EQ(root["keep"], "rows");
  EXPECT_EQ(root["results"][0]["rc"], 1);
  EXPECT_EQ(root["results"][1]["rc"], 0);
  EXPECT_EQ(root["files"][0], (json{{"name", "toys.h5"}, {"sha256", "ab"}, {"bytes", 12}}));
  EXPECT_FALSE(root.contains("run_dir"));
  manifest.run_dir = "/runs/R";
  auto const placed = json::parse(manifest_json(manifest));
  EXPECT_EQ(placed["run_dir"], "/runs/R");
  EXPECT_EQ(placed["results"][1]["local_output"], "/runs/R/merged.out.json");
}

// R1: scripts for the old launcher look for what it kept of every shard.
TEST(ManifestJson, names_old_files_of_shards_where_the_run_has_them) {
  Fixture const f;
  Manifest manifest;
  manifest.study = &f.study;
  manifest.run_dir = "/runs/R";
  manifest.range = {{0}, 20};
  for (std::uint64_t i = 0; i < 3; ++i) {
    RankRun rank;
    rank.index = i;
    rank.host = "node0" + std::to_string(i);
    rank.status = RankState::ok;
    manifest.ranks.push_back(rank);
  }
  manifest.ranks[1].user = manifest.ranks[1].login = "analysis";
  manifest.ranks[2].login = "me";
  auto root = json::parse(manifest_json(manifest));
  for (auto const& result : root["results"]) {
    EXPECT_TRUE(result["local_metrics"].is_null() && result["local_stdout"].is_null() &&
                result["local_stderr"].is_null());
  }
  manifest.files = {{"metrics.json", "ab", 1}, {"stdout.log", "cd", 2}, {"stderr.log", "ef", 3}};
  root = json::parse(manifest_json(manifest));
  std::vector<json> targets;
  std::vector<json> metrics;
  for (auto const& result : root["results"]) {
    targets.push_back(result["target"]);
    metrics.push_back(result["local_metrics"]);
    EXPECT_EQ(result["local_stdout"], "/runs/R/stdout.log");
    EXPECT_EQ(result["local_stderr"], "/runs/R/stderr.log");
    EXPECT_EQ(result["remote_dir"], "/runs/R");
  }
  EXPECT_EQ(targets, (std::vector<json>{"node00", "analysis@node01", "me@node02"}));
  EXPECT_EQ(metrics, (std::vector<json>{"/runs/R/metrics.json", nullptr, nullptr}))
      << "they are of all toys, and old scripts add them up";
  EXPECT_EQ(root["plans"][1]["user"], "analysis");
  EXPECT_TRUE(root["plans"][2]["user"].is_null()) << "of the hosts file only";
}

TEST(FitJson, has_the_old_keys_and_numbers_for_old_readers) {
  FitDocument fit;
  double const nan = std::numeric_limits<double>::quiet_NaN();
  fit.parameter_names = {"mu", "tau"};
  fit.bestfit = {1, 2};
  fit.uncertainties = {0.1, nan};
  fit.held = {core::Held::none, core::Held::upper};
  fit.unused = {false, true};
  fit.nll = 3;
  fit.edm = nan;
  auto const root = json::parse(fit_json(fit));
  EXPECT_EQ(missing_keys(root,
                         {"input_schema_version",
                          "parameter_names",
                          "bestfit",
                          "uncertainties",
                          "covariance",
                          "nll",
                          "twice_nll",
                          "initial_nll",
                          "converged",
                          "n_iter",
                          "n_fev",
                          "n_gev",
                          "final_grad_norm",
                          "n_active_bounds",
                          "poi_index",
                          "termination_reason",
                          "edm",
                          "status",
                          "at_bound",
                          "engine",
                          "errors_sumw2"}),
            "");
  EXPECT_EQ(root["uncertainties"], json::array({0.1, 0.0}));
  EXPECT_EQ(root["errors"], json::array({0.1, nullptr}));
  EXPECT_EQ(root["twice_nll"], 6.0);
  EXPECT_TRUE(root["edm"].is_null() && root["covariance"].is_null() &&
              root["poi_index"].is_null() && root["errors_sumw2"].is_null());
  EXPECT_EQ(root["unused"], json::array({"tau"}));
}

TEST(FitJson, tells_which_start_won_and_how_far_the_next_end_is) {
  FitDocument fit;
  auto const starts = [&] { return json::parse(fit_json(fit))["starts"]; };
  EXPECT_EQ(starts(),
            (json{{"tried", 1}, {"won", 0}, {"won_name", nullptr}, {"next_end", nullptr}}));
  fit.n_starts = 3;
  fit.won = 2;
  fit.next_end = 12.5;
  EXPECT_EQ(starts(), (json{{"tried", 3}, {"won", 2}, {"won_name", nullptr}, {"next_end", 12.5}}));
  fit.start_names = {"init", "jittered 1", "jittered 2"};
  EXPECT_EQ(starts()["won_name"], "jittered 2");
}

TEST(ToyMetricsJson, has_the_old_keys) {
  Fixture const f;
  auto const root = json::parse(toy_metrics_json({&f.document, "0.1.0", 1, 2, 3.0, 1.0, 2.0}));
  EXPECT_EQ(missing_keys(root,
                         {"schema_version",
                          "tool",
                          "tool_version",
                          "created_unix_ms",
                          "command",
                          "device",
                          "threads",
                          "parity",
                          "timing",
                          "status",
                          "warnings",
                          "degraded_flags",
                          "metrics"}),
            "");
  EXPECT_EQ(root["schema_version"], "nextstat_metrics_v0");
  EXPECT_EQ(missing_keys(root["metrics"],
                         {"poi_index",
                          "poi_true",
                          "n_toys",
                          "n_error",
                          "n_converged",
                          "n_nonconverged",
                          "summary",
                          "guardrails"}),
            "");
  EXPECT_EQ(missing_keys(root["timing"]["breakdown"]["toys"],
                         {"pipeline", "sample_s", "fit_s", "warm_start", "nominal_converged"}),
            "");
}

TEST(ParameterValues, are_read_in_order_and_refused_when_they_are_no_numbers) {
  test::Scratch const scratch;
  auto const read = [&](std::string const& text) {
    test::spill(scratch / "p.json", text);
    return read_parameter_values(scratch / "p.json");
  };
  EXPECT_EQ(read(R"({"z": 1, "a": 2.5})"),
            (std::vector<std::pair<std::string, double>>{{"z", 1}, {"a", 2.5}}));
  for (auto const* const text : {"",
                                 "[1]",
                                 "{\"a\": \"1\"}",
                                 "{\"a\": null}",
                                 "{\"a\": 1, \"a\": 2}",
                                 "{\"a\": NaN}",
                                 "{\"a\": {\"b\": 1}}"}) {
    EXPECT_EQ(test::thrown_by([&] { (void)read(text); }).code, core::ExitCode::bad_data) << text;
  }
  EXPECT_EQ(test::thrown_by([&] { (void)read_parameter_values(scratch / "absent"); }).code,
            core::ExitCode::no_input);
}

TEST(PlannedManifest, has_the_plan_of_an_old_dry_run) {
  PlannedRun run;
  run.n_toys = 20;
  run.seed = 18446744073709551612U;
  run.threads_policy = "physical";
  run.ranks.resize(2);
  run.ranks[0].host = "node01";
  run.ranks[0].range = {{0}, 7};
  run.ranks[1].index = 1;
  run.ranks[1].host = "node02";
  run.ranks[1].user = "analysis";
  run.ranks[1].port = 2222;
  run.ranks[1].weight = 2;
  run.ranks[1].threads = 4;
  run.ranks[1].range = {{7}, 13};
  auto const root = json::parse(planned_manifest_json(run));
  EXPECT_EQ(root["plans"][0],
            json::parse(R"({"shard_index": 0, "host": "node01", "user": null, "port": 22,
                            "weight": 1.0, "threads": 1, "toy_start": 0, "n_toys": 7,
                            "seed": 18446744073709551612})"));
  EXPECT_EQ(root["plans"][1],
            json::parse(R"({"shard_index": 1, "host": "node02", "user": "analysis", "port": 2222,
                            "weight": 2.0, "threads": 4, "toy_start": 7, "n_toys": 13,
                            "seed": 18446744073709551612})"));
  EXPECT_EQ(root["dry_run"], true);
  EXPECT_EQ(root["threads"], "physical");
  EXPECT_EQ(root["results"][1]["status"], "planned");
  EXPECT_EQ(root["results"][1]["target"], "analysis@node02");
  EXPECT_TRUE(root["results"][1]["rc"].is_null());
  EXPECT_EQ(missing_keys(root,
                         {"schema_version",
                          "created_at_utc",
                          "run_id",
                          "hosts_file",
                          "config",
                          "n_toys",
                          "seed",
                          "weight_mode",
                          "nextstat_bin",
                          "remote_workdir",
                          "remote_run_root",
                          "results"}),
            "");
}

}  // namespace
}  // namespace toyfarm::io
