#pragma once
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "toyfarm/record/schema.hpp"

#include "io/hdf5.hpp"

namespace toyfarm::io {

/// Attribute `format` of every toys.h5.
inline constexpr char const* table_format = "toyfarm toy table";
/// The dataset that is no column of rows.
inline constexpr char const* spec_name = "spec";

/// Group and name of an attribute: of "gen/point" gen and point, of "seed" the root and seed.
inline std::pair<std::string, std::string> split(std::string const& path) {
  auto const slash = path.find('/');
  return slash == std::string::npos ? std::pair(std::string("/"), path)
                                    : std::pair(path.substr(0, slash), path.substr(slash + 1));
}

/// HDF5's types of values: in files the same on every machine, and in memory.
struct Hdf5Types {
  hid_t file;
  hid_t memory;
};

template <class T>
Hdf5Types types_of() {
  if constexpr (std::is_same_v<T, double>) {
    return {H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE};
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return {H5T_STD_U64LE, H5T_NATIVE_UINT64};
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return {H5T_STD_U32LE, H5T_NATIVE_UINT32};
  } else if constexpr (std::is_same_v<T, std::int8_t>) {
    return {H5T_STD_I8LE, H5T_NATIVE_INT8};
  } else {
    static_assert(std::is_same_v<T, std::uint8_t>);
    return {H5T_STD_U8LE, H5T_NATIVE_UINT8};
  }
}

/// The same for the values of a column.
inline Hdf5Types types_of(record::Type type) {
  return record::with_type(type, [](auto t) { return types_of<decltype(t)>(); });
}

/// The shape of a column's dataset over `n` rows.
inline std::vector<hsize_t> shape_of(record::RowPlaces const& places,
                                     std::size_t column,
                                     hsize_t n) {
  std::vector<hsize_t> shape{n};
  for (auto const size : places.shape(column)) {
    shape.push_back(size);
  }
  return shape;
}

}  // namespace toyfarm::io
