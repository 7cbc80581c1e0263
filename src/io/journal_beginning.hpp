#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "io/journal_file.hpp"
#include "io/journal_scan.hpp"

// What a journal begins with and its rows mean nothing without: version, header and setup. It is
// there twice, so that no single damaged place takes the rows with it.
namespace toyfarm::io {

struct Beginning {
  std::string header;    ///< payload of the header's frame
  std::string setup;     ///< payload of the setup's frame
  std::uint64_t id = 0;  ///< in the head of every frame of this journal
  /// Where frames are to be looked for: behind the first header and setup, or behind the signature
  /// if anything before that place is damaged.
  std::uint64_t end = 0;
  bool has_good_signature = true;  ///< and version
};

/// What is wanted of a journal: rows have changed their form since older versions, the header has
/// not.
enum class JournalPart { header, rows };

/// Reads it from the first copy, or piece by piece from both if that is damaged. Throws
/// core::DataError if a piece is nowhere, or for a version whose `part` has another form.
[[nodiscard]] Beginning read_beginning(int fd, std::filesystem::path const& name, JournalPart part);

/// Appends signature, version and the first header and setup to a file that is empty.
[[nodiscard]] Appended append_beginning(int fd, Beginning const& beginning) noexcept;
/// Appends the second header and setup, a block of most disks behind all that stands before.
[[nodiscard]] Appended append_copy(int fd,
                                   Beginning const& beginning,
                                   std::uint32_t epoch) noexcept;

}  // namespace toyfarm::io
