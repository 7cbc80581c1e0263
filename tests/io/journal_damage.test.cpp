#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/core/sanitizer.hpp"

#include "support/journal_sample.hpp"

// What a journal makes of a file that is not as it was written. UltraNest#21: a run goes on
// whatever its end was. PIConGPU#4454: nothing is believed because it is there, only what its
// checksum proves.
namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::all_right;
using test::blocks;
using test::expect_goes_on;
using test::FastScratch;
using test::slurp;
using test::some_rows;
using test::spill;
using test::thrown_by;
using test::toys_without;

/// A sanitized program takes ten times as long: it tries a part of the places.
constexpr std::size_t stride = TOYFARM_IS_SANITIZED == 1 ? 11 : 1;

}  // namespace

// dynesty#374: a writer killed in the middle of a write.
TEST(JournalDamage, is_cut_when_a_file_ends_at_any_byte) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  // Not at every one of the zeros between the copies of the header.
  auto const in_gap = [&](std::size_t n) {
    return n > sample.early[1] + 100 && n + 100 < sample.early[2];
  };
  for (std::size_t n = 0; n <= sample.bytes.size(); n += in_gap(n) ? 50 : stride) {
    auto const bytes = sample.bytes.substr(0, n);
    if (n < sample.header_end) {
      spill(scratch / "j", bytes);
      auto const refused =
          thrown_by([&] { (void)Journal::open(scratch / "j", JournalAccess::append); });
      ASSERT_EQ(refused.code, ExitCode::bad_data) << n << refused;
      ASSERT_EQ(slurp(scratch / "j"), bytes) << "left alone";
      continue;
    }
    std::vector<std::size_t> lost;
    auto good_end = *std::prev(std::ranges::upper_bound(sample.early, n));
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (sample.ends[i] > n) {
        lost.push_back(i);
      } else {
        good_end = sample.ends[i];
      }
    }
    SCOPED_TRACE(n);
    spill(scratch / "j", bytes);
    EXPECT_EQ(Journal::open(scratch / "j", JournalAccess::read)->damage().torn_bytes, n - good_end);
    EXPECT_EQ(slurp(scratch / "j"), bytes) << "reading changes nothing";
    ASSERT_NO_FATAL_FAILURE(expect_goes_on(scratch, bytes, toys_without(lost)));
    ASSERT_FALSE(std::filesystem::exists(scratch / "j.damaged")) << "a torn tail is no damage";
  }
}

TEST(JournalDamage, is_found_and_passed_over_when_any_bit_of_a_frame_is_flipped) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  std::size_t const block = 1;
  for (auto bit = 8 * sample.begin(block); bit < 8 * sample.ends[block]; bit += stride) {
    auto bytes = sample.bytes;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    SCOPED_TRACE(bit);
    spill(scratch / "j", bytes);
    auto const damage = Journal::open(scratch / "j", JournalAccess::read)->damage();
    ASSERT_EQ(damage.n_bad_regions, 1U);
    ASSERT_EQ(damage.bad_bytes, sample.frame(block).size());
    ASSERT_EQ(damage.torn_bytes, 0U);
    ASSERT_NO_FATAL_FAILURE(expect_goes_on(scratch, bytes, toys_without({block})));
    ASSERT_EQ(slurp(scratch / "j.damaged"), bytes) << "the damaged file is kept";
    std::filesystem::remove(scratch / "j.damaged");
  }
}

// F11: one bit of the header took all rows with it.
TEST(JournalDamage, of_any_bit_before_the_rows_loses_no_row) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto const header = Journal::open(scratch / "sample", JournalAccess::read)->header();
  for (std::size_t bit = 0; bit < 8 * sample.first_rows;
       bit += bit < 8 * sample.header_end ? stride : 29) {
    auto bytes = sample.bytes;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    SCOPED_TRACE(bit);
    spill(scratch / "j", bytes);
    auto const journal = Journal::open(scratch / "j", JournalAccess::read);
    ASSERT_EQ(journal->toys().ranges(), toys_without({}));
    ASSERT_TRUE(all_right(*journal));
    ASSERT_EQ(journal->damage().n_bad_regions, 1U);
    ASSERT_EQ(journal->header().setup, header.setup);
    ASSERT_EQ(journal->header().options, header.options);
    ASSERT_EQ(slurp(scratch / "j"), bytes) << "reading changes nothing";
    if (bit / stride % 256 == 0) {
      ASSERT_NO_FATAL_FAILURE(expect_goes_on(scratch, bytes, toys_without({})));
      ASSERT_EQ(slurp(scratch / "j.damaged"), bytes) << "the damaged file is kept";
      std::filesystem::remove(scratch / "j.damaged");
      ASSERT_EQ(slurp(scratch / "j").substr(0, sample.header_end),
                sample.bytes.substr(0, sample.header_end))
          << "mended";
    }
  }
}

// F11: damage comes by blocks of the disk more often than by bits.
TEST(JournalDamage, of_any_block_before_the_rows_loses_no_row) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  std::mt19937_64 random(5);
  for (std::size_t const size : {2U, 64U, 512U, 4096U}) {
    for (std::size_t begin = 0; begin < sample.first_rows;
         begin += stride + random() % (size / 2)) {
      auto bytes = sample.bytes;
      auto const n = std::min(size, sample.first_rows - begin);
      auto const at = bytes.begin() + static_cast<std::ptrdiff_t>(begin);
      begin % 2 == 0 ? std::fill_n(at, n, static_cast<char>(0xff))
                     : std::generate_n(at, n, [&] { return static_cast<char>(random()); });
      SCOPED_TRACE(std::to_string(size) + " bytes from " + std::to_string(begin));
      spill(scratch / "j", bytes);
      auto const journal = Journal::open(scratch / "j", JournalAccess::read);
      ASSERT_EQ(journal->toys().ranges(), toys_without({}));
      ASSERT_TRUE(all_right(*journal));
    }
  }
}

// F11: what is left of both copies is put together, and what is nowhere is refused.
TEST(JournalDamage, of_both_copies_is_refused_only_if_it_is_of_the_same_part) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto const& ends = sample.early;  // header, setup, gap, header, setup, opening
  ASSERT_EQ(ends.size(), 6U);
  auto const damaged = [&](std::vector<std::size_t> const& places) {
    auto bytes = sample.bytes;
    for (auto const place : places) {
      bytes[place - 1 - (place == ends[1] || place == ends[4] ? 3 : 0)] ^= 1;
    }
    return bytes;
  };
  expect_goes_on(scratch, damaged({ends[0], ends[4]}), toys_without({}));
  expect_goes_on(scratch, damaged({ends[1], ends[3]}), toys_without({}));
  expect_goes_on(scratch, damaged({1, ends[3]}), toys_without({}));
  expect_goes_on(scratch, damaged({9, ends[4]}), toys_without({}));
  for (auto const& places :
       std::vector<std::vector<std::size_t>>{{ends[0], ends[3]}, {ends[1], ends[4]}}) {
    auto const bytes = damaged(places);
    spill(scratch / "j", bytes);
    auto const refused =
        thrown_by([&] { (void)Journal::open(scratch / "j", JournalAccess::append); });
    EXPECT_EQ(refused.code, ExitCode::bad_data);
    EXPECT_TRUE(refused.says("start the run under another name")) << refused;
    EXPECT_EQ(slurp(scratch / "j"), bytes) << "left alone";
  }
}

// F11: a run that had no copy of its header gets one when it goes on.
TEST(JournalDamage, of_the_copy_alone_is_mended_when_the_run_goes_on) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto const rows = sample.bytes.substr(sample.first_rows);
  auto const opening = sample.bytes.substr(sample.early[4], sample.first_rows - sample.early[4]);
  auto const without = sample.bytes.substr(0, sample.header_end) + opening + rows;
  expect_goes_on(scratch, without, toys_without({}));
  auto bytes = slurp(scratch / "j");
  bytes[20] ^= 1;
  spill(scratch / "j", bytes);
  EXPECT_EQ(Journal::open(scratch / "j", JournalAccess::read)->size(), test::n_toys);
}

TEST(JournalDamage, of_the_frames_of_openings_and_of_the_last_frame_loses_no_other) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto flipped = sample.bytes;
  flipped[sample.early[4] + 70] ^= 1;
  expect_goes_on(scratch, flipped, toys_without({}));
  EXPECT_EQ(slurp(scratch / "j.damaged"), flipped);
  flipped = sample.bytes;
  flipped.back() ^= 1;
  expect_goes_on(scratch, flipped, toys_without({3}));
  EXPECT_FALSE(std::filesystem::exists(scratch / "j.damaged.2")) << "a torn tail is no damage";
}

TEST(JournalDamage, keeps_every_damaged_file_under_a_name_of_its_own) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  for (std::string const name : {"j.damaged", "j.damaged.2", "j.damaged.3"}) {
    auto bytes = sample.bytes;
    bytes[sample.begin(1) + name.size()] ^= 1;
    expect_goes_on(scratch, bytes, toys_without({1}));
    EXPECT_EQ(slurp(scratch / name), bytes);
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "j.repair"));
}

TEST(JournalDamage, is_passed_over_when_anything_stands_between_frames) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 200; ++trial) {
    std::string garbage(1 + random() % (trial % 10 == 0 ? 3'000'000 : 3000), '\0');
    std::ranges::generate(garbage, [&] { return static_cast<char>(random()); });
    for (auto n = random() % 4; n > 0 && garbage.size() > 8; --n) {
      std::memcpy(garbage.data() + random() % (garbage.size() - 8), &frame_sync_word, 8);
    }
    auto const block = random() % blocks.size();
    auto const bytes = std::string(sample.bytes).insert(sample.begin(block), garbage);
    SCOPED_TRACE(trial);
    spill(scratch / "j", bytes);
    ASSERT_EQ(Journal::open(scratch / "j", JournalAccess::read)->damage().bad_bytes,
              garbage.size());
    ASSERT_NO_FATAL_FAILURE(expect_goes_on(scratch, bytes, toys_without({})));
    ASSERT_TRUE(std::filesystem::remove(scratch / "j.damaged"));
  }
}

TEST(JournalDamage, of_any_kind_gives_no_wrong_row_and_loses_no_frame_that_is_whole) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  std::mt19937_64 random(4);
  for (int trial = 0; trial < 1000; ++trial) {
    auto bytes = sample.bytes;
    auto const begin = sample.header_end + random() % (bytes.size() - sample.header_end);
    auto const n = std::min<std::size_t>(1 + random() % 300, bytes.size() - begin);
    switch (random() % 4) {
      case 0:
        bytes.erase(begin, n);
        break;
      case 1:
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), n, '\0');
        break;
      case 2:
        std::generate_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), n, [&] {
          return static_cast<char>(random());
        });
        break;
      default:
        bytes.insert(begin, bytes.substr(random() % begin, n));
    }
    spill(scratch / "j", bytes);
    auto const journal = Journal::open(scratch / "j", JournalAccess::read);
    ASSERT_TRUE(all_right(*journal)) << trial;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (bytes.find(sample.frame(i)) != std::string::npos) {
        ASSERT_TRUE(journal->toys().missing_of(blocks[i]).empty()) << trial;
      }
    }
  }
}

}  // namespace toyfarm::io
