#include "toyfarm/io/events.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>
#include <string_view>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/core/sha256.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/spec/spec.hpp"
#include "toyfarm/spec/suggestion.hpp"

#include "io/event_readers.hpp"

namespace toyfarm::io {
namespace {

std::string number_text(double x) {
  std::array<char, 32> text;
  auto const n = std::snprintf(text.data(), text.size(), "%.10g", x);
  return {text.data(), static_cast<std::size_t>(n)};
}

std::string list(std::vector<std::string> const& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < 20; ++i) {
    text += (i > 0 ? ", " : "") + core::printable(words[i], 40);
  }
  return words.size() > 20 ? text + ", …" : text;
}

/// A format is known by its name, which may be the file's extension, by another extension, and
/// where neither says it by how its files begin.
struct EventFormat {
  std::string_view name;
  std::string_view extension;
  std::string_view magic;
  RawEvents (*read)(EventRequest const& request);
};
constexpr std::array event_formats = {EventFormat{"parquet", "pq", "PAR1", read_parquet},
                                      EventFormat{"hdf5", "h5", "\x89HDF", read_hdf5},
                                      EventFormat{"csv", "", "", read_csv}};
constexpr char const* root_advice =
    "not read; write the columns as Parquet, HDF5 or CSV first, for instance with uproot in Python";

EventFormat const& format_of(EventRequest const& request) {
  auto const file = request.path.string();
  auto word = request.format.value_or(request.path.extension().string());
  std::ranges::transform(
      word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (word.starts_with('.')) {
    word.erase(0, 1);
  }
  for (auto const& format : event_formats) {
    if (!word.empty() && (word == format.name || word == format.extension)) {
      return format;
    }
  }
  if (word == "root") {
    throw core::DataError(file, std::string("ROOT files are ") + root_advice);
  }
  if (!request.format) {
    for (auto const& format : event_formats) {
      if (!format.magic.empty() && os::read_if_there(request.path, 4) == format.magic) {
        return format;
      }
    }
  }
  throw core::DataError(
      file,
      "unknown event format '" + word +
          "'; known: parquet, hdf5 (h5), csv; name one in `format` or by the file's extension");
}

RawEvents columns_of(spec::WrittenEvents const& written, std::size_t n_columns) {
  RawEvents raw;
  raw.n_rows = written.entries.size();
  raw.columns.assign(n_columns, core::Column(written.entries.size()));
  for (std::size_t row = 0; row < written.entries.size(); ++row) {
    for (std::size_t c = 0; c < n_columns; ++c) {
      raw.columns[c][row] = written.entries[row].at(c);
    }
  }
  if (!written.weights.empty()) {
    raw.weights = core::Column(written.weights.begin(), written.weights.end());
  }
  return raw;
}

RawEvents read_raw(EventRequest const& request) {
  if (request.written != nullptr) {
    return columns_of(*request.written, request.columns.size());
  }
  os::require_regular_file(request.path);
  auto const& format = format_of(request);
  auto const file = request.path.string();
  if (std::filesystem::file_size(request.path) == 0) {
    throw core::DataError(file, "the file is empty");
  }
  if (os::read_if_there(request.path, 4) == "root") {  // under another name
    throw core::DataError(file, std::string("this is a ROOT file, which is ") + root_advice);
  }
  return format.read(request);
}

/// No row is of the channel asked for: no events, unless the file means other channels altogether.
void tell_no_rows(EventRequest const& request, Labels const& labels) {
  auto const file = request.path.string();
  auto const& known = request.known_channels;
  bool const is_of_study = known.empty() || std::ranges::any_of(known, [&](auto const& name) {
                             return labels.find(name).has_value();
                           });
  if (!is_of_study) {
    throw core::DataError(file,
                          std::string("column '") + channel_column +
                              "' names no channel of the spec; it has: " + list(labels.words()) +
                              ". Name the one that is meant in the spec (`data`: {\"channel\": "
                              "…}), or leave the column out");
  }
  core::log_warn(core::printable(file) + ": no row has " + channel_column + " '" +
                 *request.channel +
                 "', so that the channel has 0 events; there are: " + list(labels.words()));
}

/// Rows of the channel asked for, as indices into the file's rows.
std::vector<std::uint64_t> rows_of_channel(EventRequest const& request, RawEvents const& raw) {
  auto const file = request.path.string();
  std::vector<std::uint64_t> rows;
  if (request.channel && !raw.has_labels && !raw.is_of_channel &&
      request.channel_column == ChannelColumn::required) {
    throw core::DataError(file,
                          "channel '" + *request.channel +
                              "' is asked for, but the file has no column '" + channel_column +
                              "'");
  }
  if (!request.channel && raw.has_labels) {
    core::log_warn(file + ": has a column '" + channel_column +
                   "', but no channel is named; all rows are used");
  }
  auto const code = raw.labels ? raw.labels->find(*request.channel) : std::nullopt;
  for (std::uint64_t row = 0; row < raw.n_rows; ++row) {
    if (!raw.labels || (code && raw.labels->of(row) == *code)) {
      rows.push_back(row);
    }
  }
  if (rows.empty() && raw.n_rows > 0) {
    tell_no_rows(request, *raw.labels);
  }
  return rows;
}

void refuse_non_finite(std::string const& file,
                       std::string const& name,
                       core::Column const& values,
                       std::vector<std::uint64_t> const& rows) {
  auto const bad = [&](std::uint64_t row) { return !std::isfinite(values[row]); };
  auto const first = std::ranges::find_if(rows, bad);
  if (first != rows.end()) {
    throw core::DataError(
        file,
        place(name, *first) +
            (std::isnan(values[*first]) ? "the value is NaN" : "the value is infinite") + " (" +
            std::to_string(std::ranges::count_if(rows, bad)) + " of " +
            std::to_string(rows.size()) + " rows are not finite)");
  }
}

/// Removes or refuses rows outside a column's window; returns how many were removed.
std::uint64_t cut(EventRequest const& request,
                  ColumnRequest const& column,
                  core::Column const& values,
                  std::vector<std::uint64_t>& rows) {
  auto const outside = [&](std::uint64_t row) {
    return values[row] < column.lower || values[row] > column.upper;
  };
  auto const first = std::ranges::find_if(rows, outside);
  if (first == rows.end()) {
    return 0;
  }
  if (request.outside == OutsidePolicy::refuse) {
    throw core::DataError(request.path.string(),
                          place(column.name, *first) + "value " + number_text(values[*first]) +
                              " is outside the window [" + number_text(column.lower) + ", " +
                              number_text(column.upper) + "] (" +
                              std::to_string(std::ranges::count_if(rows, outside)) + " of " +
                              std::to_string(rows.size()) +
                              " rows are); `--outside drop` leaves such rows out");
  }
  return std::erase_if(rows, outside);
}

void check_weights(std::string const& file,
                   core::Column const& weights,
                   std::vector<std::uint64_t> const& rows) {
  refuse_non_finite(file, weight_column, weights, rows);
  auto const negative =
      std::ranges::find_if(rows, [&](std::uint64_t row) { return weights[row] < 0; });
  if (negative != rows.end()) {
    throw core::DataError(file,
                          place(weight_column, *negative) + "weight " +
                              number_text(weights[*negative]) +
                              " is negative; negative event weights are not supported");
  }
  if (!rows.empty() &&
      std::ranges::all_of(rows, [&](std::uint64_t row) { return weights[row] == 0; })) {
    throw core::DataError(file, "all event weights are zero");
  }
}

core::Column pick(core::Column const& values, std::vector<std::uint64_t> const& rows) {
  core::Column picked(rows.size());
  std::ranges::transform(rows, picked.begin(), [&](std::uint64_t row) { return values[row]; });
  return picked;
}

}  // namespace

std::string missing_column(std::string const& name, std::vector<std::string> const& present) {
  auto const hint = spec::suggestion(name, present);
  return "column '" + name + "' is missing" + hint +
         (hint.empty() ? "; the file has: " : " The file has: ") +
         (present.empty() ? "nothing" : list(present));
}

void require_room(ReadLimit const& limit, std::uint64_t n_rows, std::size_t n_columns) {
  limit.require_rows(n_rows);
  limit.require(8.0L * static_cast<long double>(n_rows) * static_cast<long double>(n_columns),
                std::to_string(n_rows) + " rows of " + std::to_string(n_columns) +
                    (n_columns == 1 ? " column" : " columns"));
}

std::string place(std::string const& column, std::uint64_t row_from_0) {
  return "column '" + column + "', row " + std::to_string(row_from_0 + 1) + ": ";
}

EventTable read_events(EventRequest const& request) {
  auto const file = request.path.string();
  auto const raw = read_raw(request);
  auto rows = rows_of_channel(request, raw);
  for (std::size_t c = 0; c < request.columns.size(); ++c) {
    refuse_non_finite(file, request.columns[c].name, raw.columns[c], rows);
  }
  EventTable table;
  for (std::size_t c = 0; c < request.columns.size(); ++c) {
    table.n_dropped += cut(request, request.columns[c], raw.columns[c], rows);
  }
  if (raw.weights) {
    check_weights(file, *raw.weights, rows);
    table.weights = pick(*raw.weights, rows);
  }
  table.globals = raw.globals;
  table.n_rows = rows.size();
  for (auto const& column : raw.columns) {
    table.columns.push_back(pick(column, rows));
  }
  return table;
}

std::string data_hash(std::vector<EventTable> const& channels) {
  core::Sha256 hash;
  auto const count = [&](std::uint64_t n) { hash.update(std::as_bytes(std::span(&n, 1))); };
  hash.update("toyfarm events 1");
  count(channels.size());
  for (auto const& channel : channels) {
    count(channel.columns.size());
    count(channel.n_rows);
    count(channel.weights.empty() ? 0 : 1);
    for (auto const& column : channel.columns) {
      hash.update(std::as_bytes(std::span(column)));
    }
    hash.update(std::as_bytes(std::span(channel.weights)));
    for (auto const& [name, value] : channel.globals) {
      hash.update(name);
      hash.update(std::as_bytes(std::span(&value, 1)));
    }
  }
  return hash.hex();
}

}  // namespace toyfarm::io
