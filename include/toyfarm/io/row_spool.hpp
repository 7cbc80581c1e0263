#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "toyfarm/record/toy_record.hpp"
#include "toyfarm/record/toy_set.hpp"

namespace toyfarm::io {

/// Rows of the toys of one range, taken in any order and kept on disk, each at its toy's place. The
/// file has no name once the object is made, so that nothing is left of it whatever happens.
class RowSpool final : public record::RowSource {
 public:
  /// Makes the file in `folder`. Throws core::RuntimeFailure(cannot_create).
  RowSpool(std::filesystem::path const& folder, record::RowLayout layout, core::ToyRange range);
  RowSpool(RowSpool const&) = delete;
  RowSpool& operator=(RowSpool const&) = delete;
  ~RowSpool() override;

  /// Takes whole encoded rows in any order. Throws core::RuntimeFailure: internal for a toy that
  /// came before or is none of the range, io_error if the disk refuses.
  void put(std::span<std::uint64_t const> words);

  [[nodiscard]] record::RowLayout const& layout() const noexcept override { return layout_; }
  /// Rows that came.
  [[nodiscard]] std::size_t size() const noexcept override { return toys_.size(); }
  void walk(Visit const& visit) const override;

 private:
  [[noreturn]] void fail(std::string const& what, int error) const;
  void write(core::ToyId first, std::span<std::uint64_t const> words) const;
  void read(core::ToyId first, std::span<std::uint64_t> words) const;

  std::filesystem::path name_;  ///< for messages
  record::RowLayout layout_;
  std::size_t width_;
  core::ToyRange range_;
  record::ToySet toys_;
  int descriptor_ = -1;
};

}  // namespace toyfarm::io
