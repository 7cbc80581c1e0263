#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "toyfarm/io/journal.hpp"

#include "support/file_faults.hpp"
#include "support/journals.hpp"
#include "support/scratch.hpp"

// Losses of power, full disks and failed flushes.
namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::all_right;
using test::FastScratch;
using test::FileSizeLimit;
using test::slurp;
using test::some_rows;
using test::spill;
using test::SwappedDescriptor;
using test::thrown_by;
using test::walked;
using Random = std::mt19937_64;

/// What a disk may show after a loss of power: bytes that a completed fsync covers are there; of
/// later ones some sectors are, or a beginning, and in place of the others there are zeros or what
/// was on the disk before, or the file ends.
std::string after_power_cut(std::string bytes, std::size_t n_durable, Random& random) {
  constexpr std::size_t sector = 512;
  if (random() % 3 == 0) {
    bytes.resize(n_durable + random() % (bytes.size() - n_durable + 1));
  }
  auto const kept_in_8 = random() % 9;
  bool const zeros = random() % 2 == 0;
  for (auto begin = n_durable; begin < bytes.size();) {
    auto const end = std::min(bytes.size(), (begin / sector + 1) * sector);
    if (random() % 8 >= kept_in_8) {
      std::generate(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                    bytes.begin() + static_cast<std::ptrdiff_t>(end),
                    [&] { return zeros ? '\0' : static_cast<char>(random()); });
    }
    begin = end;
  }
  return bytes;
}

/// Puts some of the missing toys, in blocks in any order, and syncs now and then. Returns what the
/// power cut leaves of the file; `acknowledged` gets the toys that must be in it.
std::string write_until_power_cut(Journal& journal,
                                  std::filesystem::path const& file,
                                  Random& random,
                                  record::ToySet& acknowledged) {
  auto n_durable = std::filesystem::file_size(file);
  acknowledged = journal.toys();
  auto const n_toys = journal.header().range.count;
  for (auto n = random() % 60; n > 0; --n) {
    auto const missing = journal.toys().missing_of({{random() % n_toys}, 1 + random() % 6});
    for (auto const& range : missing) {
      if (range.first.value + range.count <= n_toys) {
        journal.put(some_rows(range.first.value, range.count));
      }
    }
    if (random() % 15 == 0) {
      journal.sync();
      n_durable = std::filesystem::file_size(file);
      acknowledged = journal.toys();
      EXPECT_EQ(journal.acknowledged(), acknowledged.size());
    }
  }
  return after_power_cut(slurp(file), n_durable, random);
}

}  // namespace

// UltraNest#21: the fifth restart must work as the first.
TEST(JournalCrash, loses_no_acknowledged_toy_when_the_power_fails_again_and_again) {
  FastScratch const scratch;
  Random random(5);
  std::uint64_t n_torn = 0;
  std::uint64_t n_bad = 0;
  std::uint64_t n_lost = 0;
  for (int run = 0; run < 100; ++run) {
    auto const file = scratch / std::to_string(run);
    auto journal = Journal::create(file, test::small_header(400));
    for (int cut = 0; cut < 5; ++cut) {
      record::ToySet acknowledged;
      auto const left = write_until_power_cut(*journal, file, random, acknowledged);
      auto const written = journal->size();
      journal.reset();
      spill(file, left);
      journal = Journal::open(file, JournalAccess::append);
      ASSERT_TRUE(all_right(*journal)) << run << " " << cut;
      for (auto const& range : acknowledged.ranges()) {
        ASSERT_TRUE(journal->toys().missing_of(range).empty()) << run << " " << cut;
      }
      n_torn += journal->damage().torn_bytes;
      n_bad += journal->damage().n_bad_regions;
      n_lost += written - journal->size();
    }
    test::complete(*journal);
    journal.reset();
    ASSERT_EQ(walked(*Journal::open(file, JournalAccess::read)), some_rows(0, 400));
    std::filesystem::remove(file);
  }
  EXPECT_GT(n_torn, 100'000U) << "the cuts did damage";
  EXPECT_GT(n_bad, 100U);
  EXPECT_GT(n_lost, 1000U);
}

TEST(JournalCrash, keeps_what_was_acknowledged_and_writes_no_more_when_the_disk_is_full) {
  FastScratch const scratch;
  auto const file = scratch / "j";
  auto const journal = Journal::create(file, test::small_header(1000));
  journal->put(some_rows(0, 10));
  journal->sync();
  auto const synced = std::filesystem::file_size(file);
  test::Thrown refused;
  {
    FileSizeLimit const limit(synced + 1000);
    refused = thrown_by([&] { journal->put(some_rows(10, 100)); });
  }
  EXPECT_EQ(refused.code, ExitCode::io_error);
  EXPECT_TRUE(refused.says(file.string()) && refused.says(std::strerror(EFBIG))) << refused;
  EXPECT_EQ(std::filesystem::file_size(file), synced + 1000) << "a short write";
  EXPECT_EQ(thrown_by([&] { journal->put(some_rows(500, 1)); }).message, refused.message);
  EXPECT_EQ(thrown_by([&] { journal->sync(); }).message, refused.message);
  EXPECT_EQ(journal->acknowledged(), 10U);
  EXPECT_EQ(walked(*journal), some_rows(0, 10)) << "still readable";
  EXPECT_EQ(walked(*Journal::open(file, JournalAccess::read)), some_rows(0, 10));
}

TEST(JournalCrash, answers_74_when_no_space_is_left) {
  FastScratch const scratch;
  auto const file = scratch / "j";
  auto const journal = Journal::create(file, test::small_header(1000));
  {
    SwappedDescriptor const full(file, ::open("/dev/full", O_RDWR));
    auto const refused = thrown_by([&] { journal->put(some_rows(0, 10)); });
    EXPECT_EQ(refused.code, ExitCode::io_error);
    EXPECT_TRUE(refused.says(std::strerror(ENOSPC))) << refused;
  }
  EXPECT_EQ(thrown_by([&] { journal->put(some_rows(0, 10)); }).code, ExitCode::io_error);
}

TEST(JournalCrash, believes_no_sync_after_one_that_failed) {
  FastScratch const scratch;
  auto const file = scratch / "j";
  {
    auto const journal = Journal::create(file, test::small_header(1000));
    journal->put(some_rows(0, 10));
    journal->sync();
    journal->put(some_rows(10, 10));
    test::Thrown refused;
    {
      SwappedDescriptor const unsyncable(file, ::open(file.c_str(), O_PATH));
      refused = thrown_by([&] { journal->sync(); });
    }
    EXPECT_EQ(refused.code, ExitCode::io_error);
    EXPECT_TRUE(refused.says("cannot be flushed to disk")) << refused;
    EXPECT_EQ(thrown_by([&] { journal->sync(); }).message, refused.message);
    EXPECT_EQ(thrown_by([&] { journal->put(some_rows(20, 1)); }).message, refused.message);
    EXPECT_EQ(thrown_by([&] { journal->extend(2000); }).message, refused.message);
    EXPECT_EQ(journal->acknowledged(), 10U);
    EXPECT_EQ(walked(*journal), some_rows(0, 20)) << "still readable";
  }
  EXPECT_GE(Journal::open(file, JournalAccess::append)->size(), 10U);
}

TEST(JournalCrash, leaves_nothing_when_the_header_does_not_fit) {
  FastScratch const scratch;
  auto header = test::small_header(1000);
  header.setup = std::string(100'000, 's');
  FileSizeLimit const limit(50'000);
  auto const refused = thrown_by([&] { (void)Journal::create(scratch / "j", header); });
  EXPECT_EQ(refused.code, ExitCode::io_error) << refused;
  EXPECT_FALSE(std::filesystem::exists(scratch / "j"));
  EXPECT_EQ(thrown_by([&] { (void)Journal::create_unnamed(scratch / "", header); }).code,
            ExitCode::io_error);
}

TEST(JournalCrash, leaves_a_damaged_file_alone_when_there_is_no_room_for_a_clean_one) {
  FastScratch const scratch;
  auto const file = scratch / "j";
  {
    auto const journal = Journal::create(file, test::small_header(1000));
    journal->put(some_rows(0, 10));
    journal->put(some_rows(10, 500));
  }
  auto bytes = slurp(file);
  bytes[bytes.find("run_1") + 2000] ^= 1;
  spill(file, bytes);
  {
    FileSizeLimit const limit(10'000);
    auto const refused = thrown_by([&] { (void)Journal::open(file, JournalAccess::append); });
    EXPECT_EQ(refused.code, ExitCode::io_error);
    EXPECT_TRUE(refused.says("damaged")) << refused;
  }
  EXPECT_EQ(slurp(file), bytes);
  EXPECT_FALSE(std::filesystem::exists(scratch / "j.damaged"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "j.repair"));
  auto const journal = Journal::open(file, JournalAccess::append);
  EXPECT_EQ(journal->damage().n_bad_regions, 1U);
  EXPECT_TRUE(all_right(*journal));
}

}  // namespace toyfarm::io
