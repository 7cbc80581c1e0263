#include <algorithm>
#include <limits>

#include "toyfarm/core/error.hpp"

#include "io/file_checks.hpp"
#include "io/hdf5.hpp"

namespace toyfarm::io::hdf5 {
namespace {

/// Strings of a dataset or attribute; `read` is called with the memory type and the buffer. False
/// if HDF5 failed or these are no strings.
template <class Read>
bool read_strings(hid_t type, hid_t space, std::vector<std::string>& words, Read const& read) {
  auto const n = H5Sget_simple_extent_npoints(space);
  if (n < 0 || H5Tget_class(type) != H5T_STRING) {
    return false;
  }
  words.resize(static_cast<std::size_t>(n));
  if (n == 0) {
    return true;
  }
  if (H5Tis_variable_str(type) > 0) {
    Handle const memory(H5Tget_native_type(type, H5T_DIR_DEFAULT), H5Tclose);
    std::vector<char*> pointers(words.size(), nullptr);
    if (read(memory.get(), pointers.data()) < 0) {
      return false;
    }
    std::ranges::transform(pointers, words.begin(), [](char const* text) {
      return std::string(text == nullptr ? "" : text);
    });
    H5Dvlen_reclaim(memory.get(), space, H5P_DEFAULT, pointers.data());
    return true;
  }
  auto const width = H5Tget_size(type);
  std::vector<char> bytes(width * words.size());
  if (read(type, bytes.data()) < 0) {
    return false;
  }
  bool const blanks = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view word(bytes.data() + i * width, width);
    word = word.substr(0, word.find('\0'));
    while (blanks && word.ends_with(' ')) {
      word.remove_suffix(1);
    }
    words[i] = word;
  }
  return true;
}

herr_t collect_name(hid_t group, char const* name, H5L_info_t const* link, void* names) {
  H5O_info_t info;
  if (link->type == H5L_TYPE_HARD && H5Oget_info_by_name(group, name, &info, H5P_DEFAULT) >= 0 &&
      info.type == H5O_TYPE_DATASET) {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  }
  return 0;
}

}  // namespace

Reader::Reader(std::filesystem::path const& file) : path_(file) {
  be_silent();
  require_regular_file(file);
  bytes_ = std::filesystem::file_size(file);
  if (bytes_ == 0) {
    throw core::DataError(file.string(), "the file is empty");
  }
  file_ = Handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file_) {
    throw core::DataError(file.string(),
                          H5Fis_hdf5(file.c_str()) > 0 ? "the HDF5 file is damaged or cut short"
                                                       : "this is not an HDF5 file");
  }
}

void Reader::fail(std::string const& what) const {
  throw core::DataError(path_.string(), "HDF5 cannot read " + what + "; the file is damaged");
}

bool Reader::has(std::string const& path) const {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    auto const part = path.substr(0, end);
    if (!part.empty() && part != "/" && H5Lexists(file_.get(), part.c_str(), H5P_DEFAULT) <= 0) {
      return false;
    }
    if (end == std::string::npos) {
      return H5Oexists_by_name(file_.get(), path.empty() ? "/" : path.c_str(), H5P_DEFAULT) > 0;
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
  return {ok(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), "'" + object + "'"), H5Oclose};
}

Handle Reader::open_dataset(std::string const& path) const {
  if (!has(path)) {
    throw core::DataError(path_.string(), "dataset '" + path + "' is missing");
  }
  Handle dataset(H5Dopen2(file_.get(), path.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) {
    throw core::DataError(path_.string(), "'" + path + "' is not a dataset");
  }
  return dataset;
}

Handle Reader::open_attribute(std::string const& object, std::string const& name) const {
  if (!has_attribute(object, name)) {
    throw core::DataError(path_.string(),
                          "attribute '" + name + "' of '" + object + "' is missing");
  }
  return {ok(H5Aopen_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
             "attribute '" + name + "'"),
          H5Aclose};
}

bool Reader::has_attribute(std::string const& object, std::string const& name) const {
  return has(object) &&
         H5Aexists_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Reader::datasets(std::string const& group) const {
  std::vector<std::string> names;
  auto const object = open_object(group);
  H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names);
  return names;
}

std::vector<std::string> Reader::strings_attribute(std::string const& object,
                                                   std::string const& name) const {
  auto const attribute = open_attribute(object, name);
  Handle const type(H5Aget_type(attribute.get()), H5Tclose);
  Handle const space(H5Aget_space(attribute.get()), H5Sclose);
  std::vector<std::string> words;
  if (!read_strings(type.get(), space.get(), words, [&](hid_t memory, void* data) {
        return H5Aread(attribute.get(), memory, data);
      })) {
    fail("attribute '" + name + "' as text");
  }
  return words;
}

std::string Reader::text_attribute(std::string const& object, std::string const& name) const {
  auto const words = strings_attribute(object, name);
  if (words.size() != 1) {
    throw core::DataError(path_.string(), "attribute '" + name + "' is not one text");
  }
  return words[0];
}

std::uint64_t Reader::integer_attribute(std::string const& object, std::string const& name) const {
  auto const attribute = open_attribute(object, name);
  Handle const type(H5Aget_type(attribute.get()), H5Tclose);
  Handle const space(H5Aget_space(attribute.get()), H5Sclose);
  std::uint64_t value = 0;
  if (H5Tget_class(type.get()) != H5T_INTEGER || H5Sget_simple_extent_npoints(space.get()) != 1 ||
      H5Aread(attribute.get(), H5T_NATIVE_UINT64, &value) < 0) {
    fail("attribute '" + name + "' as an integer");
  }
  return value;
}

std::vector<double> Reader::numbers_attribute(std::string const& object,
                                              std::string const& name) const {
  auto const attribute = open_attribute(object, name);
  Handle const type(H5Aget_type(attribute.get()), H5Tclose);
  Handle const space(H5Aget_space(attribute.get()), H5Sclose);
  auto const n = H5Sget_simple_extent_npoints(space.get());
  std::vector<double> values(static_cast<std::size_t>(std::max<hssize_t>(n, 0)));
  if (H5Tget_class(type.get()) != H5T_FLOAT ||
      (n > 0 && H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, values.data()) < 0)) {
    fail("attribute '" + name + "' as numbers");
  }
  return values;
}

std::vector<std::string> Reader::strings(std::string const& path) const {
  (void)shape(path);
  auto const dataset = open_dataset(path);
  Handle const type(H5Dget_type(dataset.get()), H5Tclose);
  Handle const space(H5Dget_space(dataset.get()), H5Sclose);
  std::vector<std::string> words;
  if (H5Tget_class(type.get()) != H5T_STRING) {
    throw core::DataError(path_.string(),
                          "dataset '" + path + "' holds " + type_name(path) + ", expected text");
  }
  if (!read_strings(type.get(), space.get(), words, [&](hid_t memory, void* data) {
        return H5Dread(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
      })) {
    fail("dataset '" + path + "' as text");
  }
  return words;
}

std::string Reader::text(std::string const& path) const {
  auto const words = strings(path);
  if (words.size() != 1) {
    throw core::DataError(path_.string(), "dataset '" + path + "' is not one text");
  }
  return words[0];
}

std::vector<hsize_t> Reader::shape(std::string const& path) const {
  auto const dataset = open_dataset(path);
  Handle const space(ok(H5Dget_space(dataset.get()), "dataset '" + path + "'"), H5Sclose);
  std::vector<hsize_t> dims(static_cast<std::size_t>(
      ok(H5Sget_simple_extent_ndims(space.get()), "dataset '" + path + "'")));
  ok(H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr), "dataset '" + path + "'");
  // Deflate makes at most 1032 bytes of one; a damaged shape would otherwise ask for all memory
  // there is.
  long double elements = 1;
  for (auto const n : dims) {
    elements *= static_cast<long double>(n);
  }
  if (elements > 1100.0L * static_cast<long double>(bytes_)) {
    throw core::DataError(path_.string(),
                          "dataset '" + path + "' claims more elements than a file of " +
                              std::to_string(bytes_) + " bytes can hold");
  }
  return dims;
}

bool Reader::is_numeric(std::string const& path) const {
  auto const dataset = open_dataset(path);
  Handle const type(H5Dget_type(dataset.get()), H5Tclose);
  auto const kind = H5Tget_class(type.get());
  return kind == H5T_FLOAT || kind == H5T_INTEGER;
}

std::string Reader::type_name(std::string const& path) const {
  auto const dataset = open_dataset(path);
  Handle const type(H5Dget_type(dataset.get()), H5Tclose);
  switch (H5Tget_class(type.get())) {
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
