#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "toyfarm/record/toy_record.hpp"

namespace toyfarm::test {

/// The rows of a table in blocks of any size.
class ChoppedRows final : public record::RowSource {
 public:
  ChoppedRows(record::RowTable const& table, std::size_t rows_at_once)
      : table_(table), step_(rows_at_once * record::row_words(table.layout())) {}
  [[nodiscard]] record::RowLayout const& layout() const noexcept override {
    return table_.layout();
  }
  [[nodiscard]] std::size_t size() const noexcept override { return table_.size(); }
  void walk(Visit const& visit) const override {
    auto const words = table_.words();
    for (std::size_t i = 0; i < words.size(); i += step_) {
      visit(words.subspan(i, std::min(step_, words.size() - i)));
    }
  }

 private:
  record::RowTable const& table_;
  std::size_t step_;
};

}  // namespace toyfarm::test
