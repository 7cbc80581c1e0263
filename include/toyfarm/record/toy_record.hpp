#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/record/columns.hpp"

namespace toyfarm::record {

/// 8-byte words of an encoded row.
[[nodiscard]] std::size_t row_words(RowLayout const& layout) noexcept;
/// Writes `record` into row_words(layout) words, whose bytes are those of memory.
void encode(ToyRecord const& record, RowLayout const& layout, std::span<std::uint64_t> words);
/// The record that `words` hold. Throws core::RuntimeFailure(io_error) if they cannot be a row of
/// this layout.
[[nodiscard]] ToyRecord decode(std::span<std::uint64_t const> words, RowLayout const& layout);

/// The row of a record of which nothing is known but the sizes of its lists.
[[nodiscard]] std::vector<std::uint64_t> empty_row(RowLayout const& layout);
/// Throws as `decode` does if `words` cannot be a row, without making the record.
void require_row(std::span<std::uint64_t const> words, RowPlaces const& places);

/// Rows that are moved together: at most 4096, of half a MiB in all or less, at least one.
[[nodiscard]] std::size_t rows_per_block(RowLayout const& layout) noexcept;

/// Encoded rows of one study in order of ToyId, which can be walked as often as wanted without
/// being in memory all at once.
class RowSource {
 public:
  /// Takes whole rows; their words are gone once it returns.
  using Visit = std::function<void(std::span<std::uint64_t const> words)>;
  virtual ~RowSource() = default;
  [[nodiscard]] virtual RowLayout const& layout() const noexcept = 0;
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
  /// Hands every row to `visit`, in order, at most rows_per_block(layout()) at a time. Throws what
  /// `visit` throws, and core::RuntimeFailure(io_error) if rows cannot be read back.
  virtual void walk(Visit const& visit) const = 0;

 protected:
  RowSource() = default;
  RowSource(RowSource const&) = default;
  RowSource& operator=(RowSource const&) = default;
};

/// Encoded rows in memory, in order of ToyId once `sort` was called.
class RowTable final : public RowSource {
 public:
  explicit RowTable(RowLayout layout) : layout_(layout), width_(row_words(layout)) {}
  [[nodiscard]] RowLayout const& layout() const noexcept override { return layout_; }
  [[nodiscard]] std::size_t size() const noexcept override { return words_.size() / width_; }
  void walk(Visit const& visit) const override;
  void reserve(std::size_t rows) { words_.reserve(rows * width_); }
  void append(ToyRecord const& record);
  /// Appends whole encoded rows, for instance as they came from another rank.
  void append(std::span<std::uint64_t const> words);
  [[nodiscard]] core::ToyId toy(std::size_t row) const noexcept { return {words_[row * width_]}; }
  [[nodiscard]] ToyRecord operator[](std::size_t row) const;
  [[nodiscard]] std::span<std::uint64_t const> words() const noexcept { return words_; }
  /// Sorts by ToyId. Throws core::RuntimeFailure(internal) if a toy occurs twice.
  void sort();

 private:
  RowLayout layout_;
  std::size_t width_;
  std::vector<std::uint64_t> words_;
};

}  // namespace toyfarm::record
