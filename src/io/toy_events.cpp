#include "io/toy_events.hpp"

#include <span>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/record/study_info.hpp"

#include "io/event_readers.hpp"
#include "io/hdf5.hpp"

namespace toyfarm::io {
namespace {

constexpr char const* events_format = "toyfarm toy events";
/// Number of the layout of these files, which does not follow that of toys.h5.
constexpr std::uint64_t events_format_version = 2;

std::string group_name(std::uint64_t channel) {
  return "channel_" + std::to_string(channel);
}

core::Column read_column(hdf5::Reader const& reader,
                         std::filesystem::path const& file,
                         std::string const& path) {
  auto const shape = reader.shape(path);
  if (shape.size() != 1 || !reader.is_numeric(path)) {
    throw core::DataError(file.string(), "dataset '" + path + "' is not a list of numbers");
  }
  core::Column column(shape[0]);
  reader.read_rows(path, H5T_NATIVE_DOUBLE, 0, shape[0], column.data());
  return column;
}

std::uint64_t checked_version(hdf5::Reader const& reader, std::filesystem::path const& file) {
  auto const version = reader.integer_attribute("/", "format_version");
  if (version < 1 || version > events_format_version) {
    throw core::DataError(file.string(),
                          "format_version is " + std::to_string(version) +
                              ", this program reads 1 to " + std::to_string(events_format_version) +
                              "; use the version that wrote it");
  }
  return version;
}

ToyEvents read_whole(std::filesystem::path const& file) {
  hdf5::Reader const reader(file);
  if (!holds_toy_events(reader)) {
    throw core::DataError(file.string(), "this is not a file of one toy's events");
  }
  auto const version = checked_version(reader, file);
  ToyEvents events;
  events.model_hash = reader.text_attribute("/", "model_hash");
  events.seed = reader.integer_attribute("/", "seed");
  events.toy = reader.integer_attribute("/", "toy");
  auto const list = [&](std::string const& path) {
    auto const column = read_column(reader, file, path);
    return std::vector<double>(column.begin(), column.end());
  };
  events.truth = list("truth");
  events.global_observables = list("global_observables");
  if (version > 1) {
    events.constrained = reader.strings_attribute("/", "constrained");
  }
  auto const n_channels = reader.integer_attribute("/", "n_channels");
  for (std::uint64_t c = 0; c < n_channels; ++c) {
    auto const group = group_name(c);
    auto& channel = events.channels.emplace_back();
    channel.name = reader.text_attribute(group, "name");
    channel.observables = reader.strings_attribute(group, "observables");
    for (auto const& observable : channel.observables) {
      channel.columns.push_back(read_column(reader, file, group + "/" + observable));
    }
    if (reader.has(group + "/" + weight_column)) {
      channel.weights = read_column(reader, file, group + "/" + weight_column);
    }
  }
  return events;
}

}  // namespace

bool holds_toy_events(hdf5::Reader const& reader) {
  if (!reader.has_attribute("/", "format")) {
    return false;
  }
  try {
    return reader.strings_attribute("/", "format") == std::vector<std::string>{events_format};
  } catch (core::DataError const&) {  // something else of that name
    return false;
  }
}

std::string group_of_channel(hdf5::Reader const& reader,
                             std::filesystem::path const& file,
                             std::string const& channel) {
  static_cast<void>(checked_version(reader, file));
  std::string names;
  auto const n_channels = reader.integer_attribute("/", "n_channels");
  for (std::uint64_t c = 0; c < n_channels; ++c) {
    auto const name = reader.text_attribute(group_name(c), "name");
    if (name == channel) {
      return group_name(c);
    }
    names += (c > 0 ? ", '" : "'") + core::printable(name) + "'";
  }
  throw core::DataError(
      file.string(),
      "these are events of other channels than '" + core::printable(channel) + "': " + names);
}

std::map<std::string, double> named_globals(hdf5::Reader const& reader,
                                            std::filesystem::path const& file) {
  auto const values = read_column(reader, file, "global_observables");
  std::map<std::string, double> out;
  if (values.empty()) {
    return out;
  }
  if (checked_version(reader, file) == 1) {
    throw core::DataError(file.string(),
                          "written by an older version, which does not say whose its global "
                          "observables are; fit it with --toy");
  }
  auto const names = reader.strings_attribute("/", "constrained");
  if (names.size() != values.size()) {
    throw core::DataError(file.string(), "global observables and their names are not as many");
  }
  for (std::size_t k = 0; k < names.size(); ++k) {
    out[names[k]] = values[k];
  }
  return out;
}

void write_toy_events(std::filesystem::path const& file, ToyEvents const& events) {
  hdf5::Writer writer(file);
  writer.attribute("/", "format", events_format);
  writer.attribute("/", "format_version", events_format_version);
  writer.attribute("/", "stream_version", static_cast<std::uint64_t>(record::stream_version));
  writer.attribute("/", "model_hash", events.model_hash);
  writer.attribute("/", "seed", events.seed);
  writer.attribute("/", "toy", events.toy);
  writer.attribute("/", "n_channels", std::uint64_t{events.channels.size()});
  writer.attribute("/", "constrained", events.constrained);
  auto const list = [&](std::string const& path, std::span<double const> values) {
    writer.column(path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.size(), values.data());
  };
  list("truth", events.truth);
  list("global_observables", events.global_observables);
  for (std::size_t c = 0; c < events.channels.size(); ++c) {
    auto const& channel = events.channels[c];
    auto const group = group_name(c);
    writer.group(group);
    writer.attribute(group, "name", channel.name);
    writer.attribute(group, "observables", channel.observables);
    for (std::size_t k = 0; k < channel.observables.size(); ++k) {
      list(group + "/" + channel.observables[k], channel.columns.at(k));
    }
    if (!channel.weights.empty()) {
      list(group + "/" + weight_column, channel.weights);
    }
  }
  writer.close();
}

ToyEvents read_toy_events(std::filesystem::path const& file) {
  os::require_regular_file(file);
  hdf5::rehearse(file, ReadLimit(file), [&] { (void)read_whole(file); });
  return read_whole(file);
}

}  // namespace toyfarm::io
