#include "io/journal_content.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "toyfarm/core/error.hpp"

#include "io/journal_file.hpp"

namespace toyfarm::io {
namespace {

/// Whether the payload is rows of consecutive toys as the head says.
bool are_rows(Frame const& frame, record::RowPlaces const& places) {
  auto const width = places.words();
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
    if (row[0] != first + i || places.fault(row)) {
      return false;
    }
  }
  return true;
}

/// Takes a frame of the journal's beginning, if it is one.
bool take_beginning(JournalContent& content, Frame const& frame) {
  using enum FrameKind;
  auto const kind = frame.head.kind;
  if (kind != header && kind != setup && kind != gap && kind != header_copy && kind != setup_copy) {
    return false;
  }
  content.beginnings.push_back({frame.offset, frame.end()});
  content.has_header_copy = content.has_header_copy || kind == header_copy;
  content.has_setup_copy = content.has_setup_copy || kind == setup_copy;
  return true;
}

/// Takes one good frame; answers whether its content makes sense.
bool take(JournalContent& content, Frame const& frame) {
  if (take_beginning(content, frame)) {
    return true;
  }
  auto const& head = frame.head;
  auto const is_opening = head.kind == FrameKind::epoch;
  if (head.epoch < content.epoch || (is_opening && head.epoch == content.epoch)) {
    ++content.n_fenced;
    return true;
  }
  if (head.kind == FrameKind::rows) {
    if (!are_rows(frame, content.index.places())) {
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
  auto beginning = read_beginning(fd, name, part);
  auto const payload = std::as_bytes(std::span(beginning.header));
  auto header = read_header_payload(payload, name.string(), part);
  header.setup = std::move(beginning.setup);
  return content_of(std::move(header), beginning);
}

JournalContent content_of(JournalHeader header, Beginning const& beginning) {
  JournalIndex index(header.study.layout(), header.range);
  JournalContent content{std::move(header),
                         beginning.header,
                         beginning.id,
                         0,
                         {},
                         std::move(index),
                         0,
                         {},
                         {},
                         beginning.end,
                         false,
                         false};
  auto& already = beginning.has_good_signature ? content.beginnings : content.bad;
  already.push_back({0, beginning.end});
  return content;
}

Beginning beginning_of(JournalContent const& content) {
  return {content.header_bytes, content.header.setup, content.id};
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
