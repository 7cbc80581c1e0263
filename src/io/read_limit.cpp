#include "io/read_limit.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "toyfarm/core/error.hpp"

namespace toyfarm::io {
namespace {

constexpr std::uint64_t always_allowed = 1'000'000'000;
constexpr std::uint64_t most_packing = 1000;
/// Columns of one row: 8 bytes for each of a few thousand.
constexpr std::uint64_t largest_row = 65536;

std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t c = 0;
  return __builtin_mul_overflow(a, b, &c) ? UINT64_MAX : c;
}

}  // namespace

std::string size_text(long double bytes) {
  constexpr std::array<char const*, 6> units{"bytes", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0Lf %s" : "%.3Lg %s", bytes, units[unit]);
  return text.data();
}

ReadLimit::ReadLimit(std::filesystem::path file, std::optional<std::uint64_t> max_rows)
    : file_(std::move(file)),
      max_rows_(max_rows),
      file_bytes_(std::filesystem::file_size(file_)),
      bytes_(std::max({always_allowed,
                       product(most_packing, file_bytes_),
                       product(largest_row, max_rows.value_or(0))})) {}

bool ReadLimit::allows(long double bytes) const noexcept {
  return bytes <= static_cast<long double>(bytes_);
}

std::string ReadLimit::advice() const {
  return "the limit is " + size_text(static_cast<long double>(bytes_)) +
         ", which --max-rows N raises where event data are read (N rows at most)";
}

void ReadLimit::require_rows(std::uint64_t n) const {
  if (max_rows_ && n > *max_rows_) {
    throw core::DataError(
        file_.string(), "has more rows than --max-rows " + std::to_string(*max_rows_) + " allows");
  }
}

void ReadLimit::require(long double bytes, std::string const& what) const {
  if (!allows(bytes)) {
    throw core::DataError(file_.string(),
                          what + " would take " + size_text(bytes) + " of memory, the file has " +
                              size_text(static_cast<long double>(file_bytes_)) +
                              ": it is damaged or packed to fill memory (" + advice() + ")");
  }
}

void ReadLimit::refuse(std::string const& what) const {
  throw core::DataError(
      file_.string(),
      what + " would take more than " + size_text(static_cast<long double>(bytes_)) +
          " of memory, the file has " + size_text(static_cast<long double>(file_bytes_)) +
          ": it is damaged or packed to fill memory (" + advice() + ")");
}

}  // namespace toyfarm::io
