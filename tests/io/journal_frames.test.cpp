#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/journal_sample.hpp"

// What a journal makes of frames that are whole but not what it would have written there.
namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::all_right;
using test::expect_goes_on;
using test::FastScratch;
using test::slurp;
using test::some_rows;
using test::spill;
using test::thrown_by;
using test::toys_without;

}  // namespace

TEST(JournalDamage, is_not_looked_for_inside_of_good_frames_and_nothing_in_bad_ones_is_taken) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto const width = record::row_words(test::small_study(1).layout());
  auto rows = some_rows(7, 2);
  rows[record::RowView::head] = frame_sync_word;  // n_events of a channel
  rows[width + record::RowView::head + 1] = frame_sync_word;
  auto const odd = test::rows_frame(sample, 7, rows);
  auto with_odd = std::string(sample.bytes).insert(sample.begin(1), odd);
  spill(scratch / "j", with_odd);
  auto journal = Journal::open(scratch / "j", JournalAccess::read);
  EXPECT_EQ(journal->damage().n_bad_regions, 0U);
  EXPECT_EQ(journal->toys().ranges(), (test::Ranges{{{0}, 10}}));
  with_odd[sample.begin(1) + frame_head_bytes + 8] ^= 1;
  expect_goes_on(scratch, with_odd, toys_without({}));
}

TEST(JournalDamage, is_none_when_a_frame_stands_there_twice_unless_its_rows_differ) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  expect_goes_on(scratch, sample.bytes + sample.frame(0), toys_without({}));
  // Toys 3 and 4 came before, 7 and 8 did not.
  expect_goes_on(scratch, sample.bytes + test::rows_frame(sample, 3, some_rows(3, 6)), {{{0}, 10}});
  for (std::uint64_t const toy : {0U, 4U, 9U}) {
    auto rows = some_rows(toy, 1);
    rows.at(4) ^= 1U;
    spill(scratch / "j", sample.bytes + test::rows_frame(sample, toy, rows));
    auto const refused =
        thrown_by([&] { (void)Journal::open(scratch / "j", JournalAccess::read); });
    EXPECT_EQ(refused.code, ExitCode::bad_data);
    EXPECT_TRUE(refused.says("toy " + std::to_string(toy) + " ")) << refused;
  }
}

TEST(JournalDamage, is_what_makes_no_sense_whatever_its_checksum_says) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto const width = record::row_words(test::small_study(1).layout());
  auto const bad = [&](auto const& spoil, std::uint64_t first = 7) {
    auto rows = some_rows(7, 2);
    spoil(rows);
    auto const frame = test::rows_frame(sample, first, rows);
    expect_goes_on(
        scratch, std::string(sample.bytes).insert(sample.begin(2), frame), toys_without({}));
    EXPECT_EQ(Journal::open(scratch / "j.damaged", JournalAccess::read)->damage().bad_bytes,
              frame.size());
    std::filesystem::remove(scratch / "j.damaged");
  };
  bad([](auto& rows) { rows[1] = 99; });                            // a status that is none
  bad([&](auto& rows) { rows[width] = 9; });                        // not the next toy
  bad([](auto&) {}, 8);                                             // the head says another toy
  bad([](auto& rows) { rows.pop_back(); });                         // not whole rows
  bad([](auto& rows) { rows.clear(); });                            // no rows
  bad([](auto& rows) { rows.back() |= std::uint64_t{1} << 63U; });  // padding
}

TEST(JournalDamage, is_what_belongs_to_another_journal) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto header = test::small_header(test::n_toys);
  header.study.seed += 1;
  std::string foreign;
  {
    auto const other = Journal::create(scratch / "other", header);
    auto const begin = std::filesystem::file_size(scratch / "other");
    other->put(some_rows(7, 2));
    foreign = slurp(scratch / "other").substr(begin);
  }
  // As a disk may show old blocks after a loss of power.
  expect_goes_on(
      scratch, std::string(sample.bytes).insert(sample.begin(2), foreign), toys_without({}));
}

TEST(JournalDamage, is_none_when_a_frame_is_of_a_kind_that_came_later) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto const id = test::head_at(sample.bytes, journal_preamble_bytes)->payload_checksum;
  auto const frame = test::frame_of({.kind = static_cast<FrameKind>(77), .epoch = 1, .journal = id},
                                    some_rows(0, 1));
  expect_goes_on(
      scratch, std::string(sample.bytes).insert(sample.begin(2), frame), toys_without({}));
  EXPECT_FALSE(std::filesystem::exists(scratch / "j.damaged"));
}

// Toys of other random streams must not be mixed with ours.
TEST(JournalDamage, is_not_what_another_stream_version_makes_but_that_is_refused) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  auto bytes = sample.bytes;
  std::string const key = "stream_version";
  std::uint64_t id = 0;
  auto begin = std::size_t{journal_preamble_bytes};
  for (auto const end : sample.early) {
    auto head = *test::head_at(bytes, begin);
    if (head.kind == FrameKind::header || head.kind == FrameKind::header_copy) {
      auto const place = bytes.find(key, begin) + key.size();
      ASSERT_EQ(bytes.at(place), static_cast<char>(record::stream_version));
      bytes[place] = static_cast<char>(record::stream_version + 1);
      id = frame_checksum(std::as_bytes(std::span(bytes))
                              .subspan(begin + frame_head_bytes, end - begin - frame_head_bytes));
      head.payload_checksum = id;
    }
    head.journal = id;
    auto const words = encode_head(head);
    std::memcpy(bytes.data() + begin, words.data(), frame_head_bytes);
    begin = end;
  }
  spill(scratch / "j", bytes);
  auto const refused =
      thrown_by([&] { (void)Journal::open(scratch / "j", JournalAccess::append); });
  EXPECT_EQ(refused.code, ExitCode::bad_data);
  EXPECT_TRUE(refused.says("stream_version is " + std::to_string(record::stream_version + 1)))
      << refused;
  EXPECT_EQ(slurp(scratch / "j"), bytes);
}

/// The sample as another version would write it: older ones had no copy of the header, newer ones
/// say their number there too.
std::string with_format(test::Sample const& sample, std::uint64_t version) {
  auto bytes = sample.bytes;
  std::memcpy(bytes.data() + journal_signature.size(), &version, sizeof version);
  if (version < journal_version) {
    return bytes.erase(sample.early[1], sample.early[4] - sample.early[1]);
  }
  for (auto const begin : {sample.early[2], sample.early[3]}) {
    auto head = *test::head_at(bytes, begin);
    head.count = version;
    auto const words = encode_head(head);
    std::memcpy(bytes.data() + begin, words.data(), frame_head_bytes);
  }
  return bytes;
}

// Rows of another form must not be taken for ours; what stands before them has not changed.
TEST(JournalFormat, of_another_version_is_refused_by_name_but_for_its_header) {
  FastScratch const scratch;
  auto const sample = test::small_journal(scratch);
  for (auto const access : {JournalAccess::read, JournalAccess::append, JournalAccess::take_over}) {
    for (std::uint64_t const version : {1U, 2U, 4U}) {
      spill(scratch / "j", with_format(sample, version));
      auto const refused = thrown_by([&] { (void)Journal::open(scratch / "j", access); });
      EXPECT_EQ(refused.code, ExitCode::bad_data);
      EXPECT_TRUE(refused.says("/j: was written by a") &&
                  refused.says(version < journal_version ? "older version" : "newer version") &&
                  refused.says("journal format " + std::to_string(version)) &&
                  refused.says("go on with the version that began the run"))
          << refused;
      EXPECT_EQ(slurp(scratch / "j"), with_format(sample, version));
    }
  }
  spill(scratch / "j", with_format(sample, 1));
  EXPECT_EQ(read_journal_header(scratch / "j").study.model_hash,
            test::small_header(1).study.model_hash);
  spill(scratch / "j", with_format(sample, 4));
  EXPECT_EQ(thrown_by([&] { (void)read_journal_header(scratch / "j"); }).code, ExitCode::bad_data);
}

TEST(JournalDamage, of_an_extension_keeps_its_toys_until_the_study_is_extended_again) {
  FastScratch const scratch;
  auto const file = scratch / "j";
  std::size_t extended = 0;
  {
    auto const journal = Journal::create(file, test::small_header(4));
    journal->put(some_rows(0, 3));
    extended = std::filesystem::file_size(file);
    journal->extend(10);
    journal->put(some_rows(3, 4));  // one of the old toys, three of the new
    journal->put(some_rows(9, 1));
  }
  auto bytes = slurp(file);
  bytes[extended + 9] ^= 1;
  spill(file, bytes);
  auto const journal = Journal::open(file, JournalAccess::append);
  EXPECT_EQ(journal->header().study.n_toys, 4U);
  EXPECT_EQ(test::walked(*journal), some_rows(0, 4));
  journal->extend(10);
  EXPECT_EQ(journal->toys().ranges(), (test::Ranges{{{0}, 7}, {{9}, 1}}));
  EXPECT_EQ(journal->n_at_open(), 8U);
  EXPECT_EQ(journal->acknowledged(), 8U);
  EXPECT_TRUE(all_right(*journal));
}

}  // namespace toyfarm::io
