#include "io/journal_content.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "toyfarm/core/error.hpp"
#include "toyfarm/record/row_view.hpp"

#include "io/journal_file.hpp"

namespace toyfarm::io {
namespace {

/// The number of the journal's format.
std::uint64_t version_of(ReadWindow& window) {
  auto const file = window.name().string();
  auto const bytes = window.at(0, journal_preamble_bytes);
  if (bytes.size() < journal_preamble_bytes ||
      std::memcmp(bytes.data(), journal_signature.data(), journal_signature.size()) != 0) {
    throw core::DataError(file,
                          "is no journal of a run, or its first bytes are damaged: to compute the "
                          "toys anew, start the run under another name");
  }
  std::uint64_t version = 0;
  std::memcpy(&version, bytes.data() + journal_signature.size(), sizeof version);
  return version;
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

/// A frame of the journal's own beginning, which all else depends on.
Frame beginning(ReadWindow& window, Extent where, FrameKind kind, std::uint64_t journal) {
  auto const frame = frame_at(window, where.begin, where.end, journal);
  if (!frame || frame->head.kind != kind) {
    throw core::DataError(window.name().string(),
                          "its header is damaged or cut, so that nothing tells which study its "
                          "rows belong to: put a copy of the file in its place, or start the run "
                          "under another name to compute all toys anew");
  }
  return *frame;
}

/// Whether the payload is rows of consecutive toys as the head says.
bool are_rows(Frame const& frame, record::RowLayout const& layout) {
  auto const width = record::row_words(layout);
  auto const [first, count] = std::pair(frame.head.first, frame.head.count);
  if (count == 0 || count != frame.head.bytes / (width * sizeof(std::uint64_t)) ||
      frame.head.bytes % (width * sizeof(std::uint64_t)) != 0 ||
      first > std::numeric_limits<std::uint64_t>::max() - count) {
    return false;
  }
  std::vector<std::uint64_t> row(width);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::memcpy(row.data(),
                frame.payload.data() + i * width * sizeof(std::uint64_t),
                width * sizeof(std::uint64_t));
    try {
      record::require_row(row, layout);
    } catch (core::RuntimeFailure const&) {
      return false;
    }
    if (row[0] != first + i) {
      return false;
    }
  }
  return true;
}

/// Takes one good frame; answers whether its content makes sense.
bool take(JournalContent& content, Frame const& frame) {
  auto const& head = frame.head;
  auto const is_opening = head.kind == FrameKind::epoch;
  if (head.epoch < content.epoch || (is_opening && head.epoch == content.epoch)) {
    ++content.n_fenced;
    return true;
  }
  if (head.kind == FrameKind::rows) {
    if (!are_rows(frame, content.index.layout())) {
      return false;
    }
    content.index.add({{head.first}, head.count}, frame.payload_offset());
  } else if (head.kind == FrameKind::extend) {
    auto& range = content.header.range;
    if (head.count < content.header.study.n_toys) {
      return false;
    }
    range.count = head.count - range.first.value;
    content.header.study.n_toys = head.count;
    content.index.widen(range);
  } else if (is_opening) {
    content.writer = read_writer_payload(frame.payload);
  }
  content.epoch = head.epoch;
  return true;
}

}  // namespace

JournalContent read_preamble(int fd, std::filesystem::path const& name, JournalPart part) {
  ReadWindow window(fd, name);
  auto const version = version_of(window);
  auto const oldest = part == JournalPart::header ? oldest_known_header : journal_version;
  if (version < oldest || version > journal_version) {
    refuse_version(name, version);
  }
  auto const words = decode_head(window.at(journal_preamble_bytes, frame_head_bytes));
  auto const id = words ? words->payload_checksum : 0;
  auto const end = size_of(fd, name);
  auto const first = beginning(window, {journal_preamble_bytes, end}, FrameKind::header, id);
  auto header = read_header_payload(first.payload, name.string());
  auto const rest = first.end();
  auto const second = beginning(window, {rest, end}, FrameKind::setup, id);
  header.setup.assign(reinterpret_cast<char const*>(second.payload.data()), second.payload.size());
  JournalIndex index(header.study.layout(), header.range);
  return {std::move(header), id, 0, {}, std::move(index), 0, {}, second.end()};
}

void read_on(JournalContent& content,
             int fd,
             std::filesystem::path const& name,
             std::uint64_t end) {
  ReadWindow window(fd, name);
  auto result = scan_frames(window, {content.good_end, end}, content.id, [&](Frame const& frame) {
    return take(content, frame);
  });
  content.good_end = result.good_end;
  content.bad.insert(content.bad.end(), result.bad.begin(), result.bad.end());
  content.index.settle_repeats(window);
}

}  // namespace toyfarm::io
