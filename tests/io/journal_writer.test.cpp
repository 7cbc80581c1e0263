#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "toyfarm/io/journal.hpp"

#include "support/file_faults.hpp"
#include "support/journals.hpp"
#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::FileSizeLimit;
using test::Scratch;
using test::some_rows;
using test::SwappedDescriptor;
using test::thrown_by;
using test::walked;
using namespace std::chrono_literals;

constexpr std::chrono::duration<double> never = 1h;

/// Waits for something that another thread does; false if it does not come.
bool comes(std::function<bool()> const& condition) {
  auto const end = std::chrono::steady_clock::now() + 30s;
  while (!condition() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(1ms);
  }
  return condition();
}

}  // namespace

TEST(JournalWriter, has_all_on_disk_when_flush_returns) {
  Scratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(3000));
  JournalWriter writer(*journal, never);
  for (std::uint64_t first = 0; first < 3000; first += 10) {
    writer.put(some_rows((first * 7) % 3000, 10));
    if (first == 1500) {
      writer.flush();
      EXPECT_EQ(writer.acknowledged(), 1510U);
      EXPECT_EQ(writer.written(), 1510U);
    }
  }
  writer.flush();
  EXPECT_EQ(writer.acknowledged(), 3000U);
  writer.flush();
  EXPECT_EQ(walked(*journal), some_rows(0, 3000));
  EXPECT_EQ(writer.failure(), nullptr);
}

TEST(JournalWriter, acknowledges_no_toy_that_is_not_in_the_file) {
  Scratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(2000));
  journal->put(some_rows(1900, 100));
  JournalWriter writer(*journal, 2ms);
  std::uint64_t last = 0;
  for (std::uint64_t first = 0; first < 1900; first += 10) {
    writer.put(some_rows(first, 10));
    auto const acknowledged = writer.acknowledged();
    auto const written = writer.written();
    ASSERT_LE(last, acknowledged);
    ASSERT_LE(acknowledged, written);
    ASSERT_LE(written, 100 + first + 10);
    if (first % 200 == 0) {
      ASSERT_LE(acknowledged, Journal::open(scratch / "j", JournalAccess::read)->size());
    }
    last = acknowledged;
  }
  EXPECT_TRUE(comes([&] { return writer.acknowledged() == 2000; })) << "by the interval alone";
}

TEST(JournalWriter, acknowledges_nothing_before_a_sync) {
  Scratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(100));
  JournalWriter writer(*journal, never);
  writer.put(some_rows(0, 50));
  EXPECT_TRUE(comes([&] { return writer.written() == 50; }));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(writer.acknowledged(), 0U);
  writer.put(some_rows(50, 50));
  writer.sync_soon();
  EXPECT_TRUE(comes([&] { return writer.acknowledged() == 100; }));
}

TEST(JournalWriter, writes_what_waits_before_it_goes) {
  Scratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(1000));
  {
    JournalWriter writer(*journal, never);
    for (std::uint64_t first = 0; first < 1000; first += 10) {
      writer.put(some_rows(first, 10));
    }
  }
  EXPECT_EQ(journal->size(), 1000U);
  EXPECT_EQ(journal->acknowledged(), 0U);
  JournalWriter idle(*journal, never);
  EXPECT_EQ(idle.written(), 1000U);
}

TEST(JournalWriter, hands_a_failure_to_whoever_puts_or_flushes) {
  Scratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(1000));
  JournalWriter writer(*journal, never);
  writer.put(some_rows(0, 10));
  writer.flush();
  auto const synced = std::filesystem::file_size(scratch / "j");
  {
    FileSizeLimit const limit(synced + 1000);
    writer.put(some_rows(10, 100));
    EXPECT_EQ(thrown_by([&] { writer.flush(); }).code, ExitCode::io_error);
  }
  EXPECT_NE(writer.failure(), nullptr);
  EXPECT_EQ(thrown_by([&] { writer.put(some_rows(500, 10)); }).code, ExitCode::io_error);
  EXPECT_EQ(thrown_by([&] { writer.flush(); }).code, ExitCode::io_error);
  writer.sync_soon();
  EXPECT_FALSE(writer.is_full());
  EXPECT_EQ(writer.acknowledged(), 10U);
  EXPECT_EQ(writer.written(), 10U);
  EXPECT_EQ(std::filesystem::file_size(scratch / "j"), synced + 1000) << "nothing came after it";
}

TEST(JournalWriter, hands_over_a_failed_sync_and_a_toy_that_comes_twice) {
  Scratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(1000));
  {
    JournalWriter writer(*journal, never);
    writer.put(some_rows(0, 10));
    writer.flush();
    writer.put(some_rows(9, 1));
    EXPECT_EQ(thrown_by([&] { writer.flush(); }).code, ExitCode::internal);
  }
  JournalWriter writer(*journal, never);
  {
    SwappedDescriptor const unsyncable(scratch / "j", ::open((scratch / "j").c_str(), O_PATH));
    writer.sync_soon();
    EXPECT_TRUE(comes([&] { return writer.failure() != nullptr; }));
  }
  EXPECT_EQ(thrown_by([&] { writer.put(some_rows(10, 10)); }).code, ExitCode::io_error);
}

// A disk that answers no more: a pipe that nobody reads.
TEST(JournalWriter, neither_waits_for_the_disk_nor_takes_rows_without_end) {
  Scratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(2'000'000));
  auto const rows = some_rows(0, 16'000);
  JournalWriter writer(*journal, never);
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  SwappedDescriptor const stuck(scratch / "j", ends[1]);
  EXPECT_FALSE(writer.is_full());
  std::size_t n = 0;
  for (; !writer.is_full() && n < 1000; ++n) {
    writer.put(rows);
  }
  EXPECT_EQ(n, (std::size_t{64} << 20U) / (rows.size() * sizeof(std::uint64_t)) + 1);
  EXPECT_EQ(writer.written(), 0U);
  EXPECT_EQ(writer.failure(), nullptr);
  ::close(ends[0]);
  EXPECT_EQ(thrown_by([&] { writer.flush(); }).code, ExitCode::io_error);
  EXPECT_FALSE(writer.is_full());
}

}  // namespace toyfarm::io
