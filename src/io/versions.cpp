#include "toyfarm/io/versions.hpp"

#include <arrow/util/config.h>

#include "io/hdf5.hpp"

namespace toyfarm::io {

std::vector<std::pair<std::string, std::string>> library_versions() {
  hdf5::be_silent();
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return {
      {"hdf5", std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release)},
      {"arrow", ARROW_VERSION_STRING}};
}

}  // namespace toyfarm::io
