#include "toyfarm/io/versions.hpp"

#include <arrow/util/config.h>
#include <hdf5.h>

namespace toyfarm::io {

std::vector<std::pair<std::string, std::string>> library_versions() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return {
      {"hdf5", std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release)},
      {"arrow", ARROW_VERSION_STRING}};
}

}  // namespace toyfarm::io
