#include <span>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/toy_table.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/record/study_info.hpp"

#include "io/hdf5.hpp"

namespace toyfarm::io {
namespace {

constexpr char const* events_format = "toyfarm toy events";
/// Number of the layout of these files, which does not follow that of toys.h5.
constexpr std::uint64_t events_format_version = 1;

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

ToyEvents read_whole(std::filesystem::path const& file) {
  hdf5::Reader const reader(file);
  if (!reader.has_attribute("/", "format") ||
      reader.text_attribute("/", "format") != events_format) {
    throw core::DataError(file.string(), "this is not a file of one toy's events");
  }
  auto const version = reader.integer_attribute("/", "format_version");
  if (version != events_format_version) {
    throw core::DataError(file.string(),
                          "format_version is " + std::to_string(version) + ", this program reads " +
                              std::to_string(events_format_version) +
                              "; use the version that wrote it");
  }
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
  auto const n_channels = reader.integer_attribute("/", "n_channels");
  for (std::uint64_t c = 0; c < n_channels; ++c) {
    auto const group = "channel_" + std::to_string(c);
    auto& channel = events.channels.emplace_back();
    channel.name = reader.text_attribute(group, "name");
    channel.observables = reader.strings_attribute(group, "observables");
    for (auto const& observable : channel.observables) {
      channel.columns.push_back(read_column(reader, file, group + "/" + observable));
    }
  }
  return events;
}

}  // namespace

void write_toy_events(std::filesystem::path const& file, ToyEvents const& events) {
  hdf5::Writer writer(file);
  writer.attribute("/", "format", events_format);
  writer.attribute("/", "format_version", events_format_version);
  writer.attribute("/", "stream_version", static_cast<std::uint64_t>(record::stream_version));
  writer.attribute("/", "model_hash", events.model_hash);
  writer.attribute("/", "seed", events.seed);
  writer.attribute("/", "toy", events.toy);
  writer.attribute("/", "n_channels", std::uint64_t{events.channels.size()});
  auto const list = [&](std::string const& path, std::span<double const> values) {
    writer.column(path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.size(), values.data());
  };
  list("truth", events.truth);
  list("global_observables", events.global_observables);
  for (std::size_t c = 0; c < events.channels.size(); ++c) {
    auto const& channel = events.channels[c];
    auto const group = "channel_" + std::to_string(c);
    writer.group(group);
    writer.attribute(group, "name", channel.name);
    writer.attribute(group, "observables", channel.observables);
    for (std::size_t k = 0; k < channel.observables.size(); ++k) {
      list(group + "/" + channel.observables[k], channel.columns.at(k));
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
