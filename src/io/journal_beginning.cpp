#include "io/journal_beginning.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "toyfarm/core/error.hpp"

namespace toyfarm::io {
namespace {

/// Damage is often a block of the disk: so much stands between the copies.
constexpr std::size_t gap_bytes = 4096;

std::string text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// The number of the format as it stands behind the signature; nothing if there is none.
std::optional<std::uint64_t> version_at_start(ReadWindow& window) {
  auto const bytes = window.at(0, journal_preamble_bytes);
  if (bytes.size() < journal_preamble_bytes ||
      std::memcmp(bytes.data(), journal_signature.data(), journal_signature.size()) != 0) {
    return {};
  }
  std::uint64_t version = 0;
  std::memcpy(&version, bytes.data() + journal_signature.size(), sizeof version);
  return version;
}

bool is_known(std::optional<std::uint64_t> version, JournalPart part) {
  auto const oldest = part == JournalPart::header ? oldest_known_header : journal_version;
  return version && *version >= oldest && *version <= journal_version;
}

[[noreturn]] void refuse_version(std::filesystem::path const& file, std::uint64_t version) {
  bool const older = version < journal_version;
  throw core::DataError(file.string(),
                        std::string("was written by ") + (older ? "an older" : "a newer") +
                            " version of toyfarm (journal format " + std::to_string(version) +
                            ", this one reads " + std::to_string(journal_version) +
                            "): go on with the version that began the run" +
                            (older ? ", or start it anew under another name" : ""));
}

/// Header and setup where they stand in a file without damage.
std::optional<Beginning> first_copy(ReadWindow& window, std::uint64_t end) {
  auto const words = decode_head(window.at(journal_preamble_bytes, frame_head_bytes));
  auto const id = words ? words->payload_checksum : 0;
  auto const header = frame_at(window, journal_preamble_bytes, end, id);
  if (!header || header->head.kind != FrameKind::header) {
    return {};
  }
  Beginning found{text_of(header->payload), "", id};
  auto const setup = frame_at(window, header->end(), end, id);
  if (!setup || setup->head.kind != FrameKind::setup) {
    return {};
  }
  found.setup = text_of(setup->payload);
  found.end = setup->end();
  return found;
}

/// The first good frame at `offset` or behind it that `wants` wants.
template <class Wants>
std::optional<Frame> find_frame(ReadWindow& window, Extent where, Wants const& wants) {
  for (auto offset = next_sync_word(window, where.begin, where.end); offset < where.end;) {
    auto const head = decode_head(window.at(offset, frame_head_bytes));
    auto const frame = head ? frame_at(window, offset, where.end, head->journal) : std::nullopt;
    if (frame && wants(frame->head)) {
      return frame;
    }
    offset = next_sync_word(window, frame ? frame->end() : offset + 1, where.end);
  }
  return {};
}

bool is_header(FrameHead const& head) {
  return (head.kind == FrameKind::header || head.kind == FrameKind::header_copy) &&
         head.journal == head.payload_checksum;
}
bool is_setup(FrameHead const& head) {
  return head.kind == FrameKind::setup || head.kind == FrameKind::setup_copy;
}
bool is_copy(FrameHead const& head) {
  return head.kind == FrameKind::header_copy || head.kind == FrameKind::setup_copy;
}

/// Header and setup piece by piece from whichever copy is good, and the version that copies tell.
/// A header whose setup is nowhere may be of another journal: a disk can show old blocks.
std::optional<Beginning> from_either_copy(ReadWindow& window,
                                          std::uint64_t end,
                                          std::optional<std::uint64_t>& version) {
  for (Extent left{0, end};;) {
    auto const header = find_frame(window, left, is_header);
    if (!header) {
      return {};
    }
    left.begin = header->end();
    Beginning found{text_of(header->payload), "", header->head.journal, journal_preamble_bytes};
    auto const of_it = [&](bool (*wants)(FrameHead const&)) {
      return find_frame(window, {0, end}, [&](FrameHead const& head) {
        return head.journal == found.id && wants(head);
      });
    };
    if (auto const copy = of_it(is_copy)) {
      version = copy->head.count;
    }
    if (auto const setup = of_it(is_setup)) {
      found.setup = text_of(setup->payload);
      return found;
    }
  }
}

}  // namespace

Beginning read_beginning(int fd, std::filesystem::path const& name, JournalPart part) {
  ReadWindow window(fd, name);
  auto const end = size_of(fd, name);
  auto const told = version_at_start(window);
  auto found = is_known(told, part) ? first_copy(window, end) : std::nullopt;
  if (found) {
    return *found;
  }
  auto version = told;
  found = from_either_copy(window, end, version);
  if (!version) {
    throw core::DataError(name.string(),
                          "is no journal of a run, or its first bytes are damaged: to compute the "
                          "toys anew, start the run under another name");
  }
  if (!is_known(version, part)) {
    refuse_version(name, *version);
  }
  if (!found) {
    throw core::DataError(name.string(),
                          "its header is damaged or cut, so that nothing tells which study its "
                          "rows belong to: put a copy of the file in its place, or start the run "
                          "under another name to compute all toys anew");
  }
  found->has_good_signature = told == version;
  return *found;
}

Appended append_beginning(int fd, Beginning const& beginning) noexcept {
  std::array<std::uint64_t, 1> const version{journal_version};
  auto done = append_pieces(
      fd, {std::as_bytes(std::span(journal_signature)), std::as_bytes(std::span(version))});
  if (done.error == 0) {
    done = append_frame(
        fd, {.kind = FrameKind::header, .journal = beginning.id}, bytes_of(beginning.header));
  }
  if (done.error == 0) {
    done = append_frame(
        fd, {.kind = FrameKind::setup, .journal = beginning.id}, bytes_of(beginning.setup));
  }
  return done;
}

Appended append_copy(int fd, Beginning const& beginning, std::uint32_t epoch) noexcept {
  static constexpr std::array<std::byte, gap_bytes> zeros{};
  auto const append = [&](FrameKind kind, std::span<std::byte const> payload) {
    return append_frame(
        fd,
        {.kind = kind, .epoch = epoch, .count = journal_version, .journal = beginning.id},
        payload);
  };
  auto done = append(FrameKind::gap, zeros);
  if (done.error == 0) {
    done = append(FrameKind::header_copy, bytes_of(beginning.header));
  }
  if (done.error == 0) {
    done = append(FrameKind::setup_copy, bytes_of(beginning.setup));
  }
  return done;
}

}  // namespace toyfarm::io
