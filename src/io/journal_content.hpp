#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/journal_beginning.hpp"
#include "io/journal_index.hpp"
#include "io/journal_notes.hpp"
#include "io/journal_scan.hpp"

namespace toyfarm::io {

/// What the frames of a journal say, up to some place.
struct JournalContent {
  JournalHeader header;
  std::string header_bytes;  ///< as it was begun, without what `extend` did to it
  std::uint64_t id = 0;      ///< in the head of every frame of this journal
  std::uint32_t epoch = 0;
  WriterNote writer;  ///< of the newest epoch
  JournalIndex index;
  std::uint64_t n_fenced = 0;
  std::vector<Extent> bad;         ///< between good frames
  std::vector<Extent> beginnings;  ///< frames that say what the journal is
  std::uint64_t good_end = 0;      ///< of the last good frame
  bool has_header_copy = false;
  bool has_setup_copy = false;
};

/// Signature, header and setup. Throws as read_beginning: without them nothing can be known of the
/// rest.
[[nodiscard]] JournalContent read_preamble(int fd,
                                           std::filesystem::path const& name,
                                           JournalPart part = JournalPart::rows);

/// What there is to know once the beginning has been read or written.
[[nodiscard]] JournalContent content_of(JournalHeader header, Beginning const& beginning);

/// What must be written for a file to have it all.
[[nodiscard]] Beginning beginning_of(JournalContent const& content);

/// Reads on from good_end to `end`. Throws core::DataError if a toy comes twice and differs.
void read_on(JournalContent& content, int fd, std::filesystem::path const& name, std::uint64_t end);

}  // namespace toyfarm::io
