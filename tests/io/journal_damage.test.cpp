#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

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

}  // namespace

// dynesty#374: a writer killed in the middle of a write.
TEST(JournalDamage, is_cut_when_a_file_ends_at_any_byte) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  for (std::size_t n = 0; n <= sample.bytes.size(); ++n) {
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
    std::size_t good_end = n < sample.first_rows ? sample.header_end : sample.first_rows;
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
  for (auto bit = 8 * sample.begin(block); bit < 8 * sample.ends[block]; ++bit) {
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

TEST(JournalDamage, of_the_header_is_refused_and_says_what_can_be_done) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  for (std::size_t bit = 0; bit < 8 * sample.header_end; ++bit) {
    auto bytes = sample.bytes;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    spill(scratch / "j", bytes);
    auto const access = bit % 8 == 0 ? JournalAccess::append : JournalAccess::read;
    auto const refused = thrown_by([&] { (void)Journal::open(scratch / "j", access); });
    ASSERT_EQ(refused.code, ExitCode::bad_data) << bit << refused;
    ASSERT_TRUE(refused.says("start the run under another name") ||
                refused.says("the version that began the run"))
        << bit << refused;
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "j.damaged"));
}

TEST(JournalDamage, of_the_frames_of_openings_and_of_the_last_frame_loses_no_other) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto flipped = sample.bytes;
  flipped[sample.header_end + 70] ^= 1;
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
