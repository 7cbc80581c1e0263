#include "toyfarm/io/toy_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <type_traits>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/record/row_view.hpp"

#include "io/hdf5.hpp"

namespace toyfarm::io {
namespace {

using hdf5::Reader;
using hdf5::Writer;
using record::RowView;

constexpr char const* table_format = "toyfarm toy table";
constexpr hsize_t rows_per_block = 4096;

template <class T>
hid_t file_type() {
  if constexpr (std::is_same_v<T, double>) {
    return H5T_IEEE_F64LE;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return H5T_STD_U64LE;
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return H5T_STD_U32LE;
  } else if constexpr (std::is_same_v<T, std::int8_t>) {
    return H5T_STD_I8LE;
  } else {
    static_assert(std::is_same_v<T, std::uint8_t>);
    return H5T_STD_U8LE;
  }
}

template <class T>
hid_t memory_type() {
  if constexpr (std::is_same_v<T, double>) {
    return H5T_NATIVE_DOUBLE;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return H5T_NATIVE_UINT64;
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return H5T_NATIVE_UINT32;
  } else if constexpr (std::is_same_v<T, std::int8_t>) {
    return H5T_NATIVE_INT8;
  } else {
    return H5T_NATIVE_UINT8;
  }
}

template <class T>
void put_list(Writer& writer, std::string const& path, std::vector<T> const& values) {
  writer.column(path, file_type<T>(), memory_type<T>(), values.size(), values.data());
}

std::vector<std::uint8_t> flags(std::vector<bool> const& values) {
  return {values.begin(), values.end()};
}

template <class Map>
auto keys(Map const& map) {
  std::vector<std::string> out;
  for (auto const& [key, value] : map) {
    out.push_back(key);
  }
  return out;
}

template <class T>
std::vector<T> mapped(std::map<std::string, T> const& map) {
  std::vector<T> out;
  for (auto const& [key, value] : map) {
    out.push_back(value);
  }
  return out;
}

std::vector<std::string> pick_names(record::StudyInfo const& study) {
  std::vector<std::string> names;
  for (auto const j : study.constrained) {
    names.push_back(study.parameter_names[j]);
  }
  return names;
}

void put_identity(Writer& writer, record::StudyInfo const& study, std::size_t n_rows) {
  writer.attribute("/", "format", table_format);
  writer.attribute("/", "format_version", static_cast<std::uint64_t>(record::format_version));
  writer.attribute("/", "stream_version", static_cast<std::uint64_t>(record::stream_version));
  writer.attribute("/", "input_schema_version", study.input_schema_version);
  writer.attribute("/", "model_hash", study.model_hash);
  writer.attribute("/", "data_hash", study.data_hash);
  writer.attribute("/", "n_toys", study.n_toys);
  writer.attribute("/", "n_rows", std::uint64_t{n_rows});
  writer.attribute("/", "seed", study.seed);
  writer.attribute("/", "engine", study.engine);
  writer.attribute("/", "arithmetic", study.arithmetic);
  writer.attribute("/", "parameter_names", study.parameter_names);
  writer.attribute("/", "channel_names", study.channel_names);
  writer.attribute("/", "truth", std::span<double const>(study.truth));
  if (study.poi) {
    writer.attribute("/", "poi_index", std::uint64_t{*study.poi});
  }
  writer.text("spec", study.spec_text);
}

/// combine#847: states everything that was randomised in a toy, and around what.
void put_generation(Writer& writer, record::StudyInfo const& study) {
  bool const randomised = study.constraint_mode == record::ConstraintMode::randomize;
  writer.group("gen");
  writer.attribute("gen", "point", study.gen_point);
  writer.attribute("gen", "seed", study.seed);
  writer.attribute("gen", "stream_version", static_cast<std::uint64_t>(record::stream_version));
  writer.attribute("gen", "constraint_mode", randomised ? "randomize" : "fixed");
  writer.attribute(
      "gen",
      "randomised",
      std::string(
          "Poisson number of events of every process at `truth`; observables of every event; ") +
          (randomised ? "global observable of every parameter in `constrained`, Gaussian around "
                        "its truth, kept per toy in /global_observables"
                      : "no global observable: constraints keep the means of the spec"));
  put_list(writer, "gen/truth", study.truth);
  put_list(writer, "gen/lower", study.lower);
  put_list(writer, "gen/upper", study.upper);
  put_list(writer, "gen/fixed", flags(study.fixed));
  put_list(writer, "gen/used", flags(study.used));
  writer.strings("gen/constrained", pick_names(study));
  put_list(writer,
           "gen/constrained_index",
           std::vector<std::uint64_t>(study.constrained.begin(), study.constrained.end()));
  writer.strings("gen/override_names", keys(study.overrides));
  put_list(writer, "gen/override_values", mapped(study.overrides));
  writer.strings("gen/pdf_variant_names", keys(study.pdf_variants));
  writer.strings("gen/pdf_variants", mapped(study.pdf_variants));
}

/// Writes field(row, k) of every row, k in [0, width), block by block. `shape` has one dimension
/// for width 1 lists, two otherwise.
template <class T, class Field>
void put_rows(Writer& writer,
              std::string const& path,
              record::RowTable const& rows,
              std::vector<hsize_t> const& shape,
              Field const& field) {
  writer.make(path, file_type<T>(), shape);
  std::size_t const width = shape.size() == 1 ? 1 : shape[1];
  std::vector<T> block;
  for (hsize_t first = 0; first < shape[0]; first += rows_per_block) {
    auto const count = std::min(rows_per_block, shape[0] - first);
    block.clear();
    for (hsize_t i = first; i < first + count; ++i) {
      auto const row = record::view(rows, i);
      for (std::size_t k = 0; k < width; ++k) {
        block.push_back(static_cast<T>(field(row, k)));
      }
    }
    writer.write_rows(path, memory_type<T>(), first, count, block.data());
  }
}

void put_rows(Writer& writer, record::RowTable const& rows) {
  hsize_t const n = rows.size();
  auto const& layout = rows.layout();
  using Row = RowView const&;
  put_rows<std::uint64_t>(
      writer, "toy", rows, {n}, [](Row row, std::size_t) { return row.toy().value; });
  put_rows<std::uint8_t>(
      writer, "status", rows, {n}, [](Row row, std::size_t) { return row.status(); });
  put_rows<std::uint8_t>(
      writer, "engine", rows, {n}, [](Row row, std::size_t) { return row.engine(); });
  put_rows<double>(writer, "nll", rows, {n}, [](Row row, std::size_t) { return row.nll(); });
  put_rows<double>(writer, "edm", rows, {n}, [](Row row, std::size_t) { return row.edm(); });
  put_rows<double>(writer, "bound", rows, {n}, [](Row row, std::size_t) { return row.bound(); });
  put_rows<std::uint32_t>(
      writer, "iterations", rows, {n}, [](Row row, std::size_t) { return row.iterations(); });
  put_rows<std::uint32_t>(
      writer, "attempts", rows, {n}, [](Row row, std::size_t) { return row.attempts(); });
  put_rows<std::uint64_t>(
      writer, "n_events", rows, {n, layout.n_channels}, [](Row row, std::size_t c) {
        return row.n_events(c);
      });
  put_rows<double>(writer, "estimate", rows, {n, layout.n_params}, [](Row row, std::size_t j) {
    return row.estimate(j);
  });
  put_rows<double>(writer, "error", rows, {n, layout.n_params}, [](Row row, std::size_t j) {
    return row.error(j);
  });
  put_rows<std::int8_t>(writer, "at_bound", rows, {n, layout.n_params}, [](Row row, std::size_t j) {
    return row.at_bound(j);
  });
  put_rows<double>(
      writer, "global_observables", rows, {n, layout.n_constraints}, [](Row row, std::size_t k) {
        return row.global_observable(k);
      });
  std::vector<std::string> words;
  for (int status = 0; status < core::n_fit_statuses; ++status) {
    words.emplace_back(core::to_string(static_cast<core::FitStatus>(status)));
  }
  writer.attribute("status", "words", words);
  writer.attribute("engine", "words", std::vector<std::string>{"eventwise", "compressed"});
}

// Reading.

[[noreturn]] void refuse(std::filesystem::path const& file, std::string const& why) {
  throw core::DataError(file.string(), why);
}

template <class T>
std::vector<T> get_list(Reader const& reader,
                        std::filesystem::path const& file,
                        std::string const& path,
                        std::size_t n) {
  auto const shape = reader.shape(path);
  if (shape.size() != 1 || shape[0] != n || !reader.is_numeric(path)) {
    refuse(file, "dataset '" + path + "' is not a list of " + std::to_string(n) + " numbers");
  }
  std::vector<T> values(n);
  reader.read_rows(path, memory_type<T>(), 0, n, values.data());
  return values;
}

std::vector<bool> get_flags(Reader const& reader,
                            std::filesystem::path const& file,
                            std::string const& path,
                            std::size_t n) {
  auto const values = get_list<std::uint8_t>(reader, file, path, n);
  return {values.begin(), values.end()};
}

void check_versions(Reader const& reader, std::filesystem::path const& file) {
  if (!reader.has_attribute("/", "format") ||
      reader.text_attribute("/", "format") != table_format) {
    refuse(file, "this is not a toy table (toys.h5)");
  }
  auto const check = [&](std::string const& name, int ours) {
    auto const theirs = reader.integer_attribute("/", name);
    if (theirs != static_cast<std::uint64_t>(ours)) {
      refuse(file,
             name + " is " + std::to_string(theirs) + ", this program has " + std::to_string(ours) +
                 "; use the version that wrote it");
    }
  };
  check("format_version", record::format_version);
  check("stream_version", record::stream_version);
}

record::StudyInfo get_study(Reader const& reader, std::filesystem::path const& file) {
  record::StudyInfo study;
  study.input_schema_version = reader.text_attribute("/", "input_schema_version");
  study.model_hash = reader.text_attribute("/", "model_hash");
  study.data_hash = reader.text_attribute("/", "data_hash");
  study.n_toys = reader.integer_attribute("/", "n_toys");
  study.seed = reader.integer_attribute("/", "seed");
  study.engine = reader.text_attribute("/", "engine");
  study.arithmetic = reader.text_attribute("/", "arithmetic");
  study.parameter_names = reader.strings_attribute("/", "parameter_names");
  study.channel_names = reader.strings_attribute("/", "channel_names");
  auto const n = study.parameter_names.size();
  if (reader.has_attribute("/", "poi_index")) {
    study.poi = reader.integer_attribute("/", "poi_index");
  }
  study.spec_text = reader.text("spec");
  study.gen_point = reader.text_attribute("gen", "point");
  study.constraint_mode = reader.text_attribute("gen", "constraint_mode") == "fixed"
                              ? record::ConstraintMode::fixed
                              : record::ConstraintMode::randomize;
  study.truth = get_list<double>(reader, file, "gen/truth", n);
  study.lower = get_list<double>(reader, file, "gen/lower", n);
  study.upper = get_list<double>(reader, file, "gen/upper", n);
  study.fixed = get_flags(reader, file, "gen/fixed", n);
  study.used = get_flags(reader, file, "gen/used", n);
  auto const constrained = get_list<std::uint64_t>(
      reader, file, "gen/constrained_index", reader.strings("gen/constrained").size());
  study.constrained.assign(constrained.begin(), constrained.end());
  auto const overrides = reader.strings("gen/override_names");
  auto const values = get_list<double>(reader, file, "gen/override_values", overrides.size());
  for (std::size_t i = 0; i < overrides.size(); ++i) {
    study.overrides[overrides[i]] = values[i];
  }
  auto const variants = reader.strings("gen/pdf_variant_names");
  auto const words = reader.strings("gen/pdf_variants");
  for (std::size_t i = 0; i < std::min(variants.size(), words.size()); ++i) {
    study.pdf_variants[variants[i]] = words[i];
  }
  if ((study.poi && *study.poi >= n) ||
      std::ranges::any_of(study.constrained, [&](std::size_t j) { return j >= n; })) {
    refuse(file, "names a parameter that is not there; the file is damaged");
  }
  return study;
}

/// Reads a dataset block by block and hands each element to put(record of the row in its block, k,
/// value).
template <class T, class Put>
void get_block(Reader const& reader,
               std::string const& path,
               hsize_t first,
               std::vector<record::ToyRecord>& block,
               std::size_t width,
               Put const& put) {
  std::vector<T> values(block.size() * width);
  reader.read_rows(path, memory_type<T>(), first, block.size(), values.data());
  for (std::size_t i = 0; i < block.size(); ++i) {
    for (std::size_t k = 0; k < width; ++k) {
      put(block[i], k, values[i * width + k]);
    }
  }
}

void check_shapes(Reader const& reader,
                  std::filesystem::path const& file,
                  record::RowLayout const& layout,
                  hsize_t n) {
  auto const check = [&](std::string const& path, std::vector<hsize_t> const& expected) {
    if (!reader.is_numeric(path) || reader.shape(path) != expected) {
      refuse(file, "dataset '" + path + "' has not the shape that the other datasets ask for");
    }
  };
  for (auto const* const path :
       {"toy", "status", "engine", "nll", "edm", "bound", "iterations", "attempts"}) {
    check(path, {n});
  }
  for (auto const* const path : {"estimate", "error", "at_bound"}) {
    check(path, {n, layout.n_params});
  }
  check("n_events", {n, layout.n_channels});
  check("global_observables", {n, layout.n_constraints});
}

void get_rows(Reader const& reader,
              std::filesystem::path const& file,
              record::RowTable& rows,
              hsize_t n) {
  auto const& layout = rows.layout();
  auto const p = layout.n_params;
  using Row = record::ToyRecord&;
  for (hsize_t first = 0; first < n; first += rows_per_block) {
    std::vector<record::ToyRecord> block(std::min(rows_per_block, n - first));
    for (auto& row : block) {
      row.n_events.resize(layout.n_channels);
      row.estimates.resize(p);
      row.errors.resize(p);
      row.at_bound.resize(p);
      row.global_observables.resize(layout.n_constraints);
    }
    auto const bad = [&](char const* what) {
      refuse(file, std::string(what) + " out of range in a row; the file is damaged");
    };
    get_block<std::uint64_t>(
        reader, "toy", first, block, 1, [](Row row, std::size_t, std::uint64_t x) {
          row.toy = {x};
        });
    get_block<std::uint8_t>(
        reader, "status", first, block, 1, [&](Row row, std::size_t, std::uint8_t x) {
          row.status = x < core::n_fit_statuses ? static_cast<core::FitStatus>(x)
                                                : (bad("status"), core::FitStatus::failed);
        });
    get_block<std::uint8_t>(
        reader, "engine", first, block, 1, [&](Row row, std::size_t, std::uint8_t x) {
          row.engine =
              x < 2 ? static_cast<core::Engine>(x) : (bad("engine"), core::Engine::eventwise);
        });
    get_block<double>(
        reader, "nll", first, block, 1, [](Row row, std::size_t, double x) { row.nll = x; });
    get_block<double>(
        reader, "edm", first, block, 1, [](Row row, std::size_t, double x) { row.edm = x; });
    get_block<double>(
        reader, "bound", first, block, 1, [](Row row, std::size_t, double x) { row.bound = x; });
    get_block<std::uint32_t>(
        reader, "iterations", first, block, 1, [](Row row, std::size_t, std::uint32_t x) {
          row.iterations = x;
        });
    get_block<std::uint32_t>(
        reader, "attempts", first, block, 1, [](Row row, std::size_t, std::uint32_t x) {
          row.attempts = x;
        });
    get_block<std::uint64_t>(reader,
                             "n_events",
                             first,
                             block,
                             layout.n_channels,
                             [](Row row, std::size_t c, std::uint64_t x) { row.n_events[c] = x; });
    get_block<double>(reader, "estimate", first, block, p, [](Row row, std::size_t j, double x) {
      row.estimates[j] = x;
    });
    get_block<double>(reader, "error", first, block, p, [](Row row, std::size_t j, double x) {
      row.errors[j] = x;
    });
    get_block<std::int8_t>(
        reader, "at_bound", first, block, p, [&](Row row, std::size_t j, std::int8_t x) {
          row.at_bound[j] = x >= -1 && x <= 1 ? static_cast<record::AtBound>(x)
                                              : (bad("at_bound"), record::AtBound::none);
        });
    get_block<double>(reader,
                      "global_observables",
                      first,
                      block,
                      layout.n_constraints,
                      [](Row row, std::size_t k, double x) { row.global_observables[k] = x; });
    for (auto const& row : block) {
      rows.append(row);
    }
  }
}

ToyTableFile read_whole(std::filesystem::path const& file) {
  Reader const reader(file);
  check_versions(reader, file);
  auto study = get_study(reader, file);
  auto const n = reader.integer_attribute("/", "n_rows");
  record::RowTable rows(study.layout());
  check_shapes(reader, file, study.layout(), n);
  rows.reserve(n);
  get_rows(reader, file, rows, n);
  return {std::move(study), std::move(rows)};
}

}  // namespace

void write_toy_table(std::filesystem::path const& file,
                     record::StudyInfo const& study,
                     record::RowTable const& rows) {
  TOYFARM_EXPECTS(rows.layout() == study.layout());
  Writer writer(file);
  put_identity(writer, study, rows.size());
  put_generation(writer, study);
  put_rows(writer, rows);
  writer.close();
}

ToyTableFile read_toy_table(std::filesystem::path const& file) {
  hdf5::rehearse(file, [&] { (void)read_whole(file); });
  return read_whole(file);
}

}  // namespace toyfarm::io
