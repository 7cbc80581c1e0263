#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "io/old_documents.hpp"
#include "support/result_text.hpp"
#include "support/same_study.hpp"
#include "support/scratch.hpp"
#include "support/version_1.hpp"

namespace toyfarm::io {
namespace {

using nlohmann::json;
using test::missing_keys;
using Fixture = test::DocumentFixture;
using test::result_json;

TEST(ResultJson, has_every_key_of_the_old_document_with_its_type) {
  Fixture f;
  f.document.shard = {0, 2};
  auto const root = json::parse(result_json(f.document));
  EXPECT_EQ(missing_keys(root,
                         {"input_schema_version",
                          "parameter_names",
                          "poi_index",
                          "gen",
                          "shard",
                          "results",
                          "summary",
                          "guardrails"}),
            "");
  EXPECT_EQ(missing_keys(root["gen"], {"point", "params", "overrides", "seed", "n_toys"}), "");
  EXPECT_EQ(
      missing_keys(root["shard"], {"shard_index", "shard_total", "shard_start", "shard_n_toys"}),
      "");
  EXPECT_EQ(missing_keys(root["results"],
                         {"n_toys",
                          "n_converged",
                          "n_nonconverged",
                          "n_validation_error",
                          "n_computation_error",
                          "n_error",
                          "converged",
                          "poi_hat",
                          "poi_sigma",
                          "nll",
                          "poi_true",
                          "optimizer_diagnostics"}),
            "");
  EXPECT_EQ(missing_keys(root["summary"],
                         {"n_ok", "mean", "std", "q16", "q50", "q84", "pull", "pulls_by_param"}),
            "");
  EXPECT_EQ(
      missing_keys(root["summary"]["pull"],
                   {"n_ok", "mean", "std", "q16", "q50", "q84", "frac_abs_lt_1", "frac_abs_lt_2"}),
      "");
  EXPECT_EQ(
      missing_keys(root["summary"]["pulls_by_param"],
                   {"only_converged", "n_ok", "mean", "std", "frac_abs_lt_1", "frac_abs_lt_2"}),
      "");
  EXPECT_EQ(missing_keys(root["guardrails"],
                         {"require_all_converged",
                          "max_abs_poi_pull_mean",
                          "poi_pull_std_range",
                          "poi_pull_mean",
                          "poi_pull_std",
                          "passed",
                          "failures"}),
            "");
  EXPECT_TRUE(root["poi_index"].is_number_integer());
  EXPECT_EQ(root["gen"]["seed"].get<std::uint64_t>(), f.study.seed);
  EXPECT_EQ(root["gen"]["params"].get<std::vector<double>>(), f.study.truth);
  EXPECT_TRUE(root["gen"]["overrides"].is_object());
  EXPECT_TRUE(root["results"]["optimizer_diagnostics"].is_null());
  EXPECT_EQ(root["summary"]["pulls_by_param"]["only_converged"], true);
  EXPECT_EQ(root["guardrails"]["poi_pull_std_range"], json::array({0.5, 1.5}));
}

// root#6949: lists and counters agree in length and number when fits fail.
TEST(ResultJson, has_lists_and_counters_that_agree) {
  Fixture const f;
  auto const results = json::parse(result_json(f.document))["results"];
  auto const n = f.rows.size();
  for (auto const* const list : {"converged", "poi_hat", "poi_sigma", "nll", "status", "toy"}) {
    EXPECT_EQ(results[list].size(), n) << list;
  }
  EXPECT_EQ(results["n_toys"], n);
  EXPECT_EQ(results["n_requested"], 26);
  EXPECT_EQ(results["n_missing"], 2);
  auto const count = [&](json const& value) {
    return std::count(results["converged"].begin(), results["converged"].end(), value);
  };
  EXPECT_EQ(count(true), results["n_converged"]);
  EXPECT_EQ(count(false), results["n_nonconverged"]);
  EXPECT_EQ(count(nullptr), results["n_error"]);
  EXPECT_GT(count(nullptr), 0);
  EXPECT_EQ(results["n_converged"].get<int>() + results["n_nonconverged"].get<int>() +
                results["n_error"].get<int>(),
            static_cast<int>(n));
  for (std::size_t i = 0; i < n; ++i) {
    auto const row = f.rows[i];
    EXPECT_EQ(results["status"][i], core::to_string(row.fit().status));
    if (row.fit().status == core::FitStatus::infinite_nll) {
      EXPECT_TRUE(results["poi_hat"][i].is_null() && results["nll"][i].is_null() &&
                  results["poi_sigma"][i].is_null());
    } else {
      EXPECT_EQ(results["poi_hat"][i], row.fit().values[0]);
      EXPECT_EQ(results["poi_sigma"][i].is_null(), std::isnan(row.fit().errors[0]));
    }
  }
}

TEST(ResultJson, has_one_gen_block_for_all_shards_of_a_study) {
  Fixture a(13, {{0}, 13});
  Fixture b(13, {{13}, 13});
  a.document.shard = {0, 4};
  b.document.shard = {1, 4};
  EXPECT_EQ(json::parse(result_json(a.document))["gen"],
            json::parse(result_json(b.document))["gen"]);
  EXPECT_EQ(json::parse(result_json(b.document))["shard"]["shard_start"], 13);
}

// CombineHarvester#253: shards give back their rows whole.
TEST(ResultJson, of_a_shard_reads_back_bit_for_bit) {
  test::Scratch const scratch;
  for (std::uint64_t const n : {0U, 1U, 40U}) {
    Fixture f(n, {{5}, 45});
    f.document.shard = {1, 3};
    test::spill(scratch / "s.json", result_json(f.document));
    auto const back = read_result_json(scratch / "s.json");
    test::expect_same_study(back.study, f.study);
    EXPECT_TRUE(std::ranges::equal(back.rows.words(), f.rows.words()));
    EXPECT_EQ(back.shard->index, 1U);
    EXPECT_EQ(back.shard->total, 3U);
    EXPECT_EQ(back.limits.max_abs_poi_pull_mean, 0.1);
    EXPECT_EQ(back.limits.poi_pull_std_range, std::pair(0.5, 1.5));
  }
}

// Collecting compares it to the table beside it, whichever version wrote the two.
TEST(ResultJson, of_version_1_has_the_rows_of_the_table_of_version_1) {
  auto const document = read_result_json(test::version_1("toys.out.json"));
  test::expect_version_1(document.rows);
  auto const table = read_toy_table(test::version_1("toys.h5"));
  EXPECT_TRUE(std::ranges::equal(document.rows.words(), table.rows.words()));
}

TEST(ResultJson, with_half_of_what_is_known_of_starts_is_refused) {
  test::Scratch const scratch;
  Fixture f;
  f.document.shard = {0, 1};
  for (auto const* const key : {"won", "next_end"}) {
    auto root = json::parse(result_json(f.document));
    root["results"]["rows"].erase(key);
    test::spill(scratch / "s.json", root.dump());
    auto const refused = test::thrown_by([&] { (void)read_result_json(scratch / "s.json"); });
    EXPECT_TRUE(refused.says(key)) << refused;
  }
}

TEST(ResultJson, with_a_column_field_or_word_that_is_not_known_is_refused_by_its_name) {
  test::Scratch const scratch;
  Fixture f;
  f.document.shard = {0, 1};
  auto const whole = json::parse(result_json(f.document));
  auto const refused = [&](char const* pointer, json const& value) {
    auto root = whole;
    root[json::json_pointer(pointer)] = value;
    test::spill(scratch / "s.json", root.dump());
    return test::thrown_by([&] { (void)read_result_json(scratch / "s.json"); });
  };
  auto const no_words = whole["results"]["rows"]["nll"];
  EXPECT_TRUE(refused("/results/rows/chi2", no_words).says("a column 'chi2', which"));
  EXPECT_TRUE(refused("/results/rows/status/0", "lost").says("unknown status \"lost\""));
  EXPECT_TRUE(refused("/results/rows/at_bound/0/0", 9).says("unknown at_bound 9"));
  EXPECT_TRUE(refused("/results/rows/error/0", {1.0}).says("'error' of a toy has not the"));
  EXPECT_TRUE(refused("/study/luck", "good").says("unknown member 'luck'"));
  EXPECT_TRUE(refused("/study/constraint_mode", "some")
                  .says("constraint_mode: 'some' is none of randomize, fixed"));
  EXPECT_TRUE(refused("/study/gen_point", "there").says("gen_point is 'there', which"));
  EXPECT_TRUE(refused("/study/events", "as many").says("events is 'as many', which"));
}

TEST(ResultJson, that_holds_no_rows_or_is_damaged_is_refused_with_its_name) {
  test::Scratch const scratch;
  Fixture f;
  test::spill(scratch / "plain.json", result_json(f.document));
  auto const refused = [&](std::string const& name) {
    return test::thrown_by([&] { (void)read_result_json(scratch / name); });
  };
  EXPECT_TRUE(refused("plain.json").says("holds no rows of toys")) << refused("plain.json");
  f.document.shard = {0, 1};
  auto const whole = result_json(f.document);
  auto const refused_text = [&](std::string const& text) {
    test::spill(scratch / "bad.json", text);
    auto const thrown = refused("bad.json");
    return thrown.code == core::ExitCode::bad_data && thrown.says("bad.json");
  };
  EXPECT_TRUE(refused_text(""));
  EXPECT_TRUE(refused_text("[1]"));
  for (std::size_t n = 1; n + 3 < whole.size(); n += 997) {
    EXPECT_TRUE(refused_text(whole.substr(0, n)));
  }
  for (auto const* const pointer : {"/study/seed",
                                    "/study/truth",
                                    "/study/stream_version",
                                    "/results/rows/status",
                                    "/results/rows/nll",
                                    "/results/rows/estimate/3",
                                    "/guardrails"}) {
    for (json const& value : {json("x"), json::array({1}), json(7), json::object()}) {
      auto root = json::parse(whole);
      root[json::json_pointer(pointer)] = value;
      if (std::string_view(pointer) != "/study/seed" || value != 7) {
        EXPECT_TRUE(refused_text(root.dump())) << pointer << " " << value;
      }
    }
  }
}

TEST(ResultJson, says_null_where_there_is_no_value) {
  Fixture empty(0, {{0}, 10});
  auto const root = json::parse(result_json(empty.document));
  EXPECT_TRUE(root["summary"].is_null());
  EXPECT_TRUE(root["shard"].is_null());
  EXPECT_FALSE(root.contains("merge"));
  EXPECT_FALSE(root["results"].contains("rows"));
  Fixture no_poi;
  no_poi.study.poi.reset();
  no_poi.update({{0}, 26});
  auto const without = json::parse(result_json(no_poi.document));
  EXPECT_TRUE(without["poi_index"].is_null());
  EXPECT_TRUE(without["results"]["poi_hat"][0].is_null());
  EXPECT_EQ(without["summary"]["n_ok"], 0);
  EXPECT_TRUE(without["summary"]["pull"].is_null());
  EXPECT_EQ(without["summary"]["pulls_by_param"]["mean"].size(), 3U);
}

TEST(ResultJson, names_its_sources_when_merged) {
  Fixture f;
  f.document.sources = {{2, "node02", {{7}, 6}, "shards/2.json"}};
  f.document.created_at_utc = "2026-11-22T12:35:38+00:00";
  f.document.run_id = "R";
  auto const merge = json::parse(result_json(f.document))["merge"];
  EXPECT_EQ(merge["schema_version"], "nextstat.cpu_farm_unbinned_fit_toys_merged.v1");
  EXPECT_EQ(merge["n_shards"], 1);
  EXPECT_EQ(merge["sources"][0],
            (json{{"shard_index", 2},
                  {"host", "node02"},
                  {"toy_start", 7},
                  {"n_toys", 6},
                  {"path", "shards/2.json"}}));
  EXPECT_FALSE(merge.contains("manifest"));
  // R1
  f.document.manifest = {"R", "runs/R/manifest.json", "hosts.txt"};
  EXPECT_EQ(json::parse(result_json(f.document))["merge"]["manifest"],
            (json{{"run_id", "R"}, {"path", "runs/R/manifest.json"}, {"hosts_file", "hosts.txt"}}));
  f.document.manifest->hosts_file = "";
  EXPECT_TRUE(json::parse(result_json(f.document))["merge"]["manifest"]["hosts_file"].is_null());
}

TEST(ResultJson, leaves_arrays_out_above_a_million_toys) {
  record::StudyInfo study;
  study.n_toys = 1'000'001;
  auto rows = record::RowTable(study.layout());
  record::ToyRecord row;
  row.fit().status = core::FitStatus::converged;
  for (std::uint64_t i = 0; i < study.n_toys; ++i) {
    row.toy = {i};
    rows.append(row);
  }
  auto const summary = ensemble::summarise(study, rows, {{0}, study.n_toys});
  auto const verdict = ensemble::judge(summary, study, {});
  auto const text = result_json(
      {&study, &rows, &summary, &verdict, {{0}, study.n_toys}, record::Shard{0, 1}, {}, "", ""});
  EXPECT_LT(text.size(), 10'000U);
  EXPECT_EQ(json::parse(text)["results"]["arrays_omitted"], true);
}

}  // namespace
}  // namespace toyfarm::io
