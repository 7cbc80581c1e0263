#include "toyfarm/batch/old_results.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

using test::Scratch;
namespace fs = std::filesystem;

/// A document as the old program wrote it: toys `start` to `start + n`, of two parameters. POI
/// estimates are the toy's number; every third has no error, toy 4 failed, toy 5 did not converge.
std::string old_document(std::uint64_t start,
                         std::uint64_t n,
                         std::string const& gen,
                         std::string const& shard) {
  std::string converged, hat, sigma, nll;
  for (std::uint64_t i = start; i < start + n; ++i) {
    std::string const comma = i == start ? "" : ", ";
    auto const text = std::to_string(i) + ".5";
    converged += comma + (i == 4 ? "null" : i == 5 ? "false" : "true");
    hat += comma + (i == 4 ? "null" : text);
    sigma += comma + (i == 4 ? "null" : i % 3 == 0 ? "0.0" : "0.25");
    nll += comma + (i == 4 ? "null" : "-" + text);
  }
  return R"({"input_schema_version": "nextstat_unbinned_spec_v0", "parameter_names": ["mu", "tau"],
"poi_index": 0, "gen": {"point": "init", "params": [1.0, -0.5], "overrides": {}, )" +
         gen + R"(}, "shard": )" + shard + R"(, "results": {"n_toys": )" + std::to_string(n) +
         R"(, "n_error": 0, "n_converged": 999, "n_nonconverged": 0, "poi_true": 1.0, "converged": [)" +
         converged + "], \"poi_hat\": [" + hat + "], \"poi_sigma\": [" + sigma + "], \"nll\": [" +
         nll + "]}}";
}

std::string shard_block(std::uint64_t index, std::uint64_t start, std::uint64_t n) {
  return "{\"shard_index\": " + std::to_string(index) +
         ", \"shard_total\": 2, \"shard_start\": " + std::to_string(start) +
         ", \"shard_n_toys\": " + std::to_string(n) + "}";
}

void expect_ten(MergedStudy const& merged) {
  EXPECT_EQ(merged.study.n_toys, 10U);
  EXPECT_EQ(merged.study.seed, 42U);
  EXPECT_TRUE(merged.missing.empty());
  ASSERT_EQ(merged.rows.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    auto const row = merged.rows[i];
    EXPECT_EQ(row.toy.value, i);
    EXPECT_EQ(row.fit().status == core::FitStatus::converged, i != 4 && i != 5) << i;
    EXPECT_TRUE(std::isnan(row.fit().values[1]));
    if (i != 4) {
      EXPECT_EQ(row.fit().values[0], static_cast<double>(i) + 0.5);
    }
    EXPECT_EQ(std::isnan(row.fit().errors[0]), i == 4 || i % 3 == 0) << i;
  }
}

struct TwoFiles {
  explicit TwoFiles(Scratch const& scratch)
      : files{scratch / "shard_0.out.json", scratch / "shard_1.out.json"} {}
  std::vector<fs::path> files;
};

TEST(OldResults, of_scheduler_shards_are_put_where_their_shard_block_says) {
  Scratch const scratch;
  TwoFiles const two(scratch);
  test::spill(two.files[1],
              old_document(4, 6, R"("seed": 42, "n_toys": 10)", shard_block(1, 4, 6)));
  test::spill(two.files[0],
              old_document(0, 4, R"("seed": 42, "n_toys": 10)", shard_block(0, 0, 4)));
  expect_ten(merge_old_results({two.files[1], two.files[0]}));
  EXPECT_EQ(merge_old_results({two.files[0]}).missing.size(), 1U);
}

TEST(OldResults, of_the_ssh_launcher_are_put_where_their_seeds_say) {
  Scratch const scratch;
  TwoFiles const two(scratch);
  test::spill(two.files[0], old_document(0, 4, R"("seed": 42, "n_toys": 4)", "null"));
  test::spill(two.files[1], old_document(4, 6, R"("seed": 46, "n_toys": 6)", "null"));
  expect_ten(merge_old_results({two.files[1], two.files[0]}));
}

std::string changed(std::string text, std::string const& from, std::string const& to) {
  auto const at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(OldResults, that_disagree_are_refused_by_name_farm_7) {
  Scratch const scratch;
  TwoFiles const two(scratch);
  auto const refused = [&](std::string const& second) {
    test::spill(two.files[0],
                old_document(0, 4, R"("seed": 42, "n_toys": 10)", shard_block(0, 0, 4)));
    test::spill(two.files[1], second);
    auto const thrown = test::thrown_by([&] { static_cast<void>(merge_old_results(two.files)); });
    EXPECT_EQ(thrown.code, core::ExitCode::bad_data);
    EXPECT_TRUE(thrown.says("shard_1.out.json")) << thrown;
  };
  auto const good = old_document(4, 6, R"("seed": 42, "n_toys": 10)", shard_block(1, 4, 6));
  refused(old_document(4, 6, R"("seed": 43, "n_toys": 10)", shard_block(1, 4, 6)));
  refused(old_document(3, 6, R"("seed": 42, "n_toys": 10)", shard_block(1, 3, 6)));
  refused(old_document(6, 6, R"("seed": 42, "n_toys": 10)", shard_block(1, 6, 6)));
  refused(changed(good, "tau", "TAU"));
  refused(changed(good, "-0.5]", "-0.6]"));
  refused(changed(good, "\"n_toys\": 6", "\"n_toys\": 7"));
  refused(good.substr(0, good.size() - 3));           // farm 8
  refused(changed(good, "6.5", "NaN"));               // farm 23
  refused(changed(good, "6.5", "true"));              // farm 23
  refused(changed(good, "false, true", "false, 1"));  // farm 23
}

// farm 10: a shard that was "ok" without a result was left out in silence.
TEST(OldManifest, without_a_result_of_every_shard_is_refused_farm_10) {
  Scratch const scratch;
  auto const manifest = scratch / "manifest.json";
  auto const entry = [&](std::string const& status, std::string const& output) {
    return R"({"results": [{"shard_index": 3, "status": ")" + status + R"(", "local_output": )" +
           output + "}]}";
  };
  test::spill(manifest, entry("ok", "null"));
  auto const thrown = test::thrown_by([&] { static_cast<void>(old_pieces(manifest)); });
  EXPECT_EQ(thrown.code, core::ExitCode::bad_data);
  EXPECT_TRUE(thrown.says("shard 3")) << thrown;
  test::spill(manifest, entry("failed", "\"x.json\""));
  EXPECT_EQ(test::thrown_by([&] { static_cast<void>(old_pieces(manifest)); }).code,
            core::ExitCode::bad_data);
  fs::create_directories(scratch / "shards" / "shard_003_node01");
  test::spill(scratch / "shards" / "shard_003_node01" / "out.json", "{}");
  test::spill(manifest, entry("ok", "\"runs/R/shards/shard_003_node01/out.json\""));
  EXPECT_EQ(old_pieces(manifest),
            std::vector<fs::path>{scratch / "shards" / "shard_003_node01" / "out.json"});
}

}  // namespace
}  // namespace toyfarm::batch
