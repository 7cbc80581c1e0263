#include "io/rows_json.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <type_traits>

#include "io/exact_json.hpp"

namespace toyfarm::io {
namespace {

/// The value of a column that begins at `bytes`: words where they are numbered from 0.
Json value_at(record::Column const& column, std::byte const* bytes) {
  return record::with_type(column.type, [&](auto value) -> Json {
    std::memcpy(&value, bytes, sizeof value);
    if constexpr (std::is_same_v<decltype(value), double>) {
      return exact(value);
    } else if (column.type == record::Type::word) {
      return column.words.text(static_cast<int>(value));
    } else {
      return value;
    }
  });
}

/// The number of a word.
int code_of(record::Column const& column, Json const& value) {
  auto const& [first, n, text] = column.words;
  for (int code = first; code < first + n; ++code) {
    if (column.type == record::Type::word ? value == text(code) : value == code) {
      return code;
    }
  }
  throw std::invalid_argument("unknown " + std::string(column.name) + " " + value.dump());
}

void put_value(record::Column const& column, Json const& json, std::byte* bytes) {
  record::with_type(column.type, [&](auto value) {
    using T = decltype(value);
    if constexpr (std::is_same_v<T, double>) {
      value = from_exact(json);
    } else {
      value = column.words.n > 0 ? static_cast<T>(code_of(column, json)) : json.get<T>();
    }
    std::memcpy(bytes, &value, sizeof value);
  });
}

/// What a document has of one row in the list of a column.
Json element(record::RowPlaces const& places, std::size_t c, std::byte const* row) {
  auto const& column = places.schema()[c];
  Json parts = Json::array();
  for (std::size_t part = 0; part < places.n_parts(c); ++part) {
    Json values = Json::array();
    for (std::size_t k = 0; k < places.n_values(c); ++k) {
      values.push_back(
          value_at(column, row + places.byte(c, part) + k * record::size_of(column.type)));
    }
    parts.push_back(record::is_list(column.axis) ? values : values.front());
  }
  return places.n_parts(c) == 1 ? parts.front() : parts;
}

/// Throws std::exception if it is none.
void put_element(record::RowPlaces const& places, std::size_t c, Json const& json, std::byte* row) {
  auto const& column = places.schema()[c];
  auto const n_parts = places.n_parts(c);
  auto const list = [](bool is_list, Json const& value, std::size_t n) {
    return !is_list || (value.is_array() && value.size() == n);
  };
  bool fits = list(n_parts != 1, json, n_parts);
  for (std::size_t part = 0; fits && part < n_parts; ++part) {
    auto const& values = n_parts == 1 ? json : json.at(part);
    fits = list(record::is_list(column.axis), values, places.n_values(c));
    for (std::size_t k = 0; fits && k < places.n_values(c); ++k) {
      put_value(column,
                record::is_list(column.axis) ? values.at(k) : values,
                row + places.byte(c, part) + k * record::size_of(column.type));
    }
  }
  if (!fits) {
    throw std::invalid_argument("'" + std::string(column.name) +
                                "' of a toy has not the length that the study asks for");
  }
}

/// The newest version that brought one of the columns. Throws std::exception for a column that is
/// not known or whose list is not as long as that of toys.
int version_of(Json const& block) {
  int version = 1;
  auto const n = block.at("toy").size();
  for (auto const& [name, list] : block.items()) {
    auto const found = std::ranges::find(record::schema, name, &record::Column::name);
    if (found == record::schema.end()) {
      throw std::invalid_argument("it has a column '" + name +
                                  "', which this program does not know");
    }
    if (list.size() != n) {
      throw std::invalid_argument("'" + name + "' has " + std::to_string(list.size()) +
                                  " entries, 'toy' has " + std::to_string(n));
    }
    version = std::max(version, found->since);
  }
  return version;
}

}  // namespace

Json rows_block(JsonStream& stream) {
  auto const places = std::make_shared<record::RowPlaces>(record::schema, stream.layout());
  Json block = Json::object();
  for (std::size_t c = 0; c < record::schema.size(); ++c) {
    block[std::string(record::schema[c].name)] =
        stream.list([places, c](record::RowView const& row) {
          return element(*places, c, std::as_bytes(row.words()).data());
        });
  }
  return block;
}

record::RowTable read_rows_block(Json const& block,
                                 record::RowLayout const& layout,
                                 std::string const& file) {
  return guarded(file, "rows", [&] {
    record::RowPlaces const places(record::schema, layout);
    record::RowTable rows(layout);
    auto const version = version_of(block);
    auto const empty = record::empty_row(layout);
    for (std::size_t i = 0; i < block.at("toy").size(); ++i) {
      auto row = empty;
      for (std::size_t c = 0; c < record::schema.size(); ++c) {
        auto const& column = record::schema[c];
        if (column.since <= version) {
          auto const& value = block.at(std::string(column.name)).at(i);
          put_element(places, c, value, std::as_writable_bytes(std::span(row)).data());
        }
      }
      rows.append(row);
    }
    return rows;
  });
}

}  // namespace toyfarm::io
