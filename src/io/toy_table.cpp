#include "toyfarm/io/toy_table.hpp"

#include <functional>
#include <span>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/record/row_view.hpp"

#include "io/hdf5.hpp"
#include "io/toy_table_types.hpp"

namespace toyfarm::io {
namespace {

using hdf5::Writer;
using record::RowView;

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
  writer.attribute("/", "layout_hash", study.layout_hash);
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

/// A dataset over rows and how a block of rows becomes a block of it.
class RowColumn {
 public:
  /// Holds field(row, k), k in [0, width); `shape` has one dimension for lists of width 1, two
  /// otherwise.
  template <class T, class Field>
  static RowColumn of(std::string path, std::vector<hsize_t> shape, Field field) {
    std::size_t const width = shape.size() == 1 ? 1 : shape[1];
    auto fill = [path, width, field](Writer& writer,
                                     hsize_t first,
                                     record::RowLayout const& layout,
                                     std::span<std::uint64_t const> words) {
      auto const row_width = record::row_words(layout);
      std::vector<T> block;
      block.reserve(words.size() / row_width * width);
      for (std::size_t i = 0; i < words.size(); i += row_width) {
        RowView const row(layout, words.subspan(i, row_width));
        for (std::size_t k = 0; k < width; ++k) {
          block.push_back(static_cast<T>(field(row, k)));
        }
      }
      writer.write_rows(path, memory_type<T>(), first, words.size() / row_width, block.data());
    };
    return {std::move(path), std::move(shape), file_type<T>(), std::move(fill)};
  }

  void make(Writer& writer) const { writer.make(path_, file_type_, shape_); }
  void write(Writer& writer,
             hsize_t first,
             record::RowLayout const& layout,
             std::span<std::uint64_t const> words) const {
    fill_(writer, first, layout, words);
  }

 private:
  using Fill = std::function<void(
      Writer&, hsize_t, record::RowLayout const&, std::span<std::uint64_t const>)>;
  RowColumn(std::string path, std::vector<hsize_t> shape, hid_t file_type, Fill fill)
      : path_(std::move(path)),
        shape_(std::move(shape)),
        file_type_(file_type),
        fill_(std::move(fill)) {}

  std::string path_;
  std::vector<hsize_t> shape_;
  hid_t file_type_;
  Fill fill_;
};

std::vector<RowColumn> row_columns(record::RowLayout const& layout, hsize_t n) {
  using Row = RowView const&;
  auto const& [n_params, n_channels, n_constraints] = layout;
  return {
      RowColumn::of<std::uint64_t>(
          "toy", {n}, [](Row row, std::size_t) { return row.toy().value; }),
      RowColumn::of<std::uint8_t>("status", {n}, [](Row row, std::size_t) { return row.status(); }),
      RowColumn::of<std::uint8_t>("engine", {n}, [](Row row, std::size_t) { return row.engine(); }),
      RowColumn::of<double>("nll", {n}, [](Row row, std::size_t) { return row.nll(); }),
      RowColumn::of<double>("edm", {n}, [](Row row, std::size_t) { return row.edm(); }),
      RowColumn::of<double>("bound", {n}, [](Row row, std::size_t) { return row.bound(); }),
      RowColumn::of<std::uint32_t>(
          "iterations", {n}, [](Row row, std::size_t) { return row.iterations(); }),
      RowColumn::of<std::uint32_t>(
          "attempts", {n}, [](Row row, std::size_t) { return row.attempts(); }),
      RowColumn::of<std::uint32_t>("won", {n}, [](Row row, std::size_t) { return row.won(); }),
      RowColumn::of<double>("next_end", {n}, [](Row row, std::size_t) { return row.next_end(); }),
      RowColumn::of<std::uint64_t>(
          "n_events", {n, n_channels}, [](Row row, std::size_t c) { return row.n_events(c); }),
      RowColumn::of<double>(
          "estimate", {n, n_params}, [](Row row, std::size_t j) { return row.estimate(j); }),
      RowColumn::of<double>(
          "error", {n, n_params}, [](Row row, std::size_t j) { return row.error(j); }),
      RowColumn::of<std::int8_t>(
          "at_bound", {n, n_params}, [](Row row, std::size_t j) { return row.held(j); }),
      RowColumn::of<double>("global_observables", {n, n_constraints}, [](Row row, std::size_t k) {
        return row.global_observable(k);
      })};
}

std::string numbered_word(core::Held held) {
  auto const word = held == core::Held::none ? "none" : core::to_string(held);
  return std::to_string(static_cast<int>(held)) + " " + std::string(word);
}

/// What the numbers in the datasets mean, for readers that know nothing of this program.
void put_meanings(Writer& writer) {
  std::vector<std::string> statuses;
  for (int status = 0; status < core::n_fit_statuses; ++status) {
    statuses.emplace_back(core::to_string(static_cast<core::FitStatus>(status)));
  }
  writer.attribute("status", "words", statuses);
  std::vector<std::string> engines;
  for (int engine = 0; engine < core::n_engines; ++engine) {
    engines.emplace_back(core::to_string(static_cast<core::Engine>(engine)));
  }
  writer.attribute("engine", "words", engines);
  std::vector<std::string> held;
  for (int value = -1; value < core::n_held - 1; ++value) {
    held.push_back(numbered_word(static_cast<core::Held>(value)));
  }
  writer.attribute("at_bound", "words", held);
  writer.attribute("attempts", "meaning", std::string("points that the fit started from"));
  writer.attribute(
      "won", "meaning", std::string("which of these starts, from 0, led to the row's minimum"));
  writer.attribute("next_end",
                   "meaning",
                   std::string("how much higher the NLL is at the next other end that a start led "
                               "to; NaN: no other was found"));
}

/// Rows pass by once. Each dataset is made just before its first rows are written, which decides
/// where in the file it stands.
void put_rows(Writer& writer, record::RowSource const& rows) {
  auto const& layout = rows.layout();
  auto const width = record::row_words(layout);
  auto const columns = row_columns(layout, rows.size());
  hsize_t first = 0;
  rows.walk([&](std::span<std::uint64_t const> words) {
    for (auto const& column : columns) {
      if (first == 0) {
        column.make(writer);
      }
      column.write(writer, first, layout, words);
    }
    first += words.size() / width;
  });
  if (rows.size() == 0) {
    for (auto const& column : columns) {
      column.make(writer);
    }
  }
  put_meanings(writer);
}

}  // namespace

void write_toy_table(std::filesystem::path const& file,
                     record::StudyInfo const& study,
                     record::RowSource const& rows) {
  TOYFARM_EXPECTS(rows.layout() == study.layout());
  Writer writer(file);
  put_identity(writer, study, rows.size());
  put_generation(writer, study);
  put_rows(writer, rows);
  writer.close();
}

}  // namespace toyfarm::io
