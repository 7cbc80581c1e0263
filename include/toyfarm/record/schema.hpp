#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// Columns of rows as data. Whatever keeps rows (codec, journal, toys.h5, JSON) follows the list of
// columns and knows none of them by name; columns.hpp has the list.
namespace toyfarm::record {

/// What a column has a value for, toy by toy: the toy, each channel or constraint, each of the
/// toy's fits, or each parameter of each fit.
enum class Axis : std::uint8_t { toy, channel, constraint, fit, parameter };

/// What values are: counts of 64 and 32 bits, doubles, or the numbers of words, from 0 or signed.
enum class Type : std::uint8_t { count, count32, number, word, side };

/// The words that the values of a column stand for, numbered from `first`. Append only.
struct Words {
  int first = 0;
  int n = 0;
  std::string_view (*text)(int) = nullptr;
};

/// One column of rows.
struct Column {
  std::string_view name;  ///< in files
  Type type = Type::number;
  Axis axis = Axis::toy;
  int since = 1;             ///< format_version that brought it; older files have none
  std::string_view meaning;  ///< for files, where the name does not say it
  Words words{};
};

/// Sizes of the axes, which with the columns fix the width of a row.
struct RowLayout {
  std::size_t n_params = 0;
  std::size_t n_channels = 0;
  std::size_t n_constraints = 0;
  std::size_t n_fits = 1;  ///< of each toy: one per hypothesis
  friend bool operator==(RowLayout const&, RowLayout const&) = default;
};

/// Calls use(T()) with the C++ type of values.
template <class Use>
constexpr auto with_type(Type type, Use const& use) {
  switch (type) {
    case Type::count:
      return use(std::uint64_t());
    case Type::count32:
      return use(std::uint32_t());
    case Type::number:
      return use(double());
    case Type::word:
      return use(std::uint8_t());
    case Type::side:
      break;
  }
  return use(std::int8_t());
}
/// Bytes of a value.
[[nodiscard]] constexpr std::size_t size_of(Type type) noexcept {
  return with_type(type, [](auto value) { return sizeof value; });
}
[[nodiscard]] constexpr bool is_per_fit(Axis axis) noexcept {
  return axis == Axis::fit || axis == Axis::parameter;
}
[[nodiscard]] constexpr bool is_list(Axis axis) noexcept {
  return axis != Axis::toy && axis != Axis::fit;
}
/// Values of a column per toy, or per fit of it.
[[nodiscard]] constexpr std::size_t length(Axis axis, RowLayout const& layout) noexcept {
  return axis == Axis::channel      ? layout.n_channels
         : axis == Axis::constraint ? layout.n_constraints
         : axis == Axis::parameter  ? layout.n_params
                                    : 1;
}
[[nodiscard]] constexpr std::size_t whole_words(std::size_t bytes) noexcept {
  return (bytes + 7) / 8 * 8;
}

/// Bytes of some columns: a number and so many per element of each axis.
struct Extent {
  std::size_t fixed = 0;
  std::size_t per_channel = 0;
  std::size_t per_constraint = 0;
  std::size_t per_parameter = 0;
  [[nodiscard]] constexpr std::size_t of(RowLayout const& layout) const noexcept {
    return fixed + per_channel * layout.n_channels + per_constraint * layout.n_constraints +
           per_parameter * layout.n_params;
  }
  [[nodiscard]] constexpr std::size_t& per(Axis axis) noexcept {
    return axis == Axis::channel      ? per_channel
           : axis == Axis::constraint ? per_constraint
           : axis == Axis::parameter  ? per_parameter
                                      : fixed;
  }
};

/// A row is the toy's part and one part per fit, each of whole words: values that are no lists,
/// padded to whole words, then lists; both sorted by the size of their values, the largest first.
/// This is the extent of all in the part of `axis` that stands before `column`; of the part itself,
/// without its padding, if `column` is none of the schema's.
[[nodiscard]] constexpr Extent extent_before(std::span<Column const> schema,
                                             std::size_t column,
                                             Axis axis) noexcept {
  bool const to_end = column >= schema.size();
  auto const rank = [&](std::size_t i) {
    return std::tuple(is_list(schema[i].axis), 8 / size_of(schema[i].type), i);
  };
  Extent extent;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    auto const& other = schema[i];
    if (is_per_fit(other.axis) == is_per_fit(axis) && (to_end || rank(i) < rank(column))) {
      extent.per(other.axis) += size_of(other.type);
    }
  }
  if (to_end || is_list(axis)) {
    extent.fixed = whole_words(extent.fixed);
  }
  return extent;
}

/// Where the values of each column stand in rows of one layout.
class RowPlaces {
 public:
  RowPlaces(std::span<Column const> schema, RowLayout const& layout);
  [[nodiscard]] std::span<Column const> schema() const noexcept { return schema_; }
  [[nodiscard]] RowLayout const& layout() const noexcept { return layout_; }
  /// 8-byte words of a row.
  [[nodiscard]] std::size_t words() const noexcept { return words_; }
  /// Parts of a row that have values of the column: its fits, or 1.
  [[nodiscard]] std::size_t n_parts(std::size_t column) const noexcept;
  /// Values of the column in each part.
  [[nodiscard]] std::size_t n_values(std::size_t column) const noexcept;
  /// First byte of the column's values in a part.
  [[nodiscard]] std::size_t byte(std::size_t column, std::size_t part = 0) const noexcept {
    return bytes_[column] + part * fit_bytes_;
  }
  /// The column's dimensions besides that of toys. One fit is no dimension.
  [[nodiscard]] std::vector<std::size_t> shape(std::size_t column) const;
  /// Why `words` cannot be a row, for instance a number that stands for no word; nothing if they
  /// can.
  [[nodiscard]] std::optional<std::string> fault(std::span<std::uint64_t const> words) const;

 private:
  std::span<Column const> schema_;
  RowLayout layout_;
  std::size_t fit_bytes_ = 0;
  std::size_t words_ = 0;
  std::vector<std::size_t> bytes_;
  std::vector<std::size_t> coded_;                            // columns of words
  std::vector<std::pair<std::size_t, std::size_t>> padding_;  // first byte, bytes
};

/// "nll f64 fit": what a column is to whoever reads rows.
[[nodiscard]] std::string signature(Column const& column);
/// Why rows of columns with these signatures are none of `schema`, naming a column; nothing if they
/// are.
[[nodiscard]] std::optional<std::string> other_columns(std::span<Column const> schema,
                                                       std::span<std::string const> signatures);

}  // namespace toyfarm::record
