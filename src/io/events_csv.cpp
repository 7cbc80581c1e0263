#include <algorithm>
#include <charconv>
#include <string_view>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/os/file.hpp"

#include "io/event_readers.hpp"

namespace toyfarm::io {
namespace {

std::string_view trimmed(std::string_view text) noexcept {
  auto const begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

/// Splits a text into records of comma-separated fields, quotes as in RFC 4180.
class CsvCursor {
 public:
  CsvCursor(std::string const& file, std::string_view text) : file_(file), rest_(text) {
    if (rest_.starts_with("\xef\xbb\xbf")) {
      rest_.remove_prefix(3);
    }
  }

  /// Nothing but line ends is left.
  [[nodiscard]] bool at_end() const noexcept {
    return rest_.find_first_not_of("\r\n") == std::string_view::npos;
  }

  /// The next record's fields; `row` is for messages.
  void next(std::vector<std::string>& fields, std::string const& row) {
    std::size_t n = 0;
    for (bool more = true; more; ++n) {
      if (n == fields.size()) {
        fields.emplace_back();
      }
      more = next_field(fields[n], row);
    }
    fields.resize(n);
  }

 private:
  /// True if another field of the same record follows.
  bool next_field(std::string& field, std::string const& row) {
    auto const blank = rest_.find_first_not_of(" \t");
    if (blank != std::string_view::npos && rest_[blank] == '"') {
      rest_.remove_prefix(blank + 1);
      quoted(field, row);
    } else {
      auto const end = std::min(rest_.find_first_of(",\n"), rest_.size());
      field = trimmed(rest_.substr(0, end));
      rest_.remove_prefix(end);
    }
    if (rest_.empty()) {
      return false;
    }
    bool const more = rest_.front() == ',';
    rest_.remove_prefix(1);
    return more;
  }

  /// The rest of a field after its opening quote, up to the comma or line end.
  void quoted(std::string& field, std::string const& row) {
    field.clear();
    for (;;) {
      auto const end = rest_.find('"');
      if (end == std::string_view::npos) {
        throw core::DataError(file_, row + ": a quote is not closed");
      }
      field += rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) {
        break;
      }
      field += '"';
      rest_.remove_prefix(1);
    }
    auto const end = std::min(rest_.find_first_of(",\n"), rest_.size());
    if (!trimmed(rest_.substr(0, end)).empty()) {
      throw core::DataError(file_, row + ": text after a closing quote");
    }
    rest_.remove_prefix(end);
  }

  std::string file_;
  std::string_view rest_;
};

double to_number(std::string const& file,
                 std::string_view text,
                 std::string const& column,
                 std::uint64_t row) {
  auto digits = trimmed(text);
  if (digits.starts_with('+') && !digits.starts_with("+-")) {
    digits.remove_prefix(1);
  }
  double value = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty()) {
    throw core::DataError(file, place(column, row) + "the value is empty");
  }
  if (error == std::errc::result_out_of_range) {
    throw core::DataError(file,
                          place(column, row) + "'" + core::printable(text, 40) +
                              "' is outside the range of a double");
  }
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw core::DataError(
        file, place(column, row) + "'" + core::printable(text, 40) + "' is not a number");
  }
  return value;
}

std::optional<std::size_t> find_column(std::string const& file,
                                       std::vector<std::string> const& header,
                                       std::string const& name) {
  auto const found = std::ranges::find(header, name);
  if (found == header.end()) {
    return std::nullopt;
  }
  if (std::find(found + 1, header.end(), name) != header.end()) {
    throw core::DataError(file, "column '" + name + "' occurs twice in the header");
  }
  return static_cast<std::size_t>(found - header.begin());
}

struct CsvPlan {
  std::vector<std::size_t> columns;
  std::optional<std::size_t> weight;
  std::optional<std::size_t> channel;
};

CsvPlan plan_columns(EventRequest const& request, std::vector<std::string> const& header) {
  auto const file = request.path.string();
  CsvPlan plan;
  for (auto const& column : request.columns) {
    auto const index = find_column(file, header, column.name);
    if (!index) {
      auto const hint = header.size() == 1 && header[0].find_first_of(";\t ") != std::string::npos
                            ? " (fields are separated by commas)"
                            : "";
      throw core::DataError(file, missing_column(column.name, header) + hint);
    }
    plan.columns.push_back(*index);
  }
  plan.weight = find_column(file, header, weight_column);
  plan.channel = find_column(file, header, channel_column);
  return plan;
}

}  // namespace

RawEvents read_csv(EventRequest const& request) {
  auto const file = request.path.string();
  ReadLimit const limit(request.path, request.max_rows);
  auto const text = os::read_file(request.path);
  CsvCursor cursor(file, text);
  if (cursor.at_end()) {
    throw core::DataError(file, "the file is empty; a header line is needed");
  }
  std::vector<std::string> header;
  cursor.next(header, "header");
  auto const plan = plan_columns(request, header);
  RawEvents events;
  events.columns.resize(plan.columns.size());
  events.has_labels = plan.channel.has_value();
  bool const wants_labels = plan.channel && request.channel;
  if (plan.weight) {
    events.weights.emplace();
  }
  if (wants_labels) {
    events.labels.emplace();
  }
  std::vector<std::string> fields;
  for (std::uint64_t row = 0; !cursor.at_end(); ++row) {
    auto const name = "row " + std::to_string(row + 1);
    cursor.next(fields, name);
    if (fields.size() != header.size()) {
      throw core::DataError(file,
                            fields.size() == 1 && fields[0].empty()
                                ? name + ": the line is empty"
                                : name + ": " + std::to_string(fields.size()) +
                                      " fields, the header has " + std::to_string(header.size()));
    }
    for (std::size_t c = 0; c < plan.columns.size(); ++c) {
      events.columns[c].push_back(
          to_number(file, fields[plan.columns[c]], request.columns[c].name, row));
    }
    if (plan.weight) {
      events.weights->push_back(to_number(file, fields[*plan.weight], weight_column, row));
    }
    if (wants_labels) {
      events.labels->add(fields[*plan.channel]);
    }
    limit.require_rows(++events.n_rows);
  }
  return events;
}

}  // namespace toyfarm::io
