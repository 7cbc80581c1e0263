#include <algorithm>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/os/file.hpp"

#include "io/hdf5.hpp"

namespace toyfarm::io::hdf5 {
namespace {

/// Bytes of the largest number that anybody stores (a quadruple float).
constexpr std::size_t largest_number = 16;

herr_t collect_name(hid_t group, char const* name, H5L_info_t const* link, void* names) {
  H5O_info_t info;
  if (link->type == H5L_TYPE_HARD && H5Oget_info_by_name(group, name, &info, H5P_DEFAULT) >= 0 &&
      info.type == H5O_TYPE_DATASET) {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  }
  return 0;
}

/// Called when an external link is about to be followed: notes its file and stops there. The file
/// may be a FIFO, another user's, or simply one that no hash vouches for.
herr_t stop_at_link(char const* /*parent_file*/,
                    char const* /*parent_group*/,
                    char const* child_file,
                    char const* /*child_object*/,
                    unsigned* /*flags*/,
                    hid_t /*properties*/,
                    void* other_file) {
  *static_cast<std::string*>(other_file) = child_file;
  return -1;
}

}  // namespace

std::filesystem::path const& Reader::checked(std::filesystem::path const& file) {
  os::require_regular_file(file);
  return file;
}

Reader::Reader(std::filesystem::path const& file,
               ReadLimit limit,
               std::filesystem::path const& source)
    : path_(file), limit_(std::move(limit)), other_file_(std::make_unique<std::string>()) {
  be_silent();
  os::require_regular_file(source);
  if (limit_.file_bytes() == 0) {
    throw core::DataError(file.string(), "the file is empty");
  }
  file_ = Handle(H5Fopen(source.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file_) {
    throw core::DataError(file.string(),
                          H5Fis_hdf5(source.c_str()) > 0 ? "the HDF5 file is damaged or cut short"
                                                         : "this is not an HDF5 file");
  }
  access_ = Handle(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  ok(H5Pset_elink_cb(access_.get(), stop_at_link, other_file_.get()), "its links");
}

void Reader::fail(std::string const& what) const {
  throw core::DataError(path_.string(), "HDF5 cannot read " + what + "; the file is damaged");
}

/// Throws if `path`, which leads nowhere, is a link out of the file, or one whose target is gone.
void Reader::refuse_link(std::string const& path) const {
  if (!other_file_->empty()) {
    throw core::DataError(
        path_.string(),
        "'" + path + "' is an external link into the file '" + core::printable(*other_file_) +
            "', which is not followed; copy what it stands for into this file (h5copy -f ext)");
  }
  H5L_info_t link;
  if (H5Lget_info(file_.get(), path.c_str(), &link, access_.get()) >= 0 &&
      link.type != H5L_TYPE_HARD) {
    throw core::DataError(
        path_.string(),
        "'" + path + "' is " +
            (link.type == H5L_TYPE_SOFT ? "a soft link to something that is not there"
                                        : "a link of a kind that this program does not know"));
  }
}

bool Reader::has(std::string const& path) const {
  other_file_->clear();
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    auto const part = path.substr(0, end);
    bool const is_root = part.empty() || part == "/";
    if (!is_root && H5Lexists(file_.get(), part.c_str(), access_.get()) <= 0) {
      refuse_link(part);
      return false;
    }
    if (H5Oexists_by_name(file_.get(), is_root ? "/" : part.c_str(), access_.get()) <= 0) {
      refuse_link(part);
      return false;
    }
    if (end == std::string::npos) {
      return true;
    }
  }
}

bool Reader::is_group(std::string const& path) const {
  if (!has(path)) {
    return false;
  }
  auto const object = open_object(path);
  return H5Iget_type(object.get()) == H5I_GROUP;
}

Handle Reader::open_object(std::string const& object) const {
  return {ok(H5Oopen(file_.get(), object.c_str(), access_.get()), "'" + object + "'"), H5Oclose};
}

Handle Reader::open_dataset(std::string const& path) const {
  if (!has(path)) {
    throw core::DataError(path_.string(), "dataset '" + path + "' is missing");
  }
  Handle dataset(H5Dopen2(file_.get(), path.c_str(), access_.get()), H5Dclose);
  if (!dataset) {
    throw core::DataError(path_.string(), "'" + path + "' is not a dataset");
  }
  return dataset;
}

std::vector<std::string> Reader::datasets(std::string const& group) const {
  std::vector<std::string> names;
  auto const object = open_object(group);
  H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names);
  return names;
}

void Reader::each_string(std::string const& path,
                         std::function<void(std::string_view)> const& visit) const {
  static_cast<void>(shape(path));
  auto const dataset = open_dataset(path);
  Handle const type(H5Dget_type(dataset.get()), H5Tclose);
  Handle const space(H5Dget_space(dataset.get()), H5Sclose);
  if (H5Tget_class(type.get()) != H5T_STRING) {
    throw core::DataError(path_.string(),
                          "dataset '" + path + "' holds " + type_name(path) + ", expected text");
  }
  auto const read = [&](hid_t memory_type, hid_t memory, hid_t file, hid_t transfer, void* data) {
    return H5Dread(dataset.get(), memory_type, memory, file, transfer, data);
  };
  if (!hdf5::each_string(
          {type.get(), space.get(), "dataset '" + path + "'"}, limit_, read, visit)) {
    fail("dataset '" + path + "' as text");
  }
}

std::vector<std::string> Reader::strings(std::string const& path) const {
  std::vector<std::string> words;
  long double bytes = 0;
  each_string(path, [&](std::string_view word) {
    bytes += static_cast<long double>(word.size() + sizeof(std::string));
    limit_.require(bytes, "dataset '" + path + "'");
    words.emplace_back(word);
  });
  return words;
}

std::string Reader::text(std::string const& path) const {
  auto const words = strings(path);
  if (words.size() != 1) {
    throw core::DataError(path_.string(), "dataset '" + path + "' is not one text");
  }
  return words[0];
}

void Reader::require_stored(hid_t dataset, std::string const& path) const {
  if (stored_.contains(path)) {
    return;
  }
  if (auto const why = why_not_stored(dataset)) {
    throw core::DataError(path_.string(), "dataset '" + path + "' " + *why);
  }
  stored_.insert(path);
}

std::vector<hsize_t> Reader::shape(std::string const& path) const {
  auto const dataset = open_dataset(path);
  require_stored(dataset.get(), path);
  Handle const space(ok(H5Dget_space(dataset.get()), "dataset '" + path + "'"), H5Sclose);
  std::vector<hsize_t> dims(static_cast<std::size_t>(
      ok(H5Sget_simple_extent_ndims(space.get()), "dataset '" + path + "'")));
  ok(H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr), "dataset '" + path + "'");
  // A damaged shape would otherwise ask for all memory there is.
  long double bytes = 8;
  for (auto const n : dims) {
    bytes *= static_cast<long double>(n);
  }
  limit_.require(std::max(bytes, bytes_at_a_time(dataset.get())), "dataset '" + path + "'");
  return dims;
}

bool Reader::is_numeric(std::string const& path) const {
  auto const dataset = open_dataset(path);
  Handle const type(H5Dget_type(dataset.get()), H5Tclose);
  auto const kind = H5Tget_class(type.get());
  return (kind == H5T_FLOAT || kind == H5T_INTEGER) && H5Tget_size(type.get()) <= largest_number;
}

std::string Reader::type_name(std::string const& path) const {
  auto const dataset = open_dataset(path);
  Handle const type(H5Dget_type(dataset.get()), H5Tclose);
  auto const kind = H5Tget_class(type.get());
  auto const bytes = H5Tget_size(type.get());
  if ((kind == H5T_FLOAT || kind == H5T_INTEGER) && bytes > largest_number) {
    return "numbers of " + std::to_string(bytes) + " bytes each";
  }
  switch (kind) {
    case H5T_FLOAT:
      return "floating-point numbers";
    case H5T_INTEGER:
      return "integers";
    case H5T_STRING:
      return "text";
    case H5T_COMPOUND:
      return "compound values";
    case H5T_ENUM:
      return "enumerated values";
    default:
      return "values that are not numbers";
  }
}

void Reader::read_rows(
    std::string const& path, hid_t memory_type, hsize_t first, hsize_t count, void* data) const {
  auto const dataset = open_dataset(path);
  Handle const space(ok(H5Dget_space(dataset.get()), "dataset '" + path + "'"), H5Sclose);
  auto block = shape(path);
  std::vector<hsize_t> start(block.size(), 0);
  start.at(0) = first;
  block.at(0) = count;
  if (std::ranges::find(block, hsize_t{0}) != block.end()) {
    return;
  }
  Handle const memory(H5Screate_simple(static_cast<int>(block.size()), block.data(), nullptr),
                      H5Sclose);
  ok(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, block.data(), nullptr),
     "dataset '" + path + "'");
  ok(H5Dread(dataset.get(), memory_type, memory.get(), space.get(), H5P_DEFAULT, data),
     "dataset '" + path + "'");
}

}  // namespace toyfarm::io::hdf5
