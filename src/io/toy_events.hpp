#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "io/hdf5.hpp"

// Files of one toy's events (see ToyEvents), read as any data.
namespace toyfarm::io {

[[nodiscard]] bool holds_toy_events(hdf5::Reader const& reader);

/// The group with a channel's events. Throws DataError where there is none.
[[nodiscard]] std::string group_of_channel(hdf5::Reader const& reader,
                                           std::filesystem::path const& file,
                                           std::string const& channel);

/// Global observables by their parameters' names.
[[nodiscard]] std::map<std::string, double> named_globals(hdf5::Reader const& reader,
                                                          std::filesystem::path const& file);

}  // namespace toyfarm::io
