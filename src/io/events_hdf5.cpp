#include "toyfarm/core/error.hpp"

#include "io/event_readers.hpp"
#include "io/hdf5.hpp"

namespace toyfarm::io {
namespace {

core::Column read_numbers(hdf5::Reader const& reader,
                          std::string const& file,
                          std::string const& path,
                          std::string const& name) {
  if (!reader.is_numeric(path)) {
    throw core::DataError(
        file, "column '" + name + "' holds " + reader.type_name(path) + ", expected numbers");
  }
  auto const shape = reader.shape(path);
  if (shape.size() != 1) {
    throw core::DataError(
        file,
        "column '" + name + "' has " + std::to_string(shape.size()) + " dimensions, expected 1");
  }
  core::Column column(shape[0]);
  reader.read_rows(path, H5T_NATIVE_DOUBLE, 0, shape[0], column.data());
  return column;
}

RawEvents read_columns(EventRequest const& request) {
  auto const file = request.path.string();
  hdf5::Reader const reader(request.path);
  auto group = request.group.value_or("/");
  if (!group.starts_with('/')) {
    group.insert(0, 1, '/');
  }
  if (group != "/" && !reader.is_group(group)) {
    throw core::DataError(file, "group '" + group + "' is missing");
  }
  auto const prefix = group.ends_with('/') ? group : group + "/";
  RawEvents events;
  std::string first_name;
  auto const check_rows = [&](std::string const& name, std::size_t n) {
    if (first_name.empty()) {
      first_name = name;
      events.n_rows = n;
    } else if (n != events.n_rows) {
      throw core::DataError(file,
                            "column '" + name + "' has " + std::to_string(n) + " rows, column '" +
                                first_name + "' has " + std::to_string(events.n_rows));
    }
  };
  for (auto const& column : request.columns) {
    if (!reader.has(prefix + column.name)) {
      throw core::DataError(file, missing_column(column.name, reader.datasets(group)));
    }
    events.columns.push_back(read_numbers(reader, file, prefix + column.name, column.name));
    check_rows(column.name, events.columns.back().size());
  }
  if (reader.has(prefix + weight_column)) {
    events.weights = read_numbers(reader, file, prefix + weight_column, weight_column);
    check_rows(weight_column, events.weights->size());
  }
  events.has_labels = reader.has(prefix + channel_column);
  if (events.has_labels && request.channel) {
    events.labels = reader.strings(prefix + channel_column);
    check_rows(channel_column, events.labels->size());
  }
  return events;
}

}  // namespace

RawEvents read_hdf5(EventRequest const& request) {
  hdf5::rehearse(request.path, [&] { (void)read_columns(request); });
  return read_columns(request);
}

}  // namespace toyfarm::io
