#include "toyfarm/batch/merge.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "toyfarm/batch/run_manifest.hpp"
#include "toyfarm/core/sha256.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "support/result_text.hpp"
#include "support/rows.hpp"
#include "support/same_study.hpp"
#include "support/scratch.hpp"
#include "support/version_1.hpp"

namespace toyfarm::batch {
namespace {

using core::ExitCode;
using test::Scratch;
using test::thrown_by;

void write_shard_json(std::filesystem::path const& file,
                      record::StudyInfo const& study,
                      record::Shard shard) {
  auto const range = record::shard_range(shard, study.n_toys);
  auto const rows = test::made_up_rows(study.layout(), range);
  auto const summary = ensemble::summarise(study, rows, range);
  auto const verdict = ensemble::judge(summary, study, {});
  test::spill(file,
              test::result_json({&study, &rows, &summary, &verdict, range, shard, {}, "", ""}));
}

void write_shard_table(std::filesystem::path const& file,
                       record::StudyInfo const& study,
                       core::ToyRange range) {
  io::write_toy_table(file, study, test::made_up_rows(study.layout(), range));
}

// CombineHarvester#253, pyhf#829: any partition, in any order and form of file, is the whole run to
// the last byte.
TEST(Merge, of_any_partition_in_any_order_equals_the_whole_run_byte_for_byte) {
  Scratch const scratch;
  auto const study = test::small_study(25);
  write_shard_table(scratch / "whole.h5", study, {{0}, 25});
  auto const whole = test::slurp(scratch / "whole.h5");
  std::mt19937_64 random(9);
  for (std::uint64_t total = 1; total <= 27; total += 2) {
    std::vector<std::filesystem::path> files;
    for (std::uint64_t i = 0; i < total; ++i) {
      auto const stem = "shard_" + std::to_string(i);
      if (i % 3 == 0) {
        files.push_back(scratch / (stem + ".out.json"));
        write_shard_json(files.back(), study, {i, total});
      } else if (i % 3 == 1) {
        files.push_back(scratch / (stem + ".toys.h5"));
        write_shard_table(files.back(), study, record::shard_range({i, total}, 25));
      } else {
        files.push_back(scratch / stem);
        std::filesystem::create_directories(files.back());
        write_shard_table(files.back() / "toys.h5", study, record::shard_range({i, total}, 25));
      }
    }
    std::shuffle(files.begin(), files.end(), random);
    auto const merged = merge_pieces(files);
    EXPECT_TRUE(merged.missing.empty());
    EXPECT_EQ(merged.sources.size(), total);
    test::expect_same_study(merged.study, study);
    io::write_toy_table(scratch / "merged.h5", merged.study, merged.rows);
    EXPECT_EQ(test::slurp(scratch / "merged.h5"), whole) << total;
  }
}

// R1: a run under MPI is one table, but ranks made it, and its manifest names them.
TEST(Merge, names_the_ranks_that_the_manifest_beside_a_table_knows) {
  Scratch const scratch;
  auto const study = test::small_study(25);
  std::filesystem::create_directories(scratch / "run");
  write_shard_table(scratch / "run" / "toys.h5", study, {{0}, 25});
  auto const hosts = [&](std::filesystem::path const& input) {
    std::string text;
    for (auto const& source : merge_pieces({input}).sources) {
      text += source.host + " " + std::to_string(source.range.first.value) + "+" +
              std::to_string(source.range.count) + ";";
      EXPECT_EQ(source.path, (scratch / "run" / "toys.h5").string());
    }
    return text;
  };
  EXPECT_EQ(hosts(scratch / "run"), "unknown 0+25;");
  auto const manifest = scratch / "run" / "manifest.json";
  test::spill(manifest,
              R"({"run_id": "r", "hosts_file": "hosts.txt", "results": [
                {"shard_index": 0, "host": "node01", "toy_start": 0, "n_toys": 12},
                {"shard_index": 1, "host": "node02", "toy_start": 12, "n_toys": 13}]})");
  EXPECT_EQ(hosts(scratch / "run"), "node01 0+12;node02 12+13;");
  EXPECT_EQ(hosts(scratch / "run" / "toys.h5"), "node01 0+12;node02 12+13;");
  auto const described = described_in(manifest);
  EXPECT_EQ(described.run_id, "r");
  EXPECT_EQ(described.path, manifest.string());
  EXPECT_EQ(described.hosts_file, "hosts.txt");
  for (std::string const damaged : {"", "{"}) {
    test::spill(manifest, damaged);
    EXPECT_THROW(static_cast<void>(merge_pieces({scratch / "run"})), core::DataError) << damaged;
  }
  for (std::string const odd : {"{}", "{\"results\": 3}", "{\"results\": [{}]}"}) {
    test::spill(manifest, odd);
    EXPECT_EQ(hosts(scratch / "run"), "unknown 0+25;") << odd;
    EXPECT_EQ(described_in(manifest).hosts_file, "") << odd;
  }
}

// Contract 15: pieces that an older version wrote are read, and written anew in today's form.
TEST(Merge, takes_pieces_of_version_1_beside_later_ones) {
  Scratch const scratch;
  auto const study = test::small_study(12);
  write_shard_table(scratch / "later.h5", study, {{6}, 6});
  for (auto const* const name : {"toys.h5", "toys.out.json"}) {
    auto const merged = merge_pieces({scratch / "later.h5", test::version_1(name)});
    EXPECT_TRUE(merged.missing.empty());
    io::write_toy_table(scratch / "merged.h5", merged.study, merged.rows);
    auto const back = io::read_toy_table(scratch / "merged.h5");
    test::expect_same_study(back.study, study);
    test::expect_version_1(back.rows);
    auto const later = test::made_up_rows(study.layout(), {{6}, 6});
    EXPECT_TRUE(std::ranges::equal(back.rows.words().last(later.words().size()), later.words()));
  }
}

TEST(Merge, of_random_scattered_subsets_equals_the_whole_run) {
  Scratch const scratch;
  auto const study = test::small_study(40);
  std::mt19937_64 random(4);
  for (int trial = 0; trial < 5; ++trial) {
    std::vector<record::RowTable> parts(4, record::RowTable(study.layout()));
    for (std::uint64_t toy = 0; toy < 40; ++toy) {
      parts[random() % parts.size()].append(test::made_up_row(study.layout(), toy));
    }
    std::vector<std::filesystem::path> files;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      files.push_back(scratch / (std::to_string(p) + ".h5"));
      io::write_toy_table(files.back(), study, parts[p]);
    }
    auto const merged = merge_pieces(files);
    EXPECT_TRUE(std::ranges::equal(merged.rows.words(),
                                   test::made_up_rows(study.layout(), {{0}, 40}).words()));
  }
}

TEST(Merge, returns_the_gaps_and_where_pieces_came_from) {
  Scratch const scratch;
  auto const study = test::small_study(20);
  write_shard_table(scratch / "shard_1.toys.h5", study, {{3}, 4});
  test::spill(scratch / "shard_1.host", "node07\n");
  write_shard_table(scratch / "b.h5", study, {{10}, 2});
  auto const merged = merge_pieces({scratch / "b.h5", scratch / "shard_1.toys.h5"});
  EXPECT_EQ(merged.missing, (std::vector<core::ToyRange>{{{0}, 3}, {{7}, 3}, {{12}, 8}}));
  ASSERT_EQ(merged.sources.size(), 2U);
  EXPECT_EQ(merged.sources[0].shard_index, 1U);
  EXPECT_EQ(merged.sources[0].host, "node07");
  EXPECT_EQ(merged.sources[0].range, (core::ToyRange{{3}, 4}));
  EXPECT_EQ(merged.sources[1].path, (scratch / "b.h5").string());
}

// CombineHarvester#303, #319: a toy that comes twice is refused, whatever the files are called.
TEST(Merge, refuses_toys_that_occur_twice_and_names_both_files) {
  Scratch const scratch;
  auto const study = test::small_study(20);
  write_shard_table(scratch / "a.h5", study, {{0}, 10});
  write_shard_table(scratch / "b.h5", study, {{8}, 12});
  auto const thrown = thrown_by([&] { (void)merge_pieces({scratch / "a.h5", scratch / "b.h5"}); });
  EXPECT_EQ(thrown.code, ExitCode::bad_data);
  EXPECT_TRUE(thrown.says("b.h5: holds toy 8, which") &&
              thrown.says("a.h5 holds too (2 toys occur twice)"))
      << thrown;
  EXPECT_EQ(thrown_by([&] {
              (void)merge_pieces({scratch / "a.h5", scratch / "a.h5"});
            }).code,
            ExitCode::bad_data);
}

// FairShip#60, hyperqueue: jobs of different settings must not be put together unnoticed.
TEST(Merge, refuses_pieces_of_different_studies_and_names_the_field) {
  Scratch const scratch;
  auto const study = test::small_study(20);
  write_shard_table(scratch / "a.h5", study, {{0}, 10});
  using Change = void (*)(record::StudyInfo&);
  std::vector<std::pair<std::string, Change>> const changes{
      {"model_hash", [](record::StudyInfo& s) { s.model_hash[0] = 'x'; }},
      {"data_hash", [](record::StudyInfo& s) { s.data_hash.clear(); }},
      {"seed", [](record::StudyInfo& s) { s.seed += 1; }},
      {"n_toys", [](record::StudyInfo& s) { s.n_toys += 1; }},
      {"gen_point", [](record::StudyInfo& s) { s.gen_point = "init"; }},
      {"truth of 'tau'", [](record::StudyInfo& s) { s.truth[1] = 0; }},
      {"overrides of 'mu'", [](record::StudyInfo& s) { s.overrides.clear(); }},
      {"overrides of 'tau'", [](record::StudyInfo& s) { s.overrides["tau"] = 1; }},
      {"constraint_mode",
       [](record::StudyInfo& s) { s.constraint_mode = record::ConstraintMode::fixed; }},
      {"engine", [](record::StudyInfo& s) { s.engine = "compressed"; }},
      {"arithmetic", [](record::StudyInfo& s) { s.arithmetic = "plain"; }},
      {"layout_hash", [](record::StudyInfo& s) { s.layout_hash.clear(); }},
      {"parameter_names[1]", [](record::StudyInfo& s) { s.parameter_names[1] = "other"; }},
      {"pdf_variants of 'SR/signal'",
       [](record::StudyInfo& s) { s.pdf_variants["SR/signal"] = "nextstat"; }},
      {"upper of 'mu'", [](record::StudyInfo& s) { s.upper[0] = 6; }},
  };
  for (auto const& [field, change] : changes) {
    auto other = study;
    change(other);
    write_shard_table(scratch / "b.h5", other, {{10}, 10});
    auto const thrown = thrown_by([&] {
      (void)merge_pieces({scratch / "a.h5", scratch / "b.h5"});
    });
    EXPECT_EQ(thrown.code, ExitCode::bad_data) << field;
    EXPECT_TRUE(thrown.says("b.h5: belongs to another study than") && thrown.says("a.h5: ") &&
                thrown.says(field + " "))
        << thrown;
  }
  auto reworded = study;
  reworded.spec_text += "\n";
  write_shard_table(scratch / "b.h5", reworded, {{10}, 10});
  EXPECT_EQ(merge_pieces({scratch / "a.h5", scratch / "b.h5"}).rows.size(), 20U);
}

TEST(Merge, takes_the_table_beside_a_document_without_rows) {
  Scratch const scratch;
  auto const study = test::small_study(5);
  test::spill(scratch / "merged.out.json", R"({"results": {}})");
  EXPECT_EQ(thrown_by([&] { (void)merge_pieces({scratch / "merged.out.json"}); }).code,
            ExitCode::bad_data);
  write_shard_table(scratch / "toys.h5", study, {{0}, 5});
  EXPECT_EQ(merge_pieces({scratch / "merged.out.json"}).rows.size(), 5U);
  EXPECT_EQ(merge_pieces({scratch.path()}).rows.size(), 5U);
}

// F1: the manifest of a run has size and SHA-256 of its table.
TEST(Merge, takes_a_run_that_is_what_its_manifest_names_and_refuses_an_altered_one) {
  Scratch const scratch;
  auto const study = test::small_study(25);
  auto const table = scratch / "toys.h5";
  write_shard_table(table, study, {{0}, 25});
  auto const right = test::slurp(table);
  test::spill(scratch / "manifest.json",
              R"({"files": [{"name": "toys.h5", "bytes": )" + std::to_string(right.size()) +
                  R"(, "sha256": ")" + core::sha256_hex(right) + R"("}]})");
  for (auto const& input : {table, scratch.path()}) {
    EXPECT_TRUE(merge_pieces({input}).unvouched.empty());
  }
  for (std::size_t i = 0; i < right.size(); i += 5003) {
    auto wrong = right;
    wrong[i] = static_cast<char>(wrong[i] ^ 4);
    test::spill(table, wrong);
    for (auto const& input : {table, scratch.path()}) {
      auto const refused = thrown_by([&] { static_cast<void>(merge_pieces({input})); });
      EXPECT_EQ(refused.code, ExitCode::bad_data) << "byte " << i;
      EXPECT_TRUE(refused.says("is not the file that manifest.json names")) << refused;
    }
  }
}

TEST(Merge, tells_which_pieces_nothing_vouches_for) {
  Scratch const scratch;
  auto const study = test::small_study(25);
  write_shard_table(scratch / "a.h5", study, record::shard_range({0, 2}, 25));
  write_shard_json(scratch / "b.json", study, {1, 2});
  auto const merged = merge_pieces({scratch / "a.h5", scratch / "b.json"});
  EXPECT_EQ(merged.unvouched, std::vector{(scratch / "a.h5").string()});
}

TEST(Merge, names_absent_files_and_refuses_an_empty_list) {
  Scratch const scratch;
  EXPECT_EQ(thrown_by([] { (void)merge_pieces({}); }).code, ExitCode::usage);
  auto const thrown = thrown_by([&] { (void)merge_pieces({scratch / "absent.h5"}); });
  EXPECT_EQ(thrown.code, ExitCode::no_input);
  EXPECT_TRUE(thrown.says("absent.h5")) << thrown;
  EXPECT_EQ(thrown_by([&] { (void)merge_pieces({scratch.path()}); }).code, ExitCode::no_input);
}

TEST(Merge, refuses_toys_beyond_the_study) {
  Scratch const scratch;
  auto const study = test::small_study(5);
  write_shard_table(scratch / "a.h5", study, {{3}, 4});
  EXPECT_TRUE(thrown_by([&] {
                (void)merge_pieces({scratch / "a.h5"});
              }).says("holds toy 6 of a study of 5 toys"));
}

TEST(ToyTableBeside, follows_the_names_of_results) {
  EXPECT_EQ(toy_table_beside("R/merged.out.json"), "R/toys.h5");
  EXPECT_EQ(toy_table_beside("R/shard_2.out.json"), "R/shard_2.toys.h5");
  EXPECT_EQ(toy_table_beside("x.json"), "x.toys.h5");
}

}  // namespace
}  // namespace toyfarm::batch
