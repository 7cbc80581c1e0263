// What a sweep says of its runs. Numbers in names are those of reference/farm.md §8.
#include <cstdlib>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "toyfarm/batch/sweep.hpp"

#include "support/rows.hpp"
#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

using core::ExitCode;
using test::Scratch;
using test::thrown_by;

constexpr double start = 1.8e9;

/// A collected run whose shard i worked from begins[i] for `seconds` each.
RenderedRun run_of(std::vector<double> const& begins, double seconds) {
  RenderedRun run;
  run.directory = "/shared/runs/r";
  run.study.n_toys = 10 * begins.size();
  run.shards = begins.size();
  for (std::size_t i = 0; i < begins.size(); ++i) {
    ShardResult result;
    result.index = i;
    result.state = ShardState::ok;
    result.elapsed_s = seconds;
    result.start_unix_s = start + begins[i];
    result.end_unix_s = start + begins[i] + seconds;
    result.range = {{10 * i}, 10};
    result.n_done = 10;
    run.results.push_back(result);
  }
  return run;
}

SweepRow row_of(RenderedRun const& run, std::optional<MergedCounts> merged = {}) {
  SweepEntry entry;
  entry.shards = run.shards;
  entry.run_id = "s_sh" + std::to_string(run.shards);
  entry.directory = run.directory;
  return sweep_row(entry, run, {}, merged);
}

Sweep small_sweep() {
  Sweep sweep;
  sweep.created_at_utc = "2026-01-31T12:00:00.000000+00:00";
  sweep.sweep_id = "s";
  sweep.config = "/shared/spec.json";
  sweep.n_toys = 40;
  sweep.seed = 7;
  sweep.threads = "1";
  sweep.program = "/shared/bin/toyfarm";
  sweep.out_root = "/shared/runs";
  return sweep;
}

TEST(SweepRow, farm_27_time_is_what_a_user_waits_not_the_longest_shard) {
  auto const one_after_another = row_of(run_of({0, 1, 2, 3}, 1));
  EXPECT_DOUBLE_EQ(one_after_another.wall.value(), 4);
  EXPECT_DOUBLE_EQ(one_after_another.longest.value(), 1);
  EXPECT_DOUBLE_EQ(one_after_another.throughput().value(), 10);
  EXPECT_EQ(one_after_another.at_once, 1U);
  EXPECT_DOUBLE_EQ(one_after_another.efficiency().value(), 1);
  auto const together = row_of(run_of({0, 0, 0, 0}, 1));
  EXPECT_DOUBLE_EQ(together.wall.value(), 1);
  EXPECT_DOUBLE_EQ(together.throughput().value(), 40);
  EXPECT_EQ(together.at_once, 4U);
}

TEST(SweepRow, farm_27_sees_waves) {
  auto const row = row_of(run_of({0, 0, 1, 1, 2}, 1));
  EXPECT_DOUBLE_EQ(row.wall.value(), 3);
  EXPECT_EQ(row.at_once, 2U);
  EXPECT_DOUBLE_EQ(row.busy.value(), 5);
  EXPECT_DOUBLE_EQ(row.efficiency().value(), 5.0 / 6);
}

TEST(SweepRow, farm_27_takes_every_start_of_a_shard) {
  auto run = run_of({3, 5}, 2);
  run.results[1].elapsed_s = 6;  // the last start came after two that were stopped
  EXPECT_DOUBLE_EQ(row_of(run).wall.value(), 6);
  EXPECT_DOUBLE_EQ(row_of(run).median.value(), 4);
}

TEST(SweepRow, farm_27_begins_when_the_first_shard_does) {
  auto run = run_of({0, 1}, 1);
  run.results[0].elapsed_s = 1.5;  // its script's, which ends a little later
  auto const row = row_of(run);
  EXPECT_DOUBLE_EQ(row.wall.value(), 2);
  EXPECT_EQ(row.at_once, 2U);
}

TEST(SweepRow, farm_27_counts_finished_toys_only) {
  auto run = run_of({0, 0, 0, 0}, 2);
  run.results[3] = {};
  run.results[3].index = 3;
  auto const row = row_of(run, MergedCounts{40, 0});
  EXPECT_FALSE(row.is_whole());
  EXPECT_EQ(row.n_ok, 3U);
  EXPECT_EQ(row.n_done, 30U);
  EXPECT_DOUBLE_EQ(row.throughput().value(), 15);
  EXPECT_FALSE(row.merged) << "of an earlier time";
  auto const text = sweep_markdown(small_sweep(), {row});
  EXPECT_NE(text.find("| 4 | 3/4 | 2.00s* | 15.000 toys/s* | - | - | /shared/runs/r | 30/40 |"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Not complete"), std::string::npos);
}

TEST(SweepRow, tells_the_time_in_the_queue) {
  auto const run = run_of({3600}, 1);
  SweepEntry const entry{};
  Submission early;
  early.created_at_utc = "2027-01-15T08:00:00.000000+00:00";  // = start
  auto late = early;
  late.created_at_utc = "2027-01-15T10:00:00.000000+00:00";
  EXPECT_DOUBLE_EQ(sweep_row(entry, run, {early}, {}).wait.value(), 3600);
  EXPECT_DOUBLE_EQ(sweep_row(entry, run, {early, late}, {}).wait.value(), 3600);
  EXPECT_FALSE(sweep_row(entry, run, {late}, {}).wait);
}

TEST(SweepTable, begins_with_the_old_columns_and_is_sorted) {
  auto const text = sweep_markdown(
      small_sweep(),
      {row_of(run_of({0, 0, 0, 0}, 1), MergedCounts{39, 1}), row_of(run_of({0}, 4))});
  auto const head =
      text.find("| Shards | ok/total | Makespan | Throughput | n_converged | n_error | Run dir |");
  auto const one = text.find("| 1 | 1/1 | 4.00s | 2.500 toys/s | - | - | /shared/runs/r |");
  auto const four = text.find("| 4 | 4/4 | 1.00s | 40.000 toys/s | 39 | 1 | /shared/runs/r |");
  EXPECT_TRUE(head < one && one < four && four != std::string::npos) << text;
  EXPECT_EQ(text.find('*'), std::string::npos);
}

TEST(SweepTable, has_dashes_for_what_is_unknown) {
  RenderedRun run;
  run.shards = 2;
  run.study.n_toys = 10;
  auto const text = sweep_markdown(small_sweep(), {row_of(run)});
  EXPECT_NE(text.find("| 2 | 0/2 | - | - | - | - |"), std::string::npos) << text;
}

TEST(SweepTable, has_ranks_and_threads_of_mpi_jobs) {
  auto run = run_of({0}, 4);
  run.mode = Mode::mpi;
  auto row = row_of(run);
  row.entry.ranks = 2;
  row.entry.threads = 3;
  EXPECT_FALSE(row.busy || row.efficiency() || row.longest) << "there is one job only";
  EXPECT_DOUBLE_EQ(row.wall.value(), 4);
  auto const text = sweep_markdown(small_sweep(), {row});
  EXPECT_NE(text.find("| Run dir | Ranks | Threads |"), std::string::npos) << text;
  EXPECT_NE(text.find("| /shared/runs/r | 2 | 3 |"), std::string::npos) << text;
}

TEST(SweepCsv, has_a_line_per_run) {
  auto row = row_of(run_of({0, 1}, 1), MergedCounts{19, 0});
  row.entry.directory = "/runs/a,b";
  EXPECT_EQ(sweep_csv({row}),
            "shards,ranks,threads,n_ok,n_shards,n_toys,n_done,complete,wall_s,throughput_toys_per_"
            "s,wait_s,busy_s,at_once,efficiency,median_shard_s,longest_shard_s,n_converged,n_error,"
            "run_dir\n"
            "2,0,0,2,2,20,20,true,2.000000,10.000000,,2.000000,1,1.000000,1.000000,1.000000,19,0,"
            "\"/runs/a,b\"\n");
}

TEST(SweepPicture, has_labelled_axes_and_a_point_per_run) {
  auto broken = run_of({0, 0}, 1);
  broken.results[1].state = ShardState::missing;
  auto const svg = sweep_svg(
      small_sweep(), {row_of(run_of({0}, 4)), row_of(broken), row_of(run_of({0, 0, 0, 0}, 1))});
  std::size_t n_points = 0;
  for (auto at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1)) {
    ++n_points;
  }
  EXPECT_EQ(n_points, 6U);
  for (auto const* text :
       {">wall time / s<", ">throughput / toys per s<", ">shards<", ">hollow: "}) {
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  if (char const* const file = std::getenv("TOYFARM_SWEEP_SVG")) {
    test::spill(file, svg);
  }
}

TEST(SweepPicture, says_so_when_there_is_nothing_to_show) {
  RenderedRun run;
  run.shards = 2;
  EXPECT_NE(sweep_svg(small_sweep(), {row_of(run)}).find("no shard has ended"), std::string::npos);
}

TEST(SweepJson, farm_26_is_found_again_when_all_is_moved) {
  Scratch const scratch;
  auto sweep = small_sweep();
  sweep.out_root = scratch / "old";
  sweep.runs = {{2, 0, 0, "s_sh2", scratch / "old/s_sh2"},
                {1, 4, 2, "s_r4_t2", scratch / "old/s_r4_t2"}};
  std::filesystem::create_directories(scratch / "new/s_sh2");
  test::spill(scratch / "new/s_sh2/manifest.json", "{}");
  test::spill(scratch / "new/s.sweep.json", sweep_text(sweep));
  auto const back = read_sweep(scratch / "new/s.sweep.json");
  ASSERT_EQ(back.runs.size(), 2U);
  EXPECT_EQ(back.runs[0].directory, scratch / "new/s_sh2");
  EXPECT_EQ(back.runs[1].directory, scratch / "old/s_r4_t2");
  EXPECT_EQ(back.runs[1].ranks, 4U);
  EXPECT_EQ(back.runs[1].threads, 2U);
  EXPECT_EQ(back.n_toys, 40U);
  EXPECT_EQ(back.threads, "1");
  auto const json = nlohmann::json::parse(test::slurp(scratch / "new/s.sweep.json"));
  EXPECT_EQ(json["schema_version"], "nextstat.pf32_shard_sweep.v1");
  EXPECT_EQ(json["threads"], 1);
}

TEST(SweepJson, of_the_old_tool_is_read) {
  Scratch const scratch;
  test::spill(
      scratch / "sw1.sweep.json",
      R"({"schema_version":"nextstat.pf32_shard_sweep.v1","created_at_utc":"x",)"
      R"("sweep_id":"sw1","scheduler":"htcondor","config":"/s.json","n_toys":400,"seed":42,)"
      R"("threads":1,"nextstat_bin":"/bin/x","out_root":"/runs","runs":[{"shards":4,)"
      R"("run_id":"sw1_sh4","run_dir":"/runs/sw1_sh4"}]})");
  auto const sweep = read_sweep(scratch / "sw1.sweep.json");
  EXPECT_EQ(sweep.scheduler, Scheduler::htcondor);
  EXPECT_EQ(sweep.runs.at(0).directory, "/runs/sw1_sh4");
}

TEST(SweepJson, of_another_kind_is_refused) {
  Scratch const scratch;
  test::spill(scratch / "a.json", "{}");
  test::spill(scratch / "b.json", R"({"schema_version":"nextstat.pf32_shard_sweep.v1"})");
  test::spill(scratch / "c.json", "{");
  for (auto const* name : {"a.json", "b.json", "c.json"}) {
    EXPECT_EQ(thrown_by([&] { static_cast<void>(read_sweep(scratch / name)); }).code,
              ExitCode::bad_data)
        << name;
  }
  EXPECT_EQ(thrown_by([&] { static_cast<void>(read_sweep(scratch / "d.json")); }).code,
            ExitCode::no_input);
}

TEST(MergedCounts, are_of_a_whole_study_only) {
  Scratch const scratch;
  RenderedRun run;
  run.directory = scratch.path();
  run.study.n_toys = 3;
  EXPECT_FALSE(merged_counts(run));
  std::string const text =
      R"({"merge":{"sources":[{"n_toys":9}]},"results":{"n_converged":2,"n_error":1,"n_toys":3,"nll":[1,2,3]}})";
  test::spill(scratch / "merged.out.json", text);
  ASSERT_TRUE(merged_counts(run));
  EXPECT_EQ(merged_counts(run)->n_converged, 2U);
  EXPECT_EQ(merged_counts(run)->n_error, 1U);
  run.study.n_toys = 4;
  EXPECT_FALSE(merged_counts(run));
  run.study.n_toys = 3;
  test::spill(scratch / "merged.out.json", text.substr(0, 90));
  EXPECT_FALSE(merged_counts(run));
}

}  // namespace
}  // namespace toyfarm::batch
