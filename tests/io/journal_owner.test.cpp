#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/journal_holder.hpp"

// Who may write a journal.
namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::Child;
using test::code_of;
using test::FastScratch;
using test::some_rows;
using test::thrown_by;
using test::walked;

}  // namespace

TEST(JournalOwner, is_named_when_a_second_one_is_refused) {
  FastScratch const scratch;
  Child holder(test::journal_holder(scratch / "j", 10, 4));
  ASSERT_TRUE(holder.line().hear());
  auto const refused =
      thrown_by([&] { (void)Journal::open(scratch / "j", JournalAccess::append); });
  EXPECT_EQ(refused.code, ExitCode::cannot_create) << refused;
  std::string host(256, '\0');
  ::gethostname(host.data(), host.size());
  for (auto const& words : {"process " + std::to_string(holder.pid()) + " ",
                            "host " + std::string(host.c_str()),
                            std::string("epoch 1,"),
                            std::string("--take-over")}) {
    EXPECT_TRUE(refused.says(words)) << words << ": " << refused;
  }
  EXPECT_EQ(Journal::open(scratch / "j", JournalAccess::read)->size(), 4U) << "reading is free";
}

// dynesty#374 tests with kill -9, too.
TEST(JournalOwner, is_free_again_once_the_other_one_was_killed) {
  FastScratch const scratch;
  {
    Child holder(test::journal_holder(scratch / "j", 10, 4));
    ASSERT_TRUE(holder.line().hear());
    holder.kill();
  }
  auto const journal = Journal::open(scratch / "j", JournalAccess::append);
  EXPECT_TRUE(journal->is_locked());
  EXPECT_EQ(journal->epoch(), 2);
  EXPECT_EQ(journal->n_at_open(), 4U);
  test::complete(*journal);
  EXPECT_EQ(walked(*journal), some_rows(0, 10));
}

// A POSIX lock would be gone as soon as anything in the process closes the file.
TEST(JournalOwner, stays_when_the_same_process_reads_the_file_besides) {
  FastScratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(10));
  { auto const reader = Journal::open(scratch / "j", JournalAccess::read); }
  Child other([&](Child::Line const&) {
    return code_of(thrown_by([&] { (void)Journal::open(scratch / "j", JournalAccess::append); }));
  });
  EXPECT_EQ(other.wait(), 73);
  EXPECT_EQ(code_of(thrown_by([&] { (void)Journal::open(scratch / "j", JournalAccess::append); })),
            73)
      << "nor twice in one process";
}

// A lease lets another process's open() wait with the old file in its hands.
TEST(JournalOwner, is_of_the_file_that_has_the_name_when_it_was_replaced_during_opening) {
  FastScratch const scratch;
  auto const before = std::signal(SIGIO, SIG_IGN);
  for (bool const new_one_is_held : {false, true}) {
    auto const file = scratch / "j";
    std::filesystem::remove(file);
    std::filesystem::remove(scratch / "new");
    Journal::create(file, test::small_header(20))->put(some_rows(0, 4));
    auto replacement = Journal::create(scratch / "new", test::small_header(20));
    replacement->put(some_rows(0, 10));
    if (!new_one_is_held) {
      replacement.reset();
    }
    int const old = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (::fcntl(old, F_SETLEASE, F_WRLCK) != 0) {
      std::signal(SIGIO, before);
      GTEST_SKIP() << "SKIPPED: no leases on files here: " << std::strerror(errno);
    }
    auto const bytes = std::filesystem::file_size(file);
    Child opener([&](Child::Line const&) {
      return code_of(thrown_by([&] {
        auto const journal = Journal::open(file, JournalAccess::append);
        journal->put(some_rows(10, 10));
        journal->sync();
      }));
    });
    while (::fcntl(old, F_GETLEASE) == F_WRLCK) {  // until somebody waits for it
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::filesystem::rename(scratch / "new", file);
    ::fcntl(old, F_SETLEASE, F_UNLCK);
    EXPECT_EQ(opener.wait(), new_one_is_held ? 73 : 0);
    struct stat info {};
    ::fstat(old, &info);
    EXPECT_EQ(static_cast<std::uintmax_t>(info.st_size), bytes) << "the old one is left alone";
    EXPECT_EQ(walked(*Journal::open(file, JournalAccess::read)),
              some_rows(0, new_one_is_held ? 10 : 20));
    ::close(old);
  }
  std::signal(SIGIO, before);
}

TEST(JournalOwner, is_one_when_many_open_a_file_that_has_to_be_replaced) {
  FastScratch const scratch;
  for (int round = 0; round < 30; ++round) {
    auto const file = scratch / std::to_string(round);
    {
      auto const journal = Journal::create(file, test::small_header(100));
      journal->put(some_rows(0, 10));
      std::ofstream(file, std::ios::app | std::ios::binary) << std::string(5000, 'x');
      journal->put(some_rows(10, 10));
    }
    std::deque<Child> openers;
    for (int i = 0; i < 6; ++i) {
      openers.emplace_back([&](Child::Line const& line) {
        line.say();
        if (!line.hear()) {
          return 1;
        }
        std::unique_ptr<Journal> journal;
        auto const code =
            code_of(thrown_by([&] { journal = Journal::open(file, JournalAccess::append); }));
        line.say();
        return line.hear() ? code : 1;  // holds it until all have tried
      });
    }
    for (int step = 0; step < 2; ++step) {
      for (auto const& opener : openers) {
        ASSERT_TRUE(opener.line().hear());
      }
      for (auto const& opener : openers) {
        opener.line().say();
      }
    }
    int n_open = 0;
    for (auto& opener : openers) {
      auto const code = opener.wait();
      ASSERT_TRUE(code == 0 || code == 73) << code;
      n_open += code == 0 ? 1 : 0;
    }
    ASSERT_EQ(n_open, 1) << round;
    ASSERT_EQ(walked(*Journal::open(file, JournalAccess::read)), some_rows(0, 20));
  }
}

TEST(JournalOwner, stops_when_the_file_is_removed) {
  FastScratch const scratch;
  auto const journal = Journal::create(scratch / "j", test::small_header(10));
  journal->put(some_rows(0, 10));
  std::filesystem::remove(scratch / "j");
  auto const refused = thrown_by([&] { journal->sync(); });
  EXPECT_EQ(refused.code, ExitCode::io_error);
  EXPECT_TRUE(refused.says("removed")) << refused;
  EXPECT_EQ(journal->acknowledged(), 0U);
}

}  // namespace toyfarm::io
