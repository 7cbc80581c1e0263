#include "toyfarm/batch/collect.hpp"

#include <chrono>
#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "toyfarm/batch/submit.hpp"
#include "toyfarm/core/sha256.hpp"
#include "toyfarm/io/journal.hpp"

#include "batch/rendered_shards.hpp"
#include "support/rows.hpp"
#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

TEST(Collect, tells_finished_shards_from_those_that_never_began) {
  Scratch const scratch;
  auto const run = render(scratch);
  finish(scratch, run, 0);
  finish(scratch, run, 2);
  auto const results = collect(run);
  EXPECT_EQ(states(results), (std::vector<std::string>{"ok", "missing", "ok", "missing"}));
  EXPECT_EQ(results[2].host, "node02");
  EXPECT_EQ(results[2].elapsed_s, 1.5);
  EXPECT_EQ(results[2].output, "shard_2.out.json");
  EXPECT_EQ(results[2].n_done, 5U);
  EXPECT_EQ(results[1].error, "never began");
}

/// Makes a file look as if nobody had written to it for a long time.
void let_rest(std::filesystem::path const& file) {
  std::filesystem::last_write_time(
      file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
}

TEST(Collect, says_of_a_killed_shard_where_it_began) {
  Scratch const scratch;
  auto const run = render(scratch);
  test::spill(scratch / "shard_0.host", "node07\n");
  let_rest(scratch / "shard_0.host");
  EXPECT_EQ(first(run).state, ShardState::missing);
  EXPECT_NE(first(run).error.find("node07"), std::string::npos);
  EXPECT_NE(first(run).error.find("killed"), std::string::npos);
  test::spill(scratch / "shard_0.rc", "65\n");
  EXPECT_NE(first(run).error.find("exit code 65"), std::string::npos);
}

// L7: a shard that was only starting was said to have been killed.
TEST(Collect, tells_a_shard_that_is_starting_by_what_its_script_has_just_left) {
  Scratch const scratch;
  auto const run = render(scratch);
  test::spill(scratch / "shard_0.host", "node07\n");
  EXPECT_EQ(first(run).state, ShardState::starting);
  EXPECT_EQ(first(run).error, "begins on host node07");
  EXPECT_EQ(first(run).output, "");
  std::filesystem::create_directories(scratch / "shard_0.run");
  static_cast<void>(io::Journal::create(
      scratch / "shard_0.run" / "journal.toyfarm",
      {run.study, range_of(run, 0), record::Shard{0, n_shards}, "s", "{}", ""}));
  EXPECT_EQ(first(run).state, ShardState::running) << "between journal and status.json";
  test::spill(scratch / "shard_0.rc", "70\n");
  std::filesystem::remove_all(scratch / "shard_0.run");
  EXPECT_EQ(first(run).state, ShardState::missing) << "it has ended";
}

TEST(Collect, tells_a_shard_that_is_slow_to_start_by_the_lock_of_its_script) {
  Scratch const scratch;
  auto const run = render(scratch);
  test::spill(scratch / "shard_0.host", "node07\n");
  let_rest(scratch / "shard_0.host");
  int const held = ::open((scratch / "shard_0.host").c_str(), O_RDWR);
  ASSERT_EQ(::flock(held, LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(first(run).state, ShardState::starting);
  ::close(held);
  EXPECT_EQ(first(run).state, ShardState::missing);
}

/// What squeue says of job 17, and how often it was asked.
struct Squeue {
  std::string lines;
  int n_asked = 0;
  RunCommand command() {
    return [this](std::vector<std::string> const& words, std::filesystem::path const& /*folder*/) {
      EXPECT_EQ(words.front(), "squeue");
      ++n_asked;
      CommandResult result;
      result.exit_code = 0;
      result.out = lines;
      return result;
    };
  }
};

TEST(Collect, asks_the_queue_where_files_do_not_tell_and_only_once) {
  Scratch const scratch;
  auto const run = render(scratch);
  finish(scratch, run, 2);
  test::spill(scratch / "shard_0.host", "node07\n");
  let_rest(scratch / "shard_0.host");
  Squeue queue{"0|RUNNING|None\n1|RUNNING|None\n3|PENDING|Resources\n"};
  EXPECT_EQ(collect(run, queue.command()).front().state, ShardState::missing)
      << "it was not submitted";
  EXPECT_EQ(queue.n_asked, 0);
  write_submissions(run, {{"2026-01-31T12:00:00Z", "", "slurm_array_job.sh", run.uuid, "17"}});
  auto results = collect(run, queue.command());
  EXPECT_EQ(queue.n_asked, 1);
  EXPECT_EQ(states(results), (std::vector<std::string>{"starting", "starting", "ok", "missing"}));
  EXPECT_NE(results[1].error.find("its job runs"), std::string::npos);
  EXPECT_NE(results[3].error.find("pending in the queue"), std::string::npos);
  queue.lines = "3|PENDING|Resources\n";
  results = collect(run, queue.command());
  EXPECT_EQ(states(results), (std::vector<std::string>{"missing", "missing", "ok", "missing"}));
  EXPECT_NE(results[0].error.find("killed"), std::string::npos);
}

// L7: the clock of the host that runs a shard may be hours away from this one's.
TEST(Collect, believes_the_clock_of_the_file_system_not_that_of_a_host) {
  Scratch const scratch;
  auto const run = render(scratch);
  auto const folder = scratch / "shard_0.run";
  std::filesystem::create_directories(folder);
  static_cast<void>(io::Journal::create(
      folder / "journal.toyfarm",
      {run.study, range_of(run, 0), record::Shard{0, n_shards}, "s", "{}", ""}));
  for (std::string const utc : {"2001-01-01T00:00:00.0+00:00", "2101-01-01T00:00:00.0+00:00"}) {
    auto const status = folder / "status.json";
    test::spill(status, R"({"state": "running", "updated_utc": ")" + utc + "\"}");
    EXPECT_EQ(first(run).state, ShardState::running) << utc;
    let_rest(status);
    EXPECT_EQ(first(run).state, ShardState::partial) << utc;
  }
}

TEST(Collect, says_of_a_whole_journal_that_its_results_are_being_published) {
  Scratch const scratch;
  auto const run = render(scratch);
  auto const folder = scratch / "shard_0.run";
  std::filesystem::create_directories(folder);
  io::Journal::create(folder / "journal.toyfarm",
                      {run.study, range_of(run, 0), record::Shard{0, n_shards}, "s", "{}", ""})
      ->put(test::made_up_rows(run.study.layout(), range_of(run, 0)).words());
  for (auto const* const state : {"publishing", "complete"}) {
    test::spill(folder / "status.json", R"({"state": ")" + std::string(state) + "\"}");
    test::spill(scratch / "shard_0.host", "node07\n");
    int const held = ::open((scratch / "shard_0.host").c_str(), O_RDWR);
    ASSERT_EQ(::flock(held, LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(first(run).state, ShardState::running);
    EXPECT_NE(first(run).error.find("being published"), std::string::npos);
    ::close(held);
  }
}

// farm 8: a document or table that is cut off was "ok", and then stopped the whole merge.
TEST(Collect, finds_files_that_are_cut_off_farm_8) {
  Scratch const scratch;
  auto const run = render(scratch);
  for (std::string const end : {".toys.h5", ".out.json"}) {
    finish(scratch, run, 0);
    auto const file = scratch / ("shard_0" + end);
    auto const whole = test::slurp(file);
    for (std::size_t const size :
         {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 2}) {
      test::spill(file, whole.substr(0, size));
      EXPECT_EQ(first(run).state, ShardState::corrupt) << end << " " << size;
    }
    test::spill(file, whole);
    EXPECT_EQ(first(run).state, ShardState::ok);
  }
}

// farm 6: a copy of shard 0 was taken for shard 1, and two that were swapped for each other.
TEST(Collect, finds_copies_and_swaps_farm_6) {
  Scratch const scratch;
  auto const run = render(scratch);
  write_table(scratch, "shard_0", run.study, range_of(run, 1));
  EXPECT_EQ(first(run).state, ShardState::foreign);
  EXPECT_NE(first(run).error.find("toy 5"), std::string::npos);
}

// farm 7 and 9: rows of another seed, or left from a run before, were taken for this run's.
TEST(Collect, finds_rows_of_other_studies_farm_7_and_9) {
  Scratch const scratch;
  auto const run = render(scratch);
  auto const other = [&](auto const& change) {
    auto study = run.study;
    change(study);
    write_table(scratch, "shard_0", study, range_of(run, 0));
    auto const result = first(run);
    EXPECT_EQ(result.state, ShardState::foreign);
    return result.error;
  };
  EXPECT_NE(other([](auto& s) { s.seed = 43; }).find("seed is 43, not 42"), std::string::npos);
  EXPECT_NE(other([](auto& s) { s.model_hash[0] = 'z'; }).find("model_hash"), std::string::npos);
  EXPECT_NE(other([](auto& s) { s.data_hash[0] = 'z'; }).find("data_hash"), std::string::npos);
  EXPECT_NE(other([](auto& s) { s.truth[0] = 2; }).find("truth"), std::string::npos);
  EXPECT_NE(other([](auto& s) { s.n_toys = 21; }).find("n_toys"), std::string::npos);
}

TEST(Collect, finds_documents_that_say_other_things_than_their_table) {
  Scratch const scratch;
  auto const run = render(scratch);
  finish(scratch, run, 0);
  write_document(scratch, "shard_0", run.study, {1, n_shards});
  EXPECT_EQ(first(run).state, ShardState::corrupt);
}

TEST(Collect, compares_tables_with_the_hash_in_their_manifest) {
  Scratch const scratch;
  auto const run = render(scratch);
  finish(scratch, run, 0);
  auto const bytes = std::to_string(std::filesystem::file_size(scratch / "shard_0.toys.h5"));
  test::spill(scratch / "shard_0.manifest.json",
              R"({"files": [{"name": "toys.h5", "sha256": "00", "bytes": )" + bytes + "}]}");
  EXPECT_EQ(first(run).state, ShardState::corrupt);
  EXPECT_NE(first(run).error.find("SHA-256"), std::string::npos);
}

// F1: exit code and time of a shard are numbers of its collected manifest, too.
TEST(Collect, compares_what_a_script_noted_with_its_sums) {
  Scratch const scratch;
  auto const run = render(scratch);
  finish(scratch, run, 0);
  std::string sums;
  for (auto const* const end : {".host", ".rc", ".elapsed_s"}) {
    auto const name = std::string("shard_0") + end;
    sums += core::sha256_hex(test::slurp(scratch / name)) + "  " + name + "\n";
  }
  test::spill(scratch / "shard_0.sums", sums);
  EXPECT_EQ(first(run).state, ShardState::ok);
  EXPECT_EQ(first(run).elapsed_s, 1.5);
  for (auto const* const end : {".host", ".rc", ".elapsed_s", ".sums"}) {
    auto const file = scratch / (std::string("shard_0") + end);
    auto const right = test::slurp(file);
    auto wrong = right;
    wrong[0] = static_cast<char>(wrong[0] ^ 1);
    test::spill(file, wrong);
    EXPECT_EQ(first(run).state, ShardState::corrupt) << end;
    test::spill(file, right);
  }
}

TEST(Collect, counts_the_rows_of_a_journal_that_a_killed_shard_left) {
  Scratch const scratch;
  auto const run = render(scratch);
  std::filesystem::create_directories(scratch / "shard_1.run");
  auto const range = range_of(run, 1);
  auto journal = io::Journal::create(scratch / "shard_1.run" / "journal.toyfarm",
                                     {run.study, range, record::Shard{1, n_shards}, "s", "{}", ""});
  journal->put(test::made_up_rows(run.study.layout(), {range.first, 3}).words());
  journal->sync();
  EXPECT_EQ(collect(run)[1].n_done, 3U);
  journal.reset();
  EXPECT_EQ(collect(run)[1].state, ShardState::partial);
  EXPECT_EQ(collect(run)[1].output, "shard_1.run");
  test::spill(scratch / "shard_1.run" / "journal.toyfarm", "what is this");
  EXPECT_EQ(collect(run)[1].state, ShardState::corrupt);
}

TEST(Collect, finds_tables_with_too_few_rows) {
  Scratch const scratch;
  auto const run = render(scratch);
  write_table(scratch, "shard_0", run.study, {{0}, 4});
  EXPECT_EQ(first(run).state, ShardState::partial);
  EXPECT_EQ(first(run).n_done, 4U);
}

}  // namespace
}  // namespace toyfarm::batch
