#include "toyfarm/core/error.hpp"
#include "toyfarm/os/file.hpp"

#include "io/event_readers.hpp"
#include "io/hdf5.hpp"
#include "io/toy_events.hpp"

namespace toyfarm::io {
namespace {

/// The datasets of a group that hold the columns asked for.
class Columns {
 public:
  Columns(hdf5::Reader const& reader, EventRequest const& request)
      : reader_(reader), file_(request.path.string()) {
    auto group = holds_toy_events(reader)
                     ? group_of_channel(reader, request.path, request.spec_channel)
                     : request.group.value_or("/");
    if (!group.starts_with('/')) {
      group.insert(0, 1, '/');
    }
    if (group != "/" && !reader.is_group(group)) {
      throw core::DataError(file_, "group '" + group + "' is missing");
    }
    prefix_ = group.ends_with('/') ? group : group + "/";
    for (auto const& column : request.columns) {
      if (!has(column.name)) {
        throw core::DataError(file_, missing_column(column.name, reader.datasets(group)));
      }
      add_numbers(column.name);
    }
    if (has(weight_column)) {
      add_numbers(weight_column);
    }
    if (has(channel_column) && request.channel) {
      add(channel_column);
    }
  }

  [[nodiscard]] bool has(std::string const& name) const { return reader_.has(prefix_ + name); }
  [[nodiscard]] std::uint64_t n_rows() const noexcept { return n_rows_; }

  [[nodiscard]] core::Column numbers(std::string const& name) const {
    core::Column column(n_rows_);
    reader_.read_rows(prefix_ + name, H5T_NATIVE_DOUBLE, 0, n_rows_, column.data());
    return column;
  }

  [[nodiscard]] Labels labels(ReadLimit const& limit) const {
    Labels labels;
    reader_.each_string(prefix_ + channel_column, [&](std::string_view word) {
      labels.add(word);
      labels.require(limit);
    });
    return labels;
  }

 private:
  void add_numbers(std::string const& name) {
    auto const path = prefix_ + name;
    if (!reader_.is_numeric(path)) {
      throw core::DataError(
          file_, "column '" + name + "' holds " + reader_.type_name(path) + ", expected numbers");
    }
    add(name);
  }

  void add(std::string const& name) {
    auto const shape = reader_.shape(prefix_ + name);
    if (shape.size() != 1) {
      throw core::DataError(
          file_,
          "column '" + name + "' has " + std::to_string(shape.size()) + " dimensions, expected 1");
    }
    if (first_name_.empty()) {
      first_name_ = name;
      n_rows_ = shape[0];
    } else if (shape[0] != n_rows_) {
      throw core::DataError(file_,
                            "column '" + name + "' has " + std::to_string(shape[0]) +
                                " rows, column '" + first_name_ + "' has " +
                                std::to_string(n_rows_));
    }
  }

  hdf5::Reader const& reader_;
  std::string file_;
  std::string prefix_;
  std::string first_name_;
  std::uint64_t n_rows_ = 0;
};

RawEvents read_columns(EventRequest const& request, ReadLimit const& limit) {
  hdf5::Reader const reader(request.path, limit);
  Columns const columns(reader, request);
  RawEvents events;
  events.n_rows = columns.n_rows();
  events.is_of_channel = holds_toy_events(reader);
  if (events.is_of_channel) {
    events.globals = named_globals(reader, request.path);
  }
  events.has_labels = columns.has(channel_column);
  bool const has_weights = columns.has(weight_column);
  require_room(limit, events.n_rows, request.columns.size() + (has_weights ? 1 : 0));
  for (auto const& column : request.columns) {
    events.columns.push_back(columns.numbers(column.name));
  }
  if (has_weights) {
    events.weights = columns.numbers(weight_column);
  }
  if (events.has_labels && request.channel) {
    events.labels = columns.labels(limit);
  }
  return events;
}

}  // namespace

RawEvents read_hdf5(EventRequest const& request) {
  os::require_regular_file(request.path);
  ReadLimit const limit(request.path, request.max_rows);
  hdf5::rehearse(request.path, limit, [&] { (void)read_columns(request, limit); });
  return read_columns(request, limit);
}

}  // namespace toyfarm::io
