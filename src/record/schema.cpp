#include "toyfarm/record/schema.hpp"

#include <algorithm>
#include <cstring>

namespace toyfarm::record {
namespace {

std::string_view word(Type type) {
  switch (type) {
    case Type::count:
      return "u64";
    case Type::count32:
      return "u32";
    case Type::number:
      return "f64";
    case Type::word:
      return "u8";
    case Type::side:
      break;
  }
  return "i8";
}

std::string_view word(Axis axis) {
  switch (axis) {
    case Axis::toy:
      return "toy";
    case Axis::channel:
      return "channel";
    case Axis::constraint:
      return "constraint";
    case Axis::fit:
      return "fit";
    case Axis::parameter:
      break;
  }
  return "parameter";
}

std::string_view name_in(std::string_view signature) {
  return signature.substr(0, signature.find(' '));
}

std::string in_quotes(std::string_view name) {
  std::string text(1, '\'');  // appended to: GCC 12 warns falsely of operator+ here
  return text.append(name).append(1, '\'');
}

}  // namespace

RowPlaces::RowPlaces(std::span<Column const> schema, RowLayout const& layout)
    : schema_(schema), layout_(layout) {
  auto const part_bytes = [&](Axis axis) {
    return extent_before(schema, schema.size(), axis).of(layout);
  };
  auto const sample_bytes = whole_words(part_bytes(Axis::toy));
  fit_bytes_ = whole_words(part_bytes(Axis::fit));
  words_ = (sample_bytes + layout.n_fits * fit_bytes_) / 8;
  for (std::size_t c = 0; c < schema.size(); ++c) {
    auto const axis = schema[c].axis;
    bytes_.push_back((is_per_fit(axis) ? sample_bytes : 0) +
                     extent_before(schema, c, axis).of(layout));
    if (schema[c].words.n > 0) {
      coded_.push_back(c);
    }
  }
  auto const pad = [&](std::size_t begin, Axis axis) {
    std::size_t scalars = 0;
    for (auto const& column : schema) {
      scalars += column.axis == axis ? size_of(column.type) : 0;
    }
    auto const bytes = part_bytes(axis);
    padding_.emplace_back(begin + scalars, whole_words(scalars) - scalars);
    padding_.emplace_back(begin + bytes, whole_words(bytes) - bytes);
  };
  pad(0, Axis::toy);
  for (std::size_t fit = 0; fit < layout.n_fits; ++fit) {
    pad(sample_bytes + fit * fit_bytes_, Axis::fit);
  }
}

std::size_t RowPlaces::n_parts(std::size_t column) const noexcept {
  return is_per_fit(schema_[column].axis) ? layout_.n_fits : 1;
}

std::size_t RowPlaces::n_values(std::size_t column) const noexcept {
  return length(schema_[column].axis, layout_);
}

std::vector<std::size_t> RowPlaces::shape(std::size_t column) const {
  std::vector<std::size_t> shape;
  if (n_parts(column) != 1) {
    shape.push_back(n_parts(column));
  }
  if (is_list(schema_[column].axis)) {
    shape.push_back(n_values(column));
  }
  return shape;
}

std::optional<std::string> RowPlaces::fault(std::span<std::uint64_t const> words) const {
  if (words.size() != words_) {
    return std::to_string(words.size()) + " words instead of " + std::to_string(words_);
  }
  auto const* const bytes = reinterpret_cast<std::uint8_t const*>(words.data());
  auto const of_toy = [&] { return " (toy " + std::to_string(words[0]) + ")"; };
  for (auto const c : coded_) {
    auto const& column = schema_[c];
    for (std::size_t part = 0; part < n_parts(c); ++part) {
      for (std::size_t k = 0; k < n_values(c); ++k) {
        auto const byte = bytes[this->byte(c, part) + k];
        int const code =
            column.type == Type::side ? int{static_cast<std::int8_t>(byte)} : int{byte};
        if (code < column.words.first || code >= column.words.first + column.words.n) {
          return "unknown " + std::string(column.name) + " " + std::to_string(code) + of_toy();
        }
      }
    }
  }
  for (auto const& [begin, n] : padding_) {
    if (std::any_of(bytes + begin, bytes + begin + n, [](auto byte) { return byte != 0; })) {
      return "padding is not zero" + of_toy();
    }
  }
  return {};
}

std::string signature(Column const& column) {
  return std::string(column.name) + " " + std::string(word(column.type)) + " " +
         std::string(word(column.axis));
}

std::optional<std::string> other_columns(std::span<Column const> schema,
                                         std::span<std::string const> signatures) {
  for (auto const& theirs : signatures) {
    auto const ours = std::ranges::find(schema, name_in(theirs), &Column::name);
    if (ours == schema.end()) {
      return "has a column " + in_quotes(name_in(theirs)) + ", which this program does not know";
    }
    if (signature(*ours) != theirs) {
      return "has a column " + in_quotes(ours->name) + " of another kind (" + in_quotes(theirs) +
             ", not " + in_quotes(signature(*ours)) + ")";
    }
  }
  for (auto const& ours : schema) {
    if (std::ranges::find(signatures, signature(ours)) == signatures.end()) {
      return "has no column " + in_quotes(ours.name);
    }
  }
  if (signatures.size() != schema.size()) {
    return "names a column twice";
  }
  return {};
}

}  // namespace toyfarm::record
