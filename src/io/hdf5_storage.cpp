#include <algorithm>
#include <vector>

#include "io/hdf5.hpp"

namespace toyfarm::io::hdf5 {
namespace {

/// Chunks that an array of this shape has; 0 if that cannot be told.
std::pair<hsize_t, std::vector<hsize_t>> chunks_of(hid_t dataset, hid_t properties) {
  Handle const space(H5Dget_space(dataset), H5Sclose);
  int const n = H5Sget_simple_extent_ndims(space.get());
  if (n <= 0) {
    return {0, {}};
  }
  std::vector<hsize_t> dims(static_cast<std::size_t>(n));
  std::vector<hsize_t> chunk(dims.size());
  if (H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr) != n ||
      H5Pget_chunk(properties, n, chunk.data()) != n) {
    return {0, {}};
  }
  hsize_t count = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    count *= chunk[i] == 0 ? 0 : dims[i] / chunk[i] + (dims[i] % chunk[i] != 0 ? 1 : 0);
  }
  return {count, chunk};
}

std::optional<std::string> why_chunks_are_missing(hid_t dataset, hid_t properties) {
  auto const expected = chunks_of(dataset, properties).first;
  Handle const space(H5Dget_space(dataset), H5Sclose);
  hsize_t written = 0;
  if (expected == 0 || H5Dget_num_chunks(dataset, space.get(), &written) < 0) {
    return "has chunks that HDF5 cannot count; the file is damaged";
  }
  return written >= expected
             ? std::nullopt
             : std::optional("has " + std::to_string(expected - written) + " of " +
                             std::to_string(expected) +
                             " chunks that were never written, for which HDF5 gives fill values; "
                             "write all rows, or shorten it to those that are there");
}

}  // namespace

std::optional<std::string> why_not_stored(hid_t dataset) {
  Handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  auto const layout = H5Pget_layout(properties.get());
  // Asked for before the shape: that of a virtual dataset may open its sources.
  if (layout == H5D_VIRTUAL) {
    return "is a virtual dataset, whose values are in other files, and HDF5 gives fill values "
           "where "
           "it does not find them; copy them into an ordinary file (h5repack -l CONTI IN OUT)";
  }
  if (H5Pget_external_count(properties.get()) > 0) {
    return "has its values in another file (external raw storage), and HDF5 gives fill values "
           "where "
           "it does not find them; copy them into an ordinary file (h5repack -l CONTI IN OUT)";
  }
  Handle const space(H5Dget_space(dataset), H5Sclose);
  if (H5Sget_simple_extent_npoints(space.get()) <= 0) {
    return std::nullopt;  // no rows are data as well
  }
  if (layout == H5D_CHUNKED) {
    return why_chunks_are_missing(dataset, properties.get());
  }
  H5D_space_status_t status = H5D_SPACE_STATUS_ALLOCATED;
  if (H5Dget_space_status(dataset, &status) >= 0 && status != H5D_SPACE_STATUS_ALLOCATED) {
    return "was made but never written, so that HDF5 gives fill values for all of it; write its "
           "rows";
  }
  return std::nullopt;
}

long double bytes_at_a_time(hid_t dataset) {
  Handle const type(H5Dget_type(dataset), H5Tclose);
  Handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  long double bytes = static_cast<long double>(H5Tget_size(type.get()));
  if (H5Pget_layout(properties.get()) == H5D_CHUNKED) {
    for (auto const n : chunks_of(dataset, properties.get()).second) {
      bytes *= static_cast<long double>(std::max<hsize_t>(n, 1));
    }
  }
  return bytes;
}

}  // namespace toyfarm::io::hdf5
