#include "toyfarm/batch/rendered_run.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "batch/rendered_shards.hpp"
#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

TEST(RenderedRun, comes_back_from_its_manifest_wherever_the_folder_is_farm_26) {
  Scratch const scratch;
  auto run = render(scratch);
  finish(scratch, run, 1);
  run.results = collect(run);
  run.collected_at_utc = run.created_at_utc;
  auto const elsewhere = scratch / "moved";
  std::filesystem::create_directories(elsewhere);
  test::spill(elsewhere / "manifest.json", manifest_text(run));
  std::filesystem::copy_file(scratch / study_name, elsewhere / study_name);
  auto again = read_rendered_run(elsewhere / "manifest.json");
  EXPECT_EQ(again.directory, elsewhere);
  again.directory = run.directory;
  EXPECT_EQ(manifest_text(again), manifest_text(run));
}

TEST(RenderedRun, is_refused_for_a_state_that_no_shard_has) {
  Scratch const scratch;
  auto run = render(scratch);
  run.results = collect(run);
  auto json = nlohmann::json::parse(manifest_text(run));
  json.erase("sha256_of_lines_above");
  json["results"][1]["status"] = "resting";
  test::spill(scratch / "manifest.json", json.dump());
  auto const refused = test::thrown_by([&] { (void)read_rendered_run(scratch / "manifest.json"); });
  EXPECT_EQ(refused.code, core::ExitCode::bad_data);
  EXPECT_TRUE(refused.says("'resting' is none of ok, missing,")) << refused;
}

// R1: for MPI runs these keys of the old launcher were null.
TEST(RenderedRun, names_the_old_files_of_a_shard_that_its_mpi_job_has_kept) {
  Scratch const scratch;
  auto run = render(scratch);
  run.mode = Mode::mpi;
  run.results.resize(1);
  std::filesystem::create_directories(scratch / mpi_run_name);
  for (std::string const kind : {"metrics", "stdout", "stderr"}) {
    auto const key = "\"local_" + kind + "\": ";
    EXPECT_NE(manifest_text(run).find(key + "null"), std::string::npos) << kind;
    auto const file = scratch / mpi_run_name / (kind == "metrics" ? "metrics.json" : kind + ".log");
    test::spill(file, "text");
    EXPECT_NE(manifest_text(run).find(key + "\"" + file.string() + "\""), std::string::npos)
        << kind;
  }
}

TEST(RenderedRun, is_refused_when_the_study_beside_it_is_another) {
  Scratch const scratch;
  auto run = render(scratch);
  run.study.seed = 43;
  test::spill(scratch / "manifest.json", manifest_text(run));
  auto const thrown =
      test::thrown_by([&] { static_cast<void>(read_rendered_run(scratch / "manifest.json")); });
  EXPECT_EQ(thrown.code, core::ExitCode::bad_data);
  EXPECT_TRUE(thrown.says("study")) << thrown;
}

// What an older version's shards have made is not lost, but the rest must be run by that version.
TEST(RenderedRun, of_an_older_version_can_be_collected_but_not_run) {
  Scratch const scratch;
  auto const run = render(scratch);
  EXPECT_NO_THROW(require_runnable(run));
  finish(scratch, run, 1);
  auto frozen = test::slurp(scratch / study_name);
  ASSERT_EQ(frozen.at(8), 4);
  frozen.at(8) = 1;
  // What stands there twice now stood there once: frames three to five go.
  auto const after = [&](std::size_t frame) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, frozen.data() + frame + 32, sizeof bytes);
    return frame + 64 + (bytes + 7) / 8 * 8;
  };
  auto const begin = after(after(16));
  frozen.erase(begin, after(after(after(begin))) - begin);
  test::spill(scratch / study_name, frozen);
  auto const again = read_rendered_run(scratch / "manifest.json");
  EXPECT_EQ(states(collect(again)),
            (std::vector<std::string>{"missing", "ok", "missing", "missing"}));
  auto const refused = test::thrown_by([&] { require_runnable(again); });
  EXPECT_EQ(refused.code, core::ExitCode::bad_data);
  EXPECT_TRUE(refused.says("was written by an older version of toyfarm")) << refused;
}

TEST(RenderedRun, is_refused_when_its_manifest_is_cut_off_or_another_document) {
  Scratch const scratch;
  auto const text = manifest_text(render(scratch));
  for (auto const& wrong : {text.substr(0, text.size() / 2),
                            std::string("{}"),
                            std::string("[1]"),
                            std::string(),
                            std::string("{\"schema_version\": 3}")}) {
    test::spill(scratch / "manifest.json", wrong);
    EXPECT_EQ(test::thrown_by([&] {
                static_cast<void>(read_rendered_run(scratch / "manifest.json"));
              }).code,
              core::ExitCode::bad_data)
        << wrong.substr(0, 40);
  }
}

}  // namespace
}  // namespace toyfarm::batch
