#include <algorithm>
#include <map>
#include <optional>
#include <type_traits>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "io/hdf5.hpp"
#include "io/toy_table_types.hpp"

namespace toyfarm::io {
namespace {

using hdf5::Reader;
using record::schema;

constexpr hsize_t rows_at_once = 4096;

[[noreturn]] void refuse(std::filesystem::path const& file, std::string const& why) {
  throw core::DataError(file.string(), why);
}

[[noreturn]] void refuse_version(std::filesystem::path const& file,
                                 std::string const& name,
                                 std::uint64_t theirs,
                                 std::string const& ours) {
  refuse(file,
         name + " is " + std::to_string(theirs) + ", this program reads " + ours +
             "; use the version that wrote it");
}

/// The number of the file's layout, one that this program knows.
int checked_format_version(Reader const& reader, std::filesystem::path const& file) {
  if (!reader.has_attribute("/", "format") ||
      reader.text_attribute("/", "format") != table_format) {
    refuse(file, "this is not a toy table (toys.h5)");
  }
  auto const format = reader.integer_attribute("/", "format_version");
  if (format < record::oldest_format_version || format > record::format_version) {
    refuse_version(file,
                   "format_version",
                   format,
                   std::to_string(record::oldest_format_version) + " to " +
                       std::to_string(record::format_version));
  }
  auto const streams = reader.integer_attribute("/", "stream_version");
  if (streams != record::stream_version) {
    refuse_version(file, "stream_version", streams, std::to_string(record::stream_version));
  }
  return static_cast<int>(format);
}

/// A field of a study, from an attribute or from datasets, by its type.
class FieldReader {
 public:
  FieldReader(Reader const& reader, std::filesystem::path const& file)
      : reader_(reader), file_(file) {}

  template <class T>
  void get(record::Field<T> const& field, record::StudyInfo& study) const {
    std::string const path(field.path);
    if (field.form == record::Form::attribute) {
      auto const [group, name] = split(path);
      get_attribute(group, name, study.*field.member);
    } else {
      get_dataset(path, study.*field.member);
    }
  }

  /// Whether the file must have a field, or has it.
  template <class T>
  [[nodiscard]] bool has(record::Field<T> const& field) const {
    auto const [group, name] = split(std::string(field.path));
    return field.presence == record::Presence::always || reader_.has_attribute(group, name);
  }

 private:
  template <class T>
  void get_attribute(std::string const& group, std::string const& name, T& value) const {
    if constexpr (std::is_same_v<T, std::string>) {
      value = reader_.text_attribute(group, name);
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
      value = reader_.integer_attribute(group, name);
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      value = reader_.strings_attribute(group, name);
    } else if constexpr (std::is_same_v<T, std::optional<std::size_t>>) {
      if (reader_.has_attribute(group, name)) {
        value = reader_.integer_attribute(group, name);
      }
    } else if constexpr (std::is_same_v<T, record::ConstraintMode>) {
      auto const word = reader_.text_attribute(group, name);
      auto const mode = core::find_word<record::ConstraintMode>(word);
      if (!mode) {
        refuse(file_, name + " is '" + word + "', which this program does not know");
      }
      value = *mode;
    }
  }
  template <class T>
  void get_dataset(std::string const& path, T& value) const {
    if constexpr (std::is_same_v<T, std::string>) {
      value = reader_.text(path);
    } else if constexpr (std::is_same_v<T, std::vector<double>>) {
      value = list<double>(path);
    } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
      auto const flags = list<std::uint8_t>(path);
      value.assign(flags.begin(), flags.end());
    } else if constexpr (std::is_same_v<T, std::vector<std::size_t>>) {
      auto const indices = list<std::uint64_t>(path + "_index");
      value.assign(indices.begin(), indices.end());
    } else if constexpr (std::is_same_v<T, std::map<std::string, double>>) {
      get_map(path, list<double>(path + "_values"), value);
    } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) {
      get_map(path, reader_.strings(path + "s"), value);
    }
  }
  template <class T>
  void get_map(std::string const& path,
               std::vector<T> const& values,
               std::map<std::string, T>& map) const {
    auto const keys = reader_.strings(path + "_names");
    if (keys.size() != values.size()) {
      refuse(file_, "dataset '" + path + "_names' has not one name for each value");
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      map[keys[i]] = values[i];
    }
  }
  template <class T>
  [[nodiscard]] std::vector<T> list(std::string const& path) const {
    auto const shape = reader_.shape(path);
    if (shape.size() != 1 || !reader_.is_numeric(path)) {
      refuse(file_, "dataset '" + path + "' is not a list of numbers");
    }
    std::vector<T> values(shape[0]);
    reader_.read_rows(path, types_of<T>().memory, 0, shape[0], values.data());
    return values;
  }

  Reader const& reader_;
  std::filesystem::path const& file_;
};

record::StudyInfo get_study(Reader const& reader,
                            std::filesystem::path const& file,
                            int format_version) {
  record::StudyInfo study;
  FieldReader const fields(reader, file);
  record::visit_fields([&](auto const& field) {
    if (field.since <= format_version && fields.has(field)) {
      fields.get(field, study);
    }
  });
  if (auto const fault = record::fault(study)) {
    refuse(file, *fault + "; the file is damaged, or of another version");
  }
  return study;
}

/// Columns of the file's version have the shape that the others ask for, and there are no others.
void check_columns(Reader const& reader,
                   std::filesystem::path const& file,
                   record::RowPlaces const& places,
                   hsize_t n,
                   int format_version) {
  for (auto const& name : reader.datasets("/")) {
    if (name != spec_name &&
        std::ranges::find(schema, name, &record::Column::name) == schema.end()) {
      refuse(file, "has a column '" + name + "', which this program does not know");
    }
  }
  for (std::size_t c = 0; c < schema.size(); ++c) {
    std::string const name(schema[c].name);
    if (schema[c].since <= format_version &&
        (!reader.is_numeric(name) || reader.shape(name) != shape_of(places, c, n))) {
      refuse(file, "dataset '" + name + "' has not the shape that the other datasets ask for");
    }
  }
}

/// Reads a column of `rows`, which begin with row `first` of the file.
void get_column(Reader const& reader,
                record::RowPlaces const& places,
                std::size_t column,
                hsize_t first,
                std::span<std::uint64_t> rows) {
  auto const row_bytes = places.words() * sizeof(std::uint64_t);
  auto const n = rows.size() / places.words();
  auto const size = places.n_values(column) * record::size_of(schema[column].type);
  std::vector<std::byte> values(n * places.n_parts(column) * size);
  reader.read_rows(std::string(schema[column].name),
                   types_of(schema[column].type).memory,
                   first,
                   n,
                   values.data());
  auto from = values.cbegin();
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t part = 0; part < places.n_parts(column); ++part) {
      auto const at = row * row_bytes + places.byte(column, part);
      std::copy_n(from, size, std::as_writable_bytes(rows).subspan(at).begin());
      from += static_cast<std::ptrdiff_t>(size);
    }
  }
}

/// Rows [first, first + n) of the file; what its version has no column of is as in a new record.
std::vector<std::uint64_t> get_rows(Reader const& reader,
                                    record::RowPlaces const& places,
                                    int format_version,
                                    hsize_t first,
                                    hsize_t n) {
  auto const empty = record::empty_row(places.layout());
  std::vector<std::uint64_t> rows;
  for (hsize_t row = 0; row < n; ++row) {
    rows.insert(rows.end(), empty.begin(), empty.end());
  }
  for (std::size_t c = 0; c < schema.size(); ++c) {
    if (schema[c].since <= format_version) {
      get_column(reader, places, c, first, rows);
    }
  }
  return rows;
}

ToyTableFile read_whole(VouchedFile const& vouched) {
  auto const& file = vouched.path();
  Reader const reader(file, ReadLimit(file), vouched.handle());
  auto const version = checked_format_version(reader, file);
  auto study = get_study(reader, file, version);
  record::RowPlaces const places(schema, study.layout());
  hsize_t const n = reader.integer_attribute("/", "n_rows");
  check_columns(reader, file, places, n, version);
  record::RowTable rows(study.layout());
  rows.reserve(n);
  for (hsize_t first = 0; first < n; first += rows_at_once) {
    auto const words = get_rows(reader, places, version, first, std::min(rows_at_once, n - first));
    for (std::size_t i = 0; i < words.size(); i += places.words()) {
      if (auto const fault = places.fault(std::span(words).subspan(i, places.words()))) {
        refuse(file, *fault + " in a row; the file is damaged");
      }
    }
    rows.append(words);
  }
  return {std::move(study), std::move(rows)};
}

}  // namespace

ToyTableFile read_toy_table(VouchedFile const& file) {
  hdf5::rehearse(file.path(), ReadLimit(file.path()), [&] { (void)read_whole(file); });
  auto table = read_whole(file);
  file.require_unchanged();
  return table;
}

ToyTableFile read_toy_table(std::filesystem::path const& file) {
  return read_toy_table(open_vouched(file));
}

}  // namespace toyfarm::io
