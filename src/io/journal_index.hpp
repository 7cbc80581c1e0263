#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "toyfarm/record/toy_record.hpp"
#include "toyfarm/record/toy_set.hpp"

#include "io/journal_scan.hpp"

namespace toyfarm::io {

/// Where the row of every toy stands in a journal: 24 bytes for frames of equal size that follow
/// one another, however many they are.
class JournalIndex {
 public:
  JournalIndex(record::RowLayout const& layout, core::ToyRange range);
  /// Takes rows that stand side by side from `offset` on. Toys that came before are kept apart as
  /// repeats, toys out of the range until the range holds them.
  void add(core::ToyRange toys, std::uint64_t offset);
  /// The toys of the run are these now.
  void widen(core::ToyRange range);
  /// Whether all of `toys` are toys of the run and none is held.
  [[nodiscard]] bool lacks(core::ToyRange toys) const;
  [[nodiscard]] record::ToySet const& toys() const noexcept { return toys_; }
  [[nodiscard]] record::RowPlaces const& places() const noexcept { return places_; }

  /// Hands all rows to `visit`, in order, in blocks of at most rows_per_block. Throws
  /// core::RuntimeFailure(io_error) if another toy than expected stands there.
  void walk(ReadWindow window, record::RowSource::Visit const& visit) const;
  /// Throws core::DataError if a row that came again is not the same; forgets the repeats.
  void settle_repeats(ReadWindow window);

 private:
  /// `frames` frames of `rows` toys each.
  struct Piece {
    std::uint64_t first = 0;
    std::uint64_t offset = 0;  ///< of the first frame's rows
    std::uint32_t rows = 0;
    std::uint32_t frames = 1;
    [[nodiscard]] std::uint64_t end() const noexcept {
      return first + std::uint64_t{rows} * frames;
    }
  };
  void add_new(core::ToyRange toys, std::uint64_t offset);
  /// Copies the rows of `toys` that stand at `offset`.
  void read(ReadWindow& window,
            core::ToyRange toys,
            std::uint64_t offset,
            std::uint64_t* words) const;
  [[nodiscard]] std::vector<Piece> in_order() const;
  /// Where the rows of `frame` of a piece begin.
  [[nodiscard]] std::uint64_t place(Piece const& piece, std::uint64_t frame) const noexcept;

  record::RowPlaces places_;
  std::size_t row_bytes_;
  core::ToyRange range_;
  record::ToySet toys_;
  std::vector<Piece> pieces_;   ///< in order of arrival
  std::vector<Piece> repeats_;  ///< one frame each, as `beyond_`
  std::vector<Piece> beyond_;
};

}  // namespace toyfarm::io
