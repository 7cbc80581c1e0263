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
  rows[1] = frame_sync_word;  // n_events of a channel
  rows[width + 2] = frame_sync_word;
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
  constexpr auto status = record::column_of<&record::FitRecord::status>();
  auto const byte = record::byte_of<status>(test::small_study(1).layout());
  bad([&](auto& rows) { reinterpret_cast<char*>(rows.data())[byte] = 99; });  // no status
  bad([&](auto& rows) { rows[width] = 9; });                                  // not the next toy
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

/// The sample with other bytes in its header and the copy, and checksums that fit.
template <class Change>
std::string with_header(test::Sample const& sample, Change const& change) {
  auto bytes = sample.bytes;
  std::uint64_t id = 0;
  auto begin = std::size_t{journal_preamble_bytes};
  for (auto const end : sample.early) {
    auto head = *test::head_at(bytes, begin);
    if (head.kind == FrameKind::header || head.kind == FrameKind::header_copy) {
      change(bytes, begin);
      id = frame_checksum(std::as_bytes(std::span(bytes))
                              .subspan(begin + frame_head_bytes, end - begin - frame_head_bytes));
      head.payload_checksum = id;
    }
    head.journal = id;
    auto const words = encode_head(head);
    std::memcpy(bytes.data() + begin, words.data(), frame_head_bytes);
    begin = end;
  }
  return bytes;
}

void expect_refused(FastScratch const& scratch, std::string const& bytes, std::string const& why) {
  spill(scratch / "j", bytes);
  auto const refused =
      thrown_by([&] { (void)Journal::open(scratch / "j", JournalAccess::append); });
  EXPECT_EQ(refused.code, ExitCode::bad_data);
  EXPECT_TRUE(refused.says(why)) << refused;
  EXPECT_EQ(slurp(scratch / "j"), bytes);
}

// Toys of other random streams must not be mixed with ours.
TEST(JournalDamage, is_not_what_another_stream_version_makes_but_that_is_refused) {
  FastScratch const scratch;
  auto const bytes = with_header(test::small_journal(scratch), [](auto& all, std::size_t begin) {
    std::string const key = "stream_version";
    auto& version = all[all.find(key, begin) + key.size()];
    EXPECT_EQ(version, static_cast<char>(record::stream_version));
    version = static_cast<char>(record::stream_version + 1);
  });
  expect_refused(scratch, bytes, "stream_version is " + std::to_string(record::stream_version + 1));
}

// Rows of other columns must not be taken for ours; which study they are of is known.
TEST(JournalFormat, of_other_columns_is_refused_by_their_name_but_for_its_header) {
  FastScratch const scratch;
  auto const bytes = with_header(test::small_journal(scratch), [](auto& all, std::size_t begin) {
    all[all.find("edm f64 fit", begin) + 2] = 'x';
  });
  expect_refused(scratch, bytes, "has a column 'edx', which this program does not know");
  EXPECT_EQ(read_journal_header(scratch / "j").study.model_hash,
            test::small_header(1).study.model_hash);
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
    for (std::uint64_t const version :
         {std::uint64_t{1}, journal_version - 1, journal_version + 1}) {
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
  spill(scratch / "j", with_format(sample, journal_version + 1));
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
