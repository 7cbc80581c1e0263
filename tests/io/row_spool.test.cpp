#include "toyfarm/io/row_spool.hpp"

#include <algorithm>
#include <csignal>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "support/result_text.hpp"
#include "support/rows.hpp"
#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::Scratch;
using test::thrown_by;

std::vector<std::uint64_t> walked(record::RowSource const& rows) {
  std::vector<std::uint64_t> words;
  rows.walk([&](std::span<std::uint64_t const> block) {
    EXPECT_LE(block.size(), rows_per_block(rows.layout()) * row_words(rows.layout()));
    words.insert(words.end(), block.begin(), block.end());
  });
  return words;
}

/// No file may be larger than this as long as the object lives; a disk that is full, to the
/// program.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit const limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(FileSizeLimit const&) = delete;
  FileSizeLimit& operator=(FileSizeLimit const&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

// combine#109: order of arrival leaves no trace.
TEST(RowSpool, gives_rows_in_order_whatever_order_they_came_in) {
  Scratch const scratch;
  record::RowLayout const layout{3, 2, 1};
  auto const table = test::made_up_rows(layout, {{1000}, 9000});
  auto const width = record::row_words(layout);
  std::mt19937_64 random(2);
  for (std::size_t const rows_at_once : {1U, 7U, 3000U, 9000U}) {
    RowSpool spool(scratch.path(), layout, {{1000}, 9000});
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < 9000; i += rows_at_once) {
      starts.push_back(i);
    }
    std::ranges::shuffle(starts, random);
    for (auto const i : starts) {
      spool.put(
          table.words().subspan(i * width, std::min<std::size_t>(rows_at_once, 9000 - i) * width));
    }
    EXPECT_EQ(spool.size(), 9000U);
    EXPECT_TRUE(std::ranges::equal(walked(spool), table.words()));
    EXPECT_TRUE(std::ranges::equal(walked(spool), table.words())) << "a second time";
  }
}

TEST(RowSpool, holds_the_toys_that_came_and_no_others) {
  Scratch const scratch;
  record::RowLayout const layout{2, 1, 0};
  record::RowTable some(layout);
  for (std::uint64_t const toy : {3U, 4U, 5U, 17U, 99U}) {
    some.append(test::made_up_row(layout, toy));
  }
  RowSpool spool(scratch.path(), layout, {{3}, 97});
  EXPECT_TRUE(walked(spool).empty());
  spool.put(some.words());
  EXPECT_EQ(spool.size(), 5U);
  EXPECT_TRUE(std::ranges::equal(walked(spool), some.words()));
}

// CombineHarvester#303: one row per toy.
TEST(RowSpool, refuses_a_toy_that_came_before_or_is_none_of_the_range) {
  Scratch const scratch;
  record::RowLayout const layout{2, 1, 0};
  RowSpool spool(scratch.path(), layout, {{10}, 10});
  auto const put = [&](std::uint64_t first, std::uint64_t count) {
    auto const rows = test::made_up_rows(layout, {{first}, count});
    return thrown_by([&] { spool.put(rows.words()); });
  };
  EXPECT_EQ(put(12, 3).code, ExitCode::success);
  for (auto const& [first, count] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {14, 1}, {10, 5}, {9, 1}, {19, 2}, {20, 1}}) {
    EXPECT_EQ(put(first, count).code, ExitCode::internal) << first;
  }
  EXPECT_EQ(spool.size(), 3U);
  EXPECT_EQ(thrown_by([&] {
              spool.put(std::vector<std::uint64_t>(record::row_words(layout) + 1, 15));
            }).code,
            ExitCode::internal);
}

TEST(RowSpool, leaves_nothing_in_its_folder_and_says_where_it_cannot_be) {
  Scratch const scratch;
  record::RowLayout const layout{2, 1, 0};
  RowSpool const spool(scratch.path(), layout, {{0}, 10});
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
  auto const refused = thrown_by([&] { RowSpool(scratch / "absent", layout, {{0}, 1}); });
  EXPECT_EQ(refused.code, ExitCode::cannot_create);
  EXPECT_TRUE(refused.says((scratch / "absent").string())) << refused;
}

TEST(RowSpool, answers_74_with_its_folder_when_the_disk_is_full) {
  Scratch const scratch;
  record::RowLayout const layout{2, 1, 0};
  auto const rows = test::made_up_rows(layout, {{0}, 1000});
  RowSpool spool(scratch.path(), layout, {{0}, 1000});
  FileSizeLimit const limit(5000);
  auto const refused = thrown_by([&] { spool.put(rows.words()); });
  EXPECT_EQ(refused.code, ExitCode::io_error);
  EXPECT_TRUE(refused.says(scratch.path().string())) << refused;
}

TEST(RowSpool, makes_the_files_that_rows_in_memory_make) {
  Scratch const scratch;
  for (std::uint64_t const n : {0U, 1U, 4097U, 10'000U}) {
    auto const study = test::small_study(n + 2);
    core::ToyRange const range{{0}, n + 2};
    auto const table = test::made_up_rows(study.layout(), {{0}, n});
    RowSpool spool(scratch.path(), study.layout(), range);
    spool.put(table.words());
    auto const text = [&](record::RowSource const& rows) {
      auto const summary = ensemble::summarise(study, rows, range);
      auto const verdict = ensemble::judge(summary, study, {});
      return test::result_json(
          {&study, &rows, &summary, &verdict, range, record::Shard{0, 1}, {}, "", ""});
    };
    EXPECT_EQ(text(spool), text(table)) << n;
    write_toy_table(scratch / "spool.h5", study, spool);
    write_toy_table(scratch / "table.h5", study, table);
    EXPECT_TRUE(test::slurp(scratch / "spool.h5") == test::slurp(scratch / "table.h5")) << n;
  }
}

}  // namespace toyfarm::io
