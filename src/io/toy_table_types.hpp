#pragma once
#include <cstdint>
#include <type_traits>

#include "io/hdf5.hpp"

namespace toyfarm::io {

/// Attribute `format` of every toys.h5.
inline constexpr char const* table_format = "toyfarm toy table";

/// HDF5's type for T in files, the same on every machine.
template <class T>
hid_t file_type() {
  if constexpr (std::is_same_v<T, double>) {
    return H5T_IEEE_F64LE;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return H5T_STD_U64LE;
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return H5T_STD_U32LE;
  } else if constexpr (std::is_same_v<T, std::int8_t>) {
    return H5T_STD_I8LE;
  } else {
    static_assert(std::is_same_v<T, std::uint8_t>);
    return H5T_STD_U8LE;
  }
}

/// HDF5's type for T in memory.
template <class T>
hid_t memory_type() {
  if constexpr (std::is_same_v<T, double>) {
    return H5T_NATIVE_DOUBLE;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return H5T_NATIVE_UINT64;
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return H5T_NATIVE_UINT32;
  } else if constexpr (std::is_same_v<T, std::int8_t>) {
    return H5T_NATIVE_INT8;
  } else {
    return H5T_NATIVE_UINT8;
  }
}

}  // namespace toyfarm::io
