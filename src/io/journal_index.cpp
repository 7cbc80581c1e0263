#include "io/journal_index.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "toyfarm/core/error.hpp"

namespace toyfarm::io {
namespace {

/// The part of `toys` that lies in `range`.
core::ToyRange common(core::ToyRange toys, core::ToyRange range) {
  auto const begin = std::max(toys.first.value, range.first.value);
  auto const end = std::min(toys.first.value + toys.count, range.first.value + range.count);
  return {{begin}, end > begin ? end - begin : 0};
}

}  // namespace

JournalIndex::JournalIndex(record::RowLayout const& layout, core::ToyRange range)
    : places_(record::schema, layout),
      row_bytes_(places_.words() * sizeof(std::uint64_t)),
      range_(range) {}

std::uint64_t JournalIndex::place(Piece const& piece, std::uint64_t frame) const noexcept {
  return piece.offset + frame * (frame_head_bytes + piece.rows * row_bytes_);
}

bool JournalIndex::lacks(core::ToyRange toys) const {
  return toys.first >= range_.first && toys.count <= range_.count &&
         toys.first.value - range_.first.value <= range_.count - toys.count &&
         toys_.missing_of(toys) == std::vector<core::ToyRange>{toys};
}

void JournalIndex::add(core::ToyRange toys, std::uint64_t offset) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  auto const here = [&](std::uint64_t first) {
    return offset + (first - toys.first.value) * row_bytes_;
  };
  auto const keep = [&](std::vector<Piece>& list, std::uint64_t first, std::uint64_t end) {
    for (; first < end; first += std::min(most, end - first)) {
      list.push_back(
          {first, here(first), static_cast<std::uint32_t>(std::min(most, end - first)), 1});
    }
  };
  auto const wanted = common(toys, range_);
  auto const end = toys.first.value + toys.count;
  if (wanted.count == 0) {
    keep(beyond_, toys.first.value, end);
    return;
  }
  keep(beyond_, toys.first.value, wanted.first.value);
  keep(beyond_, wanted.first.value + wanted.count, end);
  auto next = wanted.first.value;
  for (auto const& missing : toys_.missing_of(wanted)) {
    keep(repeats_, next, missing.first.value);
    add_new(missing, here(missing.first.value));
    next = missing.first.value + missing.count;
  }
  keep(repeats_, next, wanted.first.value + wanted.count);
}

void JournalIndex::add_new(core::ToyRange toys, std::uint64_t offset) {
  toys_.insert(toys);
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  auto first = toys.first.value;
  for (auto left = toys.count; left > 0;) {
    auto const rows = static_cast<std::uint32_t>(std::min(most, left));
    if (auto* const last = pieces_.empty() ? nullptr : &pieces_.back();
        last != nullptr && last->rows == rows && last->end() == first && last->frames < most &&
        place(*last, last->frames) == offset) {
      ++last->frames;
    } else {
      pieces_.push_back({first, offset, rows, 1});
    }
    first += rows;
    offset += rows * row_bytes_;
    left -= rows;
  }
}

void JournalIndex::widen(core::ToyRange range) {
  range_ = range;
  for (auto const& piece : std::exchange(beyond_, {})) {
    add({{piece.first}, piece.rows}, piece.offset);
  }
}

std::vector<JournalIndex::Piece> JournalIndex::in_order() const {
  auto pieces = pieces_;
  std::ranges::sort(pieces, {}, &Piece::first);
  return pieces;
}

void JournalIndex::read(ReadWindow& window,
                        core::ToyRange toys,
                        std::uint64_t offset,
                        std::uint64_t* words) const {
  auto const bytes = window.at(offset, toys.count * row_bytes_);
  std::memcpy(words, bytes.data(), bytes.size());
  // Network file systems can lose a page and say so nowhere: at least the toy must be the right
  // one.
  for (std::uint64_t i = 0; i < toys.count; ++i) {
    auto const toy = toys.first.value + i;
    if (bytes.size() < (i + 1) * row_bytes_ || words[i * places_.words()] != toy) {
      throw core::RuntimeFailure(
          core::ExitCode::io_error,
          window.name().string() + ": rows of toys cannot be read back: toy " +
              std::to_string(toy) + " is damaged: another program or the disk changed the file");
    }
  }
}

void JournalIndex::walk(ReadWindow window, record::RowSource::Visit const& visit) const {
  auto const width = places_.words();
  auto const most = record::rows_per_block(places_.layout());
  std::vector<std::uint64_t> block(most * width);
  std::size_t filled = 0;
  auto const take = [&](core::ToyRange toys, std::uint64_t offset) {
    while (toys.count > 0) {
      auto const n = std::min<std::uint64_t>(most - filled, toys.count);
      read(window, {toys.first, n}, offset, block.data() + filled * width);
      filled += n;
      if (filled == most) {
        visit(block);
        filled = 0;
      }
      toys = {{toys.first.value + n}, toys.count - n};
      offset += n * row_bytes_;
    }
  };
  for (auto const& piece : in_order()) {
    for (std::uint64_t frame = 0; frame < piece.frames; ++frame) {
      take({{piece.first + frame * piece.rows}, piece.rows}, place(piece, frame));
    }
  }
  if (filled != 0) {
    visit(std::span(block).first(filled * width));
  }
}

void JournalIndex::settle_repeats(ReadWindow window) {
  if (repeats_.empty()) {
    return;
  }
  auto other = window;
  std::ranges::sort(pieces_, {}, &Piece::first);
  for (auto const& repeat : std::exchange(repeats_, {})) {
    for (std::uint64_t i = 0; i < repeat.rows; ++i) {
      auto const toy = repeat.first + i;
      auto const& piece = *std::prev(std::ranges::upper_bound(pieces_, toy, {}, &Piece::first));
      auto const within = toy - piece.first;
      auto const a = window.at(place(piece, within / piece.rows) + within % piece.rows * row_bytes_,
                               row_bytes_);
      auto const b = other.at(repeat.offset + i * row_bytes_, row_bytes_);
      if (!std::ranges::equal(a, b)) {
        throw core::DataError(window.name().string(),
                              "toy " + std::to_string(toy) +
                                  " stands in it twice, with different content: the rows of this "
                                  "run cannot be trusted; start it again under another name");
      }
    }
  }
}

}  // namespace toyfarm::io
