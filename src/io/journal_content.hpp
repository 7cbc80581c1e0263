#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "io/journal_index.hpp"
#include "io/journal_notes.hpp"
#include "io/journal_scan.hpp"

namespace toyfarm::io {

/// What the frames of a journal say, up to some place.
struct JournalContent {
  JournalHeader header;
  std::uint64_t id = 0;  ///< in the head of every frame of this journal
  std::uint32_t epoch = 0;
  WriterNote writer;  ///< of the newest epoch
  JournalIndex index;
  std::uint64_t n_fenced = 0;
  std::vector<Extent> bad;     ///< between good frames
  std::uint64_t good_end = 0;  ///< of the last good frame
};

/// What is wanted of a journal: rows have changed their form since older versions, the header has
/// not.
enum class JournalPart { header, rows };

/// Signature, header and setup. Throws core::DataError: without them nothing can be known of the
/// rest.
[[nodiscard]] JournalContent read_preamble(int fd,
                                           std::filesystem::path const& name,
                                           JournalPart part = JournalPart::rows);

/// Reads on from good_end to `end`. Throws core::DataError if a toy comes twice and differs.
void read_on(JournalContent& content, int fd, std::filesystem::path const& name, std::uint64_t end);

}  // namespace toyfarm::io
