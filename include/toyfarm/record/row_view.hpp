#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/core/status.hpp"
#include "toyfarm/record/toy_record.hpp"

namespace toyfarm::record {

/// Reads single fields of an encoded row in place, for passes over millions of rows; the words must
/// outlive it. Fields of fits are those of the first.
class RowView {
 public:
  /// `words` is one row of `layout`, valid as `decode` defines it.
  RowView(RowLayout const& layout, std::span<std::uint64_t const> words) noexcept
      : layout_(layout), words_(words) {}

  /// A member of ToyRecord or of one of its fits; of lists element `k`.
  template <auto Member>
  [[nodiscard]] auto get(std::size_t k = 0, std::size_t fit = 0) const noexcept {
    constexpr auto column = column_of<Member>();
    ElementAt<column> value;
    std::memcpy(&value,
                reinterpret_cast<std::byte const*>(words_.data()) + byte_of<column>(layout_, fit) +
                    k * sizeof value,
                sizeof value);
    return value;
  }

  [[nodiscard]] core::ToyId toy() const noexcept { return {words_[0]}; }
  [[nodiscard]] core::FitStatus status() const noexcept { return get<&FitRecord::status>(); }
  [[nodiscard]] core::Engine engine() const noexcept { return get<&FitRecord::engine>(); }
  [[nodiscard]] double nll() const noexcept { return get<&FitRecord::nll>(); }
  [[nodiscard]] double bound() const noexcept { return get<&FitRecord::bound>(); }
  [[nodiscard]] double next_end() const noexcept { return get<&FitRecord::next_end>(); }
  [[nodiscard]] double estimate(std::size_t parameter) const noexcept {
    return get<&FitRecord::values>(parameter);
  }
  [[nodiscard]] double error(std::size_t parameter) const noexcept {
    return get<&FitRecord::errors>(parameter);
  }
  [[nodiscard]] core::Held held(std::size_t parameter) const noexcept {
    return get<&FitRecord::held>(parameter);
  }
  [[nodiscard]] std::span<std::uint64_t const> words() const noexcept { return words_; }

 private:
  RowLayout layout_;
  std::span<std::uint64_t const> words_;
};

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
