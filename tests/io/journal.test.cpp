#include "toyfarm/io/journal.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/journals.hpp"
#include "support/same_study.hpp"
#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::Scratch;
using test::some_rows;
using test::thrown_by;
using test::walked;

void expect_same_header(JournalHeader const& a, JournalHeader const& b) {
  test::expect_same_study(a.study, b.study);
  EXPECT_EQ(a.range, b.range);
  ASSERT_EQ(a.shard.has_value(), b.shard.has_value());
  if (a.shard) {
    EXPECT_EQ(a.shard->index, b.shard->index);
    EXPECT_EQ(a.shard->total, b.shard->total);
  }
  EXPECT_EQ(a.run_id, b.run_id);
  EXPECT_EQ(a.options, b.options);
  EXPECT_EQ(a.setup, b.setup);
}

}  // namespace

// dynesty#374: what is found after a kill is what was there before it.
TEST(Journal, holds_after_opening_what_was_put_into_it) {
  Scratch const scratch;
  auto header = test::small_header(9000);
  header.range = {{1000}, 3000};
  header.shard = record::Shard{1, 3};
  header.study.spec_text += "\xff no UTF-8";
  header.study.truth[0] = -0.0;
  header.setup = std::string(3'000'001, 'x');
  auto rows = some_rows(1000, 3000);
  auto const width = record::row_words(header.study.layout());
  rows[4] = 0x7ff4'0000'0000'0abcU;  // a signalling NaN with payload
  {
    auto const journal = Journal::create(scratch / "j", header);
    expect_same_header(journal->header(), header);
    EXPECT_EQ(journal->acknowledged(), 0U);
    journal->put(std::span(rows).first(1000 * width));
    EXPECT_EQ(journal->acknowledged(), 0U);
    journal->sync();
    EXPECT_EQ(journal->acknowledged(), 1000U);
    journal->put(std::span(rows).subspan(1000 * width));
    EXPECT_EQ(walked(*journal), rows);
    EXPECT_EQ(journal->epoch(), 1);
    EXPECT_EQ(journal->n_at_open(), 0U);
  }
  for (auto const access : {JournalAccess::read, JournalAccess::append, JournalAccess::take_over}) {
    auto const journal = Journal::open(scratch / "j", access);
    expect_same_header(journal->header(), header);
    EXPECT_EQ(std::signbit(journal->header().study.truth[0]), true);
    EXPECT_EQ(walked(*journal), rows);
    EXPECT_EQ(walked(*journal), rows) << "a second time";
    EXPECT_EQ(journal->n_at_open(), 3000U);
    EXPECT_EQ(journal->toys().ranges(), (std::vector<core::ToyRange>{{{1000}, 3000}}));
    EXPECT_EQ(journal->damage().torn_bytes + journal->damage().n_bad_regions +
                  journal->damage().n_fenced_frames,
              0U);
  }
  EXPECT_EQ(Journal::open(scratch / "j", JournalAccess::read)->epoch(), 3);
}

// combine#109: order of arrival leaves no trace.
TEST(Journal, gives_rows_in_order_whatever_order_they_came_in) {
  Scratch const scratch;
  auto const header = test::small_header(9000);
  auto const rows = some_rows(0, 9000);
  auto const width = record::row_words(header.study.layout());
  std::mt19937_64 random(2);
  for (std::size_t const rows_at_once : {1U, 7U, 3000U, 9000U}) {
    auto const file = scratch / std::to_string(rows_at_once);
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < 9000; i += rows_at_once) {
      starts.push_back(i);
    }
    std::ranges::shuffle(starts, random);
    auto const named = Journal::create(file, header);
    auto const unnamed = Journal::create_unnamed(scratch.path(), header);
    for (auto const i : starts) {
      auto const some =
          std::span(rows).subspan(i * width, std::min<std::size_t>(rows_at_once, 9000 - i) * width);
      named->put(some);
      unnamed->put(some);
    }
    EXPECT_EQ(walked(*named), rows);
    EXPECT_EQ(walked(*unnamed), rows);
    EXPECT_EQ(walked(*Journal::open(file, JournalAccess::read)), rows);
  }
}

TEST(Journal, finds_rows_whatever_stands_between_their_frames) {
  Scratch const scratch;
  std::uint64_t n_toys = 50;
  auto const journal = Journal::create(scratch / "j", test::small_header(n_toys));
  for (std::uint64_t toy = 0; toy < 50; ++toy) {
    journal->put(some_rows(toy, 1));
    if (toy % 3 == 1) {
      journal->extend(++n_toys);
    }
  }
  EXPECT_EQ(walked(*journal), some_rows(0, 50));
  EXPECT_EQ(walked(*Journal::open(scratch / "j", JournalAccess::read)), some_rows(0, 50));
}

TEST(Journal, takes_rows_of_one_block_in_any_order) {
  Scratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(100));
  record::RowTable block(journal->layout());
  for (std::uint64_t const toy : {7U, 8U, 3U, 99U, 4U, 5U, 0U}) {
    block.append(test::made_up_row(journal->layout(), toy));
  }
  journal->put(block.words());
  EXPECT_EQ(journal->size(), 7U);
  block.sort();
  EXPECT_TRUE(std::ranges::equal(walked(*journal), block.words()));
  auto const again = Journal::open(scratch / "j", JournalAccess::read);
  EXPECT_TRUE(std::ranges::equal(walked(*again), block.words()));
}

TEST(Journal, hands_rows_over_in_blocks_of_limited_size) {
  Scratch const scratch;
  auto const journal = Journal::create_unnamed(scratch.path(), test::small_header(20'000));
  journal->put(some_rows(0, 9001));
  std::vector<std::size_t> sizes;
  journal->walk([&](std::span<std::uint64_t const> block) { sizes.push_back(block.size()); });
  auto const full =
      record::rows_per_block(journal->layout()) * record::row_words(journal->layout());
  ASSERT_GT(sizes.size(), 2U);
  EXPECT_TRUE(std::all_of(sizes.begin(), sizes.end() - 1, [&](auto n) { return n == full; }));
  EXPECT_LE(sizes.back(), full);
}

// CombineHarvester#303: one row per toy.
TEST(Journal, refuses_a_toy_that_came_before_or_is_none_of_the_run) {
  Scratch const scratch;
  auto header = test::small_header(100);
  header.range = {{10}, 10};
  auto const journal = Journal::create(scratch / "j", header);
  auto const put = [&](std::uint64_t first, std::uint64_t count) {
    return thrown_by([&] { journal->put(some_rows(first, count)); });
  };
  EXPECT_EQ(put(12, 3).code, ExitCode::success);
  for (auto const& [first, count] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {14, 1}, {10, 5}, {9, 1}, {19, 2}, {20, 1}, {~std::uint64_t{0}, 1}}) {
    EXPECT_EQ(put(first, count).code, ExitCode::internal) << first;
  }
  EXPECT_EQ(journal->size(), 3U);
  std::vector<std::uint64_t> const ragged(record::row_words(journal->layout()) + 1, 15);
  EXPECT_EQ(thrown_by([&] { journal->put(ragged); }).code, ExitCode::internal);
  EXPECT_EQ(put(10, 2).code, ExitCode::success) << "a refusal is no failure of the file";
  EXPECT_EQ(Journal::open(scratch / "j", JournalAccess::read)->size(), 5U);
}

TEST(Journal, leaves_nothing_in_the_folder_when_it_has_no_name) {
  Scratch const scratch;
  auto const journal = Journal::create_unnamed(scratch.path(), test::small_header(10));
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
  journal->put(some_rows(0, 10));
  journal->sync();
  EXPECT_EQ(journal->acknowledged(), 0U) << "nothing of it outlives the process";
  auto const refused =
      thrown_by([&] { (void)Journal::create_unnamed(scratch / "absent", test::small_header(10)); });
  EXPECT_EQ(refused.code, ExitCode::cannot_create);
  EXPECT_TRUE(refused.says((scratch / "absent").string())) << refused;
}

TEST(Journal, is_never_made_over_a_file) {
  Scratch const scratch;
  test::spill(scratch / "j", "mine");
  auto const refused =
      thrown_by([&] { (void)Journal::create(scratch / "j", test::small_header(10)); });
  EXPECT_EQ(refused.code, ExitCode::cannot_create);
  EXPECT_EQ(test::slurp(scratch / "j"), "mine");
}

TEST(Journal, is_extended_by_more_toys) {
  Scratch const scratch;
  {
    auto const journal = Journal::create(scratch / "j", test::small_header(10));
    journal->put(some_rows(0, 10));
    EXPECT_EQ(thrown_by([&] { journal->put(some_rows(10, 1)); }).code, ExitCode::internal);
    EXPECT_EQ(thrown_by([&] { journal->extend(9); }).code, ExitCode::usage);
    journal->extend(20);
    journal->put(some_rows(10, 5));
    EXPECT_EQ(journal->header().study.n_toys, 20U);
  }
  auto const journal = Journal::open(scratch / "j", JournalAccess::append);
  EXPECT_EQ(journal->header().study.n_toys, 20U);
  EXPECT_EQ(journal->header().range, (core::ToyRange{{0}, 20}));
  EXPECT_EQ(walked(*journal), some_rows(0, 15));
  EXPECT_EQ(journal->toys().missing_of(journal->header().range),
            (std::vector<core::ToyRange>{{{15}, 5}}));
  auto shard = test::small_header(10);
  shard.shard = record::Shard{0, 1};
  EXPECT_EQ(thrown_by([&] { Journal::create(scratch / "shard", shard)->extend(20); }).code,
            ExitCode::usage);
}

TEST(Journal, follows_its_folder_when_that_is_renamed) {
  Scratch const scratch;
  std::filesystem::create_directory(scratch / "a.tmp");
  auto const journal = Journal::create(scratch / "a.tmp" / "j", test::small_header(10));
  std::filesystem::rename(scratch / "a.tmp", scratch / "a");
  journal->renamed(scratch / "a" / "j");
  journal->put(some_rows(0, 5));
  journal->sync();
  EXPECT_EQ(walked(*Journal::open(scratch / "a" / "j", JournalAccess::read)), some_rows(0, 5));
}

TEST(Journal, refuses_what_is_none) {
  Scratch const scratch;
  auto const code = [&](std::string const& name) {
    return thrown_by([&] { (void)Journal::open(scratch / name, JournalAccess::append); });
  };
  EXPECT_EQ(code("absent").code, ExitCode::no_input);
  std::filesystem::create_directory(scratch / "folder");
  EXPECT_EQ(code("folder").code, ExitCode::no_input);
  test::spill(scratch / "empty", "");
  EXPECT_EQ(code("empty").code, ExitCode::bad_data);
  test::spill(scratch / "text", std::string(1000, 'x'));
  EXPECT_EQ(code("text").code, ExitCode::bad_data);
}

TEST(Journal, says_who_writes_to_one_that_is_only_read) {
  Scratch const scratch;
  { auto const journal = Journal::create(scratch / "j", test::small_header(10)); }
  auto const before = test::slurp(scratch / "j");
  auto const journal = Journal::open(scratch / "j", JournalAccess::read);
  EXPECT_EQ(thrown_by([&] { journal->put(some_rows(0, 1)); }).code, ExitCode::internal);
  EXPECT_EQ(thrown_by([&] { journal->sync(); }).code, ExitCode::internal);
  EXPECT_EQ(test::slurp(scratch / "j"), before);
}

TEST(Journal, notices_a_row_that_changed_on_disk_after_it_was_read) {
  Scratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(10));
  journal->put(some_rows(0, 10));
  std::filesystem::resize_file(scratch / "j", std::filesystem::file_size(scratch / "j") - 8);
  auto const refused = thrown_by([&] { (void)walked(*journal); });
  EXPECT_EQ(refused.code, ExitCode::io_error);
  EXPECT_TRUE(refused.says("toy 9")) << refused;
  EXPECT_EQ(thrown_by([&] { journal->sync(); }).code, ExitCode::io_error);
}

}  // namespace toyfarm::io
