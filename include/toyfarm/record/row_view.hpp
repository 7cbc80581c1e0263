#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/core/status.hpp"
#include "toyfarm/record/toy_record.hpp"

namespace toyfarm::record {

/// Reads single fields of an encoded row in place, for passes over millions of rows; the words must
/// outlive it.
class RowView {
 public:
  /// `words` is one row of `layout`, valid as `decode` defines it.
  RowView(RowLayout const& layout, std::span<std::uint64_t const> words) noexcept
      : layout_(layout), words_(words) {}

  [[nodiscard]] core::ToyId toy() const noexcept { return {words_[0]}; }
  [[nodiscard]] core::FitStatus status() const noexcept {
    return static_cast<core::FitStatus>(words_[1] & 0xffU);
  }
  [[nodiscard]] core::Engine engine() const noexcept {
    return static_cast<core::Engine>((words_[1] >> 8U) & 0xffU);
  }
  [[nodiscard]] std::uint32_t iterations() const noexcept {
    return static_cast<std::uint32_t>(words_[2]);
  }
  [[nodiscard]] std::uint32_t attempts() const noexcept {
    return static_cast<std::uint32_t>(words_[2] >> 32U);
  }
  [[nodiscard]] std::uint32_t won() const noexcept {
    return static_cast<std::uint32_t>(words_[1] >> 32U);
  }
  [[nodiscard]] double nll() const noexcept { return number(3); }
  [[nodiscard]] double edm() const noexcept { return number(4); }
  [[nodiscard]] double bound() const noexcept { return number(5); }
  [[nodiscard]] double next_end() const noexcept { return number(6); }
  [[nodiscard]] std::uint64_t n_events(std::size_t channel) const noexcept {
    return words_[head + channel];
  }
  [[nodiscard]] double estimate(std::size_t parameter) const noexcept {
    return number(head + layout_.n_channels + parameter);
  }
  [[nodiscard]] double error(std::size_t parameter) const noexcept {
    return number(head + layout_.n_channels + layout_.n_params + parameter);
  }
  [[nodiscard]] double global_observable(std::size_t constraint) const noexcept {
    return number(head + layout_.n_channels + 2 * layout_.n_params + constraint);
  }
  [[nodiscard]] core::Held held(std::size_t parameter) const noexcept {
    auto const word = words_[head + layout_.n_channels + 2 * layout_.n_params +
                             layout_.n_constraints + parameter / 8];
    return static_cast<core::Held>(
        static_cast<std::int8_t>((word >> (8 * (parameter % 8))) & 0xffU));
  }

  /// Words before the lists: toy; status, engine and won; iterations and attempts; nll; edm; bound;
  /// next_end.
  static constexpr std::size_t head = 7;

 private:
  [[nodiscard]] double number(std::size_t word) const noexcept {
    return std::bit_cast<double>(words_[word]);
  }

  RowLayout layout_;
  std::span<std::uint64_t const> words_;
};

/// Throws as `decode` does if `words` cannot be a row of this layout, without making the record.
void require_row(std::span<std::uint64_t const> words, RowLayout const& layout);

/// Calls visit(RowView) for every row, in order of ToyId.
template <class Visit>
void for_each_row(RowSource const& rows, Visit const& visit) {
  auto const& layout = rows.layout();
  auto const width = row_words(layout);
  rows.walk([&](std::span<std::uint64_t const> words) {
    for (std::size_t i = 0; i < words.size(); i += width) {
      visit(RowView(layout, words.subspan(i, width)));
    }
  });
}

}  // namespace toyfarm::record
