#include <algorithm>

#include "toyfarm/core/error.hpp"

#include "io/hdf5.hpp"

namespace toyfarm::io::hdf5 {

Handle Reader::open_attribute(std::string const& object, std::string const& name) const {
  if (!has_attribute(object, name)) {
    throw core::DataError(path_.string(),
                          "attribute '" + name + "' of '" + object + "' is missing");
  }
  return {ok(H5Aopen_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT, access_.get()),
             "attribute '" + name + "'"),
          H5Aclose};
}

bool Reader::has_attribute(std::string const& object, std::string const& name) const {
  return has(object) &&
         H5Aexists_by_name(file_.get(), object.c_str(), name.c_str(), access_.get()) > 0;
}

std::vector<std::string> Reader::strings_attribute(std::string const& object,
                                                   std::string const& name) const {
  auto const attribute = open_attribute(object, name);
  Handle const type(H5Aget_type(attribute.get()), H5Tclose);
  Handle const space(H5Aget_space(attribute.get()), H5Sclose);
  std::vector<std::string> words;
  auto const what = "attribute '" + name + "'";
  auto const read = [&](hid_t memory_type, hid_t, hid_t, hid_t, void* data) {
    return H5Aread(attribute.get(), memory_type, data);
  };
  if (!hdf5::each_string({type.get(), space.get(), what, Portions::whole},
                         limit_,
                         read,
                         [&](std::string_view word) { words.emplace_back(word); })) {
    fail(what + " as text");
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
  limit_.require(8.0L * static_cast<long double>(n), "attribute '" + name + "'");
  std::vector<double> values(static_cast<std::size_t>(std::max<hssize_t>(n, 0)));
  if (H5Tget_class(type.get()) != H5T_FLOAT ||
      (n > 0 && H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, values.data()) < 0)) {
    fail("attribute '" + name + "' as numbers");
  }
  return values;
}

}  // namespace toyfarm::io::hdf5
