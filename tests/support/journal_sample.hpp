#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/io/journal.hpp"

#include "io/journal_frame.hpp"
#include "support/journals.hpp"
#include "support/scratch.hpp"

// The bytes of a small journal, to be spoilt by tests.
namespace toyfarm::test {

using Ranges = std::vector<core::ToyRange>;

inline constexpr std::uint64_t n_toys = 12;
/// The blocks of toys that stand in the sample's frames, in this order.
inline Ranges const blocks{{{4}, 3}, {{0}, 2}, {{9}, 1}, {{2}, 2}};

/// A journal's bytes and where its frames end.
struct Sample {
  std::string bytes;
  std::size_t header_end = 0;      ///< of the first header and setup
  std::vector<std::size_t> early;  ///< ends of all frames before those of rows
  std::size_t first_rows = 0;      ///< where the frame of blocks[0] begins
  std::vector<std::size_t> ends;   ///< [block]

  [[nodiscard]] std::size_t begin(std::size_t block) const {
    return block == 0 ? first_rows : ends[block - 1];
  }
  [[nodiscard]] std::string frame(std::size_t block) const {
    return bytes.substr(begin(block), ends[block] - begin(block));
  }
};

inline std::optional<io::FrameHead> head_at(std::string const& bytes, std::size_t offset) {
  return io::decode_head(std::as_bytes(std::span(bytes)).subspan(offset));
}

inline Sample small_journal(FastScratch const& scratch) {
  auto const file = scratch / "sample";
  std::filesystem::remove(file);
  auto const journal = io::Journal::create(file, small_header(n_toys));
  Sample made;
  made.first_rows = std::filesystem::file_size(file);
  for (auto const& block : blocks) {
    journal->put(some_rows(block.first.value, block.count));
    made.ends.push_back(std::filesystem::file_size(file));
  }
  made.bytes = slurp(file);
  for (auto end = io::journal_preamble_bytes; end < made.first_rows;) {
    auto const bytes = head_at(made.bytes, end)->bytes;
    end += io::frame_head_bytes + bytes + io::frame_padding(bytes);
    made.early.push_back(end);
  }
  made.header_end = made.early.at(1);
  return made;
}

/// The toys of all blocks but some.
inline Ranges toys_without(std::vector<std::size_t> const& lost) {
  record::ToySet toys;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (std::ranges::find(lost, i) == lost.end()) {
      toys.insert(blocks[i]);
    }
  }
  return toys.ranges();
}

inline std::string frame_of(io::FrameHead head, std::span<std::uint64_t const> words) {
  auto const payload = std::as_bytes(words);
  head.bytes = payload.size();
  head.payload_checksum = io::frame_checksum(payload);
  auto const head_words = io::encode_head(head);
  std::string bytes(io::frame_head_bytes + payload.size(), '\0');
  std::memcpy(bytes.data(), head_words.data(), io::frame_head_bytes);
  std::memcpy(bytes.data() + io::frame_head_bytes, payload.data(), payload.size());
  return bytes;
}

/// A good frame of the sample's journal with any rows.
inline std::string rows_frame(Sample const& sample,
                              std::uint64_t first,
                              std::span<std::uint64_t const> rows) {
  auto const width = record::row_words(small_study(1).layout());
  return frame_of({.kind = io::FrameKind::rows,
                   .epoch = 1,
                   .first = first,
                   .count = rows.size() / width,
                   .journal = head_at(sample.bytes, io::journal_preamble_bytes)->payload_checksum},
                  rows);
}

/// Expects a file of these bytes to be opened for more rows, to hold `toys` then, to be without
/// damage after that, and to take the missing ones.
inline void expect_goes_on(FastScratch const& scratch,
                           std::string const& bytes,
                           Ranges const& toys) {
  auto const file = scratch / "j";
  spill(file, bytes);
  {
    auto const journal = io::Journal::open(file, io::JournalAccess::append);
    ASSERT_EQ(journal->toys().ranges(), toys);
    ASSERT_TRUE(all_right(*journal));
    ASSERT_EQ(journal->n_at_open(), journal->size());
    ASSERT_EQ(journal->acknowledged(), journal->size());
    complete(*journal);
  }
  auto const journal = io::Journal::open(file, io::JournalAccess::read);
  ASSERT_EQ(journal->damage().torn_bytes, 0U);
  ASSERT_EQ(journal->damage().n_bad_regions, 0U);
  ASSERT_EQ(walked(*journal), some_rows(0, n_toys));
}

}  // namespace toyfarm::test
