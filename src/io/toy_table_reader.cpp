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

/// Version 1 knows nothing of the starts but their number.
bool has_starts(int format_version) {
  return format_version >= 2;
}

void check_shapes(Reader const& reader,
                  std::filesystem::path const& file,
                  record::RowLayout const& layout,
                  hsize_t n,
                  int format_version) {
  auto const check = [&](std::string const& path, std::vector<hsize_t> const& expected) {
    if (!reader.is_numeric(path) || reader.shape(path) != expected) {
      refuse(file, "dataset '" + path + "' has not the shape that the other datasets ask for");
    }
  };
  for (auto const* const path :
       {"toy", "status", "engine", "nll", "edm", "bound", "iterations", "attempts"}) {
    check(path, {n});
  }
  if (has_starts(format_version)) {
    check("won", {n});
    check("next_end", {n});
  }
  for (auto const* const path : {"estimate", "error", "at_bound"}) {
    check(path, {n, layout.n_params});
  }
  check("n_events", {n, layout.n_channels});
  check("global_observables", {n, layout.n_constraints});
}

/// Consecutive rows, which the datasets fill one after the other.
class Block {
 public:
  Block(Reader const& reader, record::RowLayout const& layout, hsize_t first, hsize_t count)
      : reader_(&reader), first_(first), rows_(count) {
    for (auto& row : rows_) {
      row.n_events.resize(layout.n_channels);
      row.estimates.resize(layout.n_params);
      row.errors.resize(layout.n_params);
      row.held.resize(layout.n_params);
      row.global_observables.resize(layout.n_constraints);
    }
  }
  /// Hands each element of a list over rows to put(record of its row, value).
  template <class T, class Put>
  void get(std::string const& path, Put const& put) {
    get_lists<T>(
        path, 1, [&](record::ToyRecord& row, std::size_t, T const value) { put(row, value); });
  }
  /// Likewise put(record, k, value) with k in [0, width).
  template <class T, class Put>
  void get_lists(std::string const& path, std::size_t width, Put const& put) {
    std::vector<T> values(rows_.size() * width);
    reader_->read_rows(path, memory_type<T>(), first_, rows_.size(), values.data());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      for (std::size_t k = 0; k < width; ++k) {
        put(rows_[i], k, values[i * width + k]);
      }
    }
  }
  [[nodiscard]] std::vector<record::ToyRecord> const& rows() const noexcept { return rows_; }

 private:
  Reader const* reader_;
  hsize_t first_;
  std::vector<record::ToyRecord> rows_;
};

using Row = record::ToyRecord&;

/// The word of an enumeration that a number stands for.
template <class Enum>
Enum word_of(std::filesystem::path const& file, char const* what, int value, int first, int end) {
  if (value < first || value >= end) {
    refuse(file, std::string(what) + " out of range in a row; the file is damaged");
  }
  return static_cast<Enum>(value);
}

void get_fits(Block& block, std::filesystem::path const& file, int format_version) {
  block.get<std::uint64_t>("toy", [](Row row, std::uint64_t x) { row.toy = {x}; });
  block.get<std::uint8_t>("status", [&](Row row, std::uint8_t x) {
    row.status = word_of<core::FitStatus>(file, "status", x, 0, core::n_fit_statuses);
  });
  block.get<std::uint8_t>("engine", [&](Row row, std::uint8_t x) {
    row.engine = word_of<core::Engine>(file, "engine", x, 0, core::n_engines);
  });
  block.get<double>("nll", [](Row row, double x) { row.nll = x; });
  block.get<double>("edm", [](Row row, double x) { row.edm = x; });
  block.get<double>("bound", [](Row row, double x) { row.bound = x; });
  block.get<std::uint32_t>("iterations", [](Row row, std::uint32_t x) { row.iterations = x; });
  block.get<std::uint32_t>("attempts", [](Row row, std::uint32_t x) { row.attempts = x; });
  if (has_starts(format_version)) {
    block.get<std::uint32_t>("won", [](Row row, std::uint32_t x) { row.won = x; });
    block.get<double>("next_end", [](Row row, double x) { row.next_end = x; });
  }
}

void get_lists(Block& block, std::filesystem::path const& file, record::RowLayout const& layout) {
  auto const p = layout.n_params;
  block.get_lists<std::uint64_t>(
      "n_events", layout.n_channels, [](Row row, std::size_t c, std::uint64_t x) {
        row.n_events[c] = x;
      });
  block.get_lists<double>(
      "estimate", p, [](Row row, std::size_t j, double x) { row.estimates[j] = x; });
  block.get_lists<double>("error", p, [](Row row, std::size_t j, double x) { row.errors[j] = x; });
  block.get_lists<std::int8_t>("at_bound", p, [&](Row row, std::size_t j, std::int8_t x) {
    row.held[j] = word_of<core::Held>(file, "at_bound", x, -1, core::n_held - 1);
  });
  block.get_lists<double>("global_observables",
                          layout.n_constraints,
                          [](Row row, std::size_t k, double x) { row.global_observables[k] = x; });
}

ToyTableFile read_whole(VouchedFile const& vouched) {
  auto const& file = vouched.path();
  Reader const reader(file, ReadLimit(file), vouched.handle());
  auto const version = checked_format_version(reader, file);
  auto study = get_study(reader, file);
  auto const layout = study.layout();
  hsize_t const n = reader.integer_attribute("/", "n_rows");
  record::RowTable rows(layout);
  check_shapes(reader, file, layout, n, version);
  rows.reserve(n);
  for (hsize_t first = 0; first < n; first += rows_at_once) {
    Block block(reader, layout, first, std::min(rows_at_once, n - first));
    get_fits(block, file, version);
    get_lists(block, file, layout);
    for (auto const& row : block.rows()) {
      rows.append(row);
    }
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
