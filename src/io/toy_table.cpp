#include "toyfarm/io/toy_table.hpp"

#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "toyfarm/core/contract.hpp"

#include "io/hdf5.hpp"
#include "io/toy_table_types.hpp"

namespace toyfarm::io {
namespace {

using hdf5::Writer;

template <class T>
void put_list(Writer& writer, std::string const& path, std::vector<T> const& values) {
  writer.column(path, types_of<T>().file, types_of<T>().memory, values.size(), values.data());
}

/// A field of the study, as an attribute or as datasets, by its type.
class FieldWriter {
 public:
  FieldWriter(Writer& writer, record::StudyInfo const& study) : writer_(writer), study_(study) {}

  template <class T>
  void put(record::Field<T> const& field) {
    std::string const path(field.path);
    if (field.form == record::Form::attribute) {
      auto const [group, name] = split(path);
      put_attribute(group, name, study_.*field.member);
    } else {
      put_dataset(path, study_.*field.member);
    }
  }

 private:
  void put_attribute(std::string const& group, std::string const& name, auto const& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<T, record::ConstraintMode>) {
      writer_.attribute(group, name, std::string(core::word_of(value)));
    } else if constexpr (std::is_same_v<T, std::optional<std::size_t>>) {
      if (value) {
        writer_.attribute(group, name, std::uint64_t{*value});
      }
    } else if constexpr (requires { writer_.attribute(group, name, value); }) {
      writer_.attribute(group, name, value);
    }
  }
  void put_dataset(std::string const& path, auto const& value) {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<T, std::string>) {
      writer_.text(path, value);
    } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
      put_list(writer_, path, std::vector<std::uint8_t>(value.begin(), value.end()));
    } else if constexpr (std::is_same_v<T, std::vector<double>>) {
      put_list(writer_, path, value);
    } else if constexpr (std::is_same_v<T, std::vector<std::size_t>>) {
      std::vector<std::string> names;
      for (auto const j : value) {
        names.push_back(study_.parameter_names[j]);
      }
      writer_.strings(path, names);
      put_list(writer_, path + "_index", std::vector<std::uint64_t>(value.begin(), value.end()));
    } else if constexpr (requires { typename T::mapped_type; }) {
      put_map(path, value);
    }
  }
  template <class T>
  void put_map(std::string const& path, std::map<std::string, T> const& map) {
    std::vector<std::string> keys;
    std::vector<T> values;
    for (auto const& [key, value] : map) {
      keys.push_back(key);
      values.push_back(value);
    }
    writer_.strings(path + "_names", keys);
    if constexpr (std::is_same_v<T, double>) {
      put_list(writer_, path + "_values", values);
    } else {
      writer_.strings(path + "s", values);
    }
  }

  Writer& writer_;
  record::StudyInfo const& study_;
};

/// What stands behind a field for people and other programs: numbers of versions and rows, copies,
/// and everything that was randomised in a toy and around what (combine#847).
void put_beside(Writer& writer,
                record::StudyInfo const& study,
                std::uint64_t n_rows,
                std::string_view field) {
  bool const randomised = study.constraint_mode == record::ConstraintMode::randomize;
  if (field == "n_toys") {
    writer.attribute("/", "n_rows", n_rows);
  } else if (field == "channel_names") {
    writer.attribute("/", "truth", std::span<double const>(study.truth));
  } else if (field == "gen_point") {
    writer.attribute("gen", "seed", study.seed);
    writer.attribute("gen", "stream_version", std::uint64_t{record::stream_version});
  } else if (field == "constraint_mode") {
    writer.attribute(
        "gen",
        "randomised",
        std::string("Poisson number of events of every process at `truth`; observables of every "
                    "event; ") +
            (randomised ? "global observable of every parameter in `constrained`, Gaussian around "
                          "its truth, kept per toy in /global_observables"
                        : "no global observable: constraints keep the means of the spec"));
  }
}

void put_study(Writer& writer, record::StudyInfo const& study, std::uint64_t n_rows) {
  writer.attribute("/", "format", table_format);
  writer.attribute("/", "format_version", std::uint64_t{record::format_version});
  writer.attribute("/", "stream_version", std::uint64_t{record::stream_version});
  FieldWriter fields(writer, study);
  bool has_group = false;
  record::visit_fields([&](auto const& field) {
    if (!field.is_told(study)) {
      return;
    }
    if (!has_group && field.path.starts_with("gen/")) {
      writer.group("gen");
      has_group = true;
    }
    fields.put(field);
    put_beside(writer, study, n_rows, field.name);
  });
}

/// What the numbers in the datasets mean, for readers that know nothing of this program.
void put_meanings(Writer& writer) {
  for (auto const& column : record::schema) {
    auto const& [first, n, text] = column.words;
    std::vector<std::string> words;
    for (int i = first; i < first + n; ++i) {
      auto const number = column.type == record::Type::side ? std::to_string(i) + " " : "";
      words.push_back(number + std::string(text(i)));
    }
    if (n > 0) {
      writer.attribute(std::string(column.name), "words", words);
    }
  }
  for (auto const& column : record::schema) {
    if (!column.meaning.empty()) {
      writer.attribute(std::string(column.name), "meaning", std::string(column.meaning));
    }
  }
}

/// The values of a column, row by row.
std::vector<std::byte> values_of(record::RowPlaces const& places,
                                 std::size_t column,
                                 std::span<std::uint64_t const> words) {
  auto const bytes = std::as_bytes(words);
  auto const row_bytes = places.words() * sizeof(std::uint64_t);
  auto const size = places.n_values(column) * record::size_of(places.schema()[column].type);
  std::vector<std::byte> values;
  values.reserve(bytes.size() / row_bytes * places.n_parts(column) * size);
  for (std::size_t row = 0; row < bytes.size(); row += row_bytes) {
    for (std::size_t part = 0; part < places.n_parts(column); ++part) {
      auto const found = bytes.subspan(row + places.byte(column, part), size);
      values.insert(values.end(), found.begin(), found.end());
    }
  }
  return values;
}

/// Rows pass by once. Each dataset is made just before its first rows are written, which decides
/// where in the file it stands.
void put_rows(Writer& writer, record::RowSource const& rows) {
  record::RowPlaces const places(record::schema, rows.layout());
  auto const make = [&](std::size_t c) {
    auto const& column = record::schema[c];
    writer.make(
        std::string(column.name), types_of(column.type).file, shape_of(places, c, rows.size()));
  };
  hsize_t first = 0;
  rows.walk([&](std::span<std::uint64_t const> words) {
    for (std::size_t c = 0; c < record::schema.size(); ++c) {
      auto const& column = record::schema[c];
      if (first == 0) {
        make(c);
      }
      writer.write_rows(std::string(column.name),
                        types_of(column.type).memory,
                        first,
                        words.size() / places.words(),
                        values_of(places, c, words).data());
    }
    first += words.size() / places.words();
  });
  for (std::size_t c = 0; rows.size() == 0 && c < record::schema.size(); ++c) {
    make(c);
  }
  put_meanings(writer);
}

}  // namespace

void write_toy_table(std::filesystem::path const& file,
                     record::StudyInfo const& study,
                     record::RowSource const& rows) {
  TOYFARM_EXPECTS(rows.layout() == study.layout());
  Writer writer(file);
  put_study(writer, study, rows.size());
  put_rows(writer, rows);
  writer.close();
}

}  // namespace toyfarm::io
