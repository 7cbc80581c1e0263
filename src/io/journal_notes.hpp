#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "toyfarm/io/journal.hpp"

#include "io/journal_beginning.hpp"

// What frames other than rows hold.
namespace toyfarm::io {

/// Payload of a header's frame: everything but `setup`.
[[nodiscard]] std::string header_payload(JournalHeader const& header);
/// Throws core::DataError naming `file`, also if rows are wanted and have other columns.
[[nodiscard]] JournalHeader read_header_payload(std::span<std::byte const> payload,
                                                std::string const& file,
                                                JournalPart part);

/// Who opened a journal for writing, and when.
struct WriterNote {
  std::string host;
  std::int64_t pid = 0;
  std::string utc;
};
[[nodiscard]] WriterNote this_writer();
[[nodiscard]] std::string writer_payload(WriterNote const& note);
/// An empty note if `payload` is none.
[[nodiscard]] WriterNote read_writer_payload(std::span<std::byte const> payload);
/// "process 12 on host a, epoch 3, since 2000-01-01T00:00:00Z"
[[nodiscard]] std::string described(WriterNote const& note, std::uint32_t epoch);

}  // namespace toyfarm::io
