#include <algorithm>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "io/hdf5.hpp"
#include "io/toy_table_types.hpp"

namespace toyfarm::io {
namespace {

using hdf5::Reader;

constexpr hsize_t rows_at_once = 4096;

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
  study.layout_hash = reader.text_attribute("/", "layout_hash");
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
  for (hsize_t first = 0; first < n; first += rows_at_once) {
    std::vector<record::ToyRecord> block(std::min(rows_at_once, n - first));
    for (auto& row : block) {
      row.n_events.resize(layout.n_channels);
      row.estimates.resize(p);
      row.errors.resize(p);
      row.held.resize(p);
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
          row.engine = x < core::n_engines ? static_cast<core::Engine>(x)
                                           : (bad("engine"), core::Engine::eventwise);
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
          row.held[j] = x >= -1 && x < core::n_held - 1 ? static_cast<core::Held>(x)
                                                        : (bad("at_bound"), core::Held::none);
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

ToyTableFile read_toy_table(std::filesystem::path const& file) {
  hdf5::rehearse(file, [&] { (void)read_whole(file); });
  return read_whole(file);
}

}  // namespace toyfarm::io
