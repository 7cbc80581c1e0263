#include <deque>
#include <fstream>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "support/journal_holder.hpp"

// What happens to a writer, and to what it writes, when another one goes on in its place.
namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::all_right;
using test::Child;
using test::code_of;
using test::FastScratch;
using test::some_rows;
using test::thrown_by;
using test::walked;
using Ranges = std::vector<core::ToyRange>;

}  // namespace

TEST(JournalTakeOver, notices_that_it_was_fenced_and_what_it_wrote_then_does_not_count) {
  FastScratch const scratch;
  Child old([&](Child::Line const& line) {
    auto const journal = Journal::create(scratch / "j", test::small_header(40));
    journal->put(some_rows(0, 10));
    journal->sync();
    journal->put(some_rows(10, 10));  // written, not yet synced
    line.say();
    if (!line.hear()) {
      return 1;
    }
    auto wrong = some_rows(20, 10);
    wrong[3] = 12345;
    auto const refused = thrown_by([&] {
      journal->put(wrong);
      journal->sync();
    });
    auto const again = thrown_by([&] { journal->put(some_rows(30, 1)); });
    line.say();
    bool const stays = line.hear();
    return refused.code == ExitCode::io_error && refused.says("taken over by process ") &&
                   refused.says("epoch 2") && again.message == refused.message &&
                   journal->acknowledged() == 10 && stays
               ? 0
               : 1;
  });
  ASSERT_TRUE(old.line().hear());
  auto const journal = Journal::open(scratch / "j", JournalAccess::take_over);
  EXPECT_EQ(journal->epoch(), 2);
  EXPECT_FALSE(journal->is_locked());
  EXPECT_EQ(journal->toys().ranges(), (Ranges{{{0}, 20}}));
  old.line().say();
  ASSERT_TRUE(old.line().hear());
  test::complete(*journal);
  journal->sync();
  EXPECT_EQ(journal->acknowledged(), 40U);
  EXPECT_TRUE(journal->is_locked()) << "the old one gave the lock back, though it lives";
  EXPECT_EQ(walked(*journal), some_rows(0, 40));
  old.line().say();
  EXPECT_EQ(old.wait(), 0);
  auto const read = Journal::open(scratch / "j", JournalAccess::read);
  EXPECT_EQ(read->damage().n_fenced_frames, 1U);
  EXPECT_EQ(read->damage().n_bad_regions, 0U);
  EXPECT_EQ(walked(*read), some_rows(0, 40));
}

TEST(JournalTakeOver, changes_nothing_but_the_end_of_the_file_when_it_has_no_lock) {
  FastScratch const scratch;
  Child holder(test::journal_holder(scratch / "j", 10, 4));
  ASSERT_TRUE(holder.line().hear());
  std::ofstream(scratch / "j", std::ios::app | std::ios::binary) << "half a frame";
  auto const before = test::slurp(scratch / "j");
  {
    auto const journal = Journal::open(scratch / "j", JournalAccess::take_over);
    EXPECT_EQ(journal->damage().torn_bytes, 12U);
    test::complete(*journal);
    journal->sync();
  }
  EXPECT_TRUE(test::slurp(scratch / "j").starts_with(before));
  holder.kill();
  auto const journal = Journal::open(scratch / "j", JournalAccess::append);
  EXPECT_EQ(journal->damage().n_bad_regions, 1U);
  EXPECT_EQ(walked(*journal), some_rows(0, 10));
}

TEST(JournalTakeOver, notices_that_it_was_fenced_also_when_it_only_syncs) {
  FastScratch const scratch;
  Child old([&](Child::Line const& line) {
    auto const journal = Journal::create(scratch / "j", test::small_header(40));
    line.say();
    bool const told = line.hear();
    return told ? code_of(thrown_by([&] { journal->sync(); })) : 1;
  });
  ASSERT_TRUE(old.line().hear());
  auto const journal = Journal::open(scratch / "j", JournalAccess::take_over);
  old.line().say();
  EXPECT_EQ(old.wait(), 74);
}

TEST(JournalTakeOver, is_one_and_has_all_that_was_synced_however_many_take_over_at_once) {
  FastScratch const scratch;
  for (int round = 0; round < 40; ++round) {
    constexpr std::uint64_t n = 8;
    auto const file = scratch / std::to_string(round);
    Child holder(test::journal_holder(file, 20 * (n + 1), 20));
    ASSERT_TRUE(holder.line().hear());
    // Each takes over and syncs ten toys, perhaps fenced already; once all have done so the second
    // ten succeed for one.
    std::deque<Child> takers;
    for (std::uint64_t i = 1; i <= n; ++i) {
      takers.emplace_back([&, i](Child::Line const& line) {
        std::unique_ptr<Journal> journal;
        auto const put = [&](std::uint64_t first) {
          return thrown_by([&] {
                   journal->put(some_rows(first, 10));
                   journal->sync();
                 }).code == ExitCode::success;
        };
        line.say();
        if (!line.hear()) {
          return 9;
        }
        auto const opened =
            thrown_by([&] { journal = Journal::open(file, JournalAccess::take_over); });
        if (opened.code == ExitCode::io_error && opened.says("taken over by")) {
          line.say();
          return line.hear() ? 0 : 9;
        }
        int const first = put(20 * i) ? 1 : 0;
        line.say();
        return line.hear() ? first + (put(20 * i + 10) ? 2 : 0) : 9;
      });
    }
    for (int step = 0; step < 2; ++step) {
      for (auto const& taker : takers) {
        ASSERT_TRUE(taker.line().hear());
      }
      for (auto const& taker : takers) {
        taker.line().say();
      }
    }
    record::ToySet synced;
    synced.insert({{0}, 20});
    int n_owners = 0;
    for (std::uint64_t i = 1; i <= n; ++i) {
      auto const code = takers[i - 1].wait();
      ASSERT_LT(code, 4);
      n_owners += code / 2;
      for (std::uint64_t half = 0; half < 2; ++half) {
        if ((code >> half & 1) != 0) {
          synced.insert({{20 * i + 10 * half}, 10});
        }
      }
    }
    ASSERT_EQ(n_owners, 1) << round;
    auto const journal = Journal::open(file, JournalAccess::read);
    ASSERT_TRUE(all_right(*journal));
    for (auto const& range : synced.ranges()) {
      ASSERT_TRUE(journal->toys().missing_of(range).empty()) << range.first.value;
    }
  }
}

TEST(JournalTakeOver, stops_when_the_file_was_replaced_while_it_had_no_lock) {
  FastScratch const scratch;
  Child holder(test::journal_holder(scratch / "j", 40, 10));
  ASSERT_TRUE(holder.line().hear());
  auto const journal = Journal::open(scratch / "j", JournalAccess::take_over);
  std::ofstream(scratch / "j", std::ios::app | std::ios::binary) << std::string(100, 'x');
  journal->put(some_rows(10, 10));
  holder.kill();
  auto const next = Journal::open(scratch / "j", JournalAccess::append);
  EXPECT_EQ(next->damage().n_bad_regions, 1U);
  EXPECT_EQ(walked(*next), some_rows(0, 20));
  journal->put(some_rows(20, 10));
  auto const refused = thrown_by([&] { journal->sync(); });
  EXPECT_EQ(refused.code, ExitCode::io_error);
  EXPECT_TRUE(refused.says("another file in its place")) << refused;
  test::complete(*next);
  next->sync();
  EXPECT_EQ(walked(*Journal::open(scratch / "j", JournalAccess::read)), some_rows(0, 40));
}

}  // namespace toyfarm::io
