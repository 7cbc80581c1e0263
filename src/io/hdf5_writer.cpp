#include <algorithm>
#include <array>
#include <cerrno>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/descriptor.hpp"

#include "io/hdf5.hpp"

namespace toyfarm::io::hdf5 {
namespace {

Handle without_times(hid_t list_class) {
  Handle list(H5Pcreate(list_class), H5Pclose);
  H5Pset_obj_track_times(list.get(), 0);
  return list;
}

/// Attributes of any size: stored apart from the object header, which ends at 64 kB.
Handle without_times_and_with_large_attributes(hid_t list_class) {
  auto list = without_times(list_class);
  H5Pset_attr_phase_change(list.get(), 0, 0);
  return list;
}

/// Words one after the other, each padded with zeros to the width of the longest.
std::pair<std::size_t, std::vector<char>> padded(std::vector<std::string> const& words) {
  std::size_t width = 1;
  for (auto const& word : words) {
    width = std::max(width, word.size());
  }
  std::vector<char> bytes(width * words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::ranges::copy(words[i], bytes.begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  return {width, std::move(bytes)};
}

}  // namespace

void be_silent() {
  // Before any other call: at exit HDF5 would close a file again that it could not write, and
  // crash.
  [[maybe_unused]] static herr_t const no_clean_up_at_exit = H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Handle string_type(std::size_t bytes) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), std::max<std::size_t>(bytes, 1));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

Writer::Writer(std::filesystem::path const& file) : path_(file) {
  be_silent();
  auto const creation = without_times_and_with_large_attributes(H5P_FILE_CREATE);
  Handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18);
  file_ = Handle(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  if (!file_) {
    std::error_code error;
    bool const is_there = std::filesystem::exists(file, error);
    throw core::RuntimeFailure(is_there ? core::ExitCode::io_error : core::ExitCode::cannot_create,
                               file.string() + ": cannot be made as an HDF5 file" +
                                   (is_there ? " (is the disk full?)" : ""));
  }
}

void Writer::fail(std::string const& what) const {
  // HDF5 hands no reason on, but what the system said last is most often it.
  constexpr std::array of_writes{EFBIG, ENOSPC, EDQUOT, EIO, EROFS};
  bool const is_known = std::ranges::find(of_writes, errno) != of_writes.end();
  throw core::RuntimeFailure(core::ExitCode::io_error,
                             path_.string() + ": HDF5 cannot write " + what + ": " +
                                 (is_known ? os::system_reason(errno) : "is the disk full?"));
}

Handle Writer::open_object(std::string const& object) const {
  return {ok(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), object), H5Oclose};
}

void Writer::group(std::string const& path) {
  auto const list = without_times_and_with_large_attributes(H5P_GROUP_CREATE);
  Handle const made(
      ok(H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, list.get(), H5P_DEFAULT), path),
      H5Gclose);
}

void Writer::write_attribute(std::string const& object,
                             std::string const& name,
                             hid_t type,
                             hid_t space,
                             hid_t memory,
                             void const* data) {
  auto const owner = open_object(object);
  Handle const attribute(
      ok(H5Acreate2(owner.get(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), name),
      H5Aclose);
  if (H5Sget_simple_extent_npoints(space) > 0) {
    ok(H5Awrite(attribute.get(), memory, data), name);
  }
}

void Writer::attribute(std::string const& object,
                       std::string const& name,
                       std::string const& text) {
  auto const [width, bytes] = padded({text});
  auto const type = string_type(width);
  Handle const space(H5Screate(H5S_SCALAR), H5Sclose);
  write_attribute(object, name, type.get(), space.get(), type.get(), bytes.data());
}

void Writer::attribute(std::string const& object, std::string const& name, std::uint64_t value) {
  Handle const space(H5Screate(H5S_SCALAR), H5Sclose);
  write_attribute(object, name, H5T_STD_U64LE, space.get(), H5T_NATIVE_UINT64, &value);
}

void Writer::attribute(std::string const& object,
                       std::string const& name,
                       std::vector<std::string> const& words) {
  auto const [width, bytes] = padded(words);
  auto const type = string_type(width);
  hsize_t const n = words.size();
  Handle const space(H5Screate_simple(1, &n, nullptr), H5Sclose);
  write_attribute(object, name, type.get(), space.get(), type.get(), bytes.data());
}

void Writer::attribute(std::string const& object,
                       std::string const& name,
                       std::span<double const> values) {
  hsize_t const n = values.size();
  Handle const space(H5Screate_simple(1, &n, nullptr), H5Sclose);
  write_attribute(object, name, H5T_IEEE_F64LE, space.get(), H5T_NATIVE_DOUBLE, values.data());
}

void Writer::text(std::string const& path, std::string const& text) {
  auto const [width, bytes] = padded({text});
  auto const type = string_type(width);
  auto const list = without_times(H5P_DATASET_CREATE);
  Handle const space(H5Screate(H5S_SCALAR), H5Sclose);
  auto const dataset = make(path, type.get(), space.get(), list.get());
  ok(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), path);
}

void Writer::strings(std::string const& path, std::vector<std::string> const& words) {
  auto const [width, bytes] = padded(words);
  auto const type = string_type(width);
  column(path, type.get(), type.get(), words.size(), bytes.data());
}

void Writer::make(std::string const& path, hid_t file_type, std::vector<hsize_t> const& shape) {
  auto const list = without_times_and_with_large_attributes(H5P_DATASET_CREATE);
  Handle const space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                     H5Sclose);
  make(path, file_type, space.get(), list.get());
}

Handle Writer::make(std::string const& path, hid_t file_type, hid_t space, hid_t list) {
  auto const dataset =
      H5Dcreate2(file_.get(), path.c_str(), file_type, space, H5P_DEFAULT, list, H5P_DEFAULT);
  return {ok(dataset, path), H5Dclose};
}

void Writer::write_rows(
    std::string const& path, hid_t memory_type, hsize_t first, hsize_t count, void const* data) {
  Handle const dataset(ok(H5Dopen2(file_.get(), path.c_str(), H5P_DEFAULT), path), H5Dclose);
  Handle const space(ok(H5Dget_space(dataset.get()), path), H5Sclose);
  std::vector<hsize_t> block(
      static_cast<std::size_t>(ok(H5Sget_simple_extent_ndims(space.get()), path)));
  ok(H5Sget_simple_extent_dims(space.get(), block.data(), nullptr), path);
  std::vector<hsize_t> start(block.size(), 0);
  start[0] = first;
  block[0] = count;
  if (std::ranges::find(block, hsize_t{0}) != block.end()) {
    return;
  }
  ok(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, block.data(), nullptr),
     path);
  Handle const memory(H5Screate_simple(static_cast<int>(block.size()), block.data(), nullptr),
                      H5Sclose);
  ok(H5Dwrite(dataset.get(), memory_type, memory.get(), space.get(), H5P_DEFAULT, data), path);
}

void Writer::column(
    std::string const& path, hid_t file_type, hid_t memory_type, std::size_t n, void const* data) {
  make(path, file_type, {n});
  write_rows(path, memory_type, 0, n, data);
}

void Writer::close() {
  ok(H5Fflush(file_.get(), H5F_SCOPE_LOCAL), "the end of the file");
  auto const file = std::exchange(file_, Handle());
}

}  // namespace toyfarm::io::hdf5
