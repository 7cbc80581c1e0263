#include "io/exact_json.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <limits>
#include <stdexcept>

namespace toyfarm::io {

Json exact(double x) {
  if (std::isfinite(x)) {
    return x;
  }
  if (std::isinf(x)) {
    return x > 0 ? "inf" : "-inf";
  }
  auto const bits = std::bit_cast<std::uint64_t>(x);
  if (bits == std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN())) {
    return nullptr;
  }
  std::array<char, 16> hex;
  auto const end = std::to_chars(hex.data(), hex.data() + hex.size(), bits, 16).ptr;
  return "nan:" + std::string(hex.data(), end);
}

double from_exact(Json const& value) {
  if (value.is_number()) {
    return value.get<double>();
  }
  if (value.is_null()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  auto const text = value.get<std::string>();
  if (text == "inf" || text == "-inf") {
    return text == "inf" ? std::numeric_limits<double>::infinity()
                         : -std::numeric_limits<double>::infinity();
  }
  std::uint64_t bits = 0;
  auto const* const end = text.data() + text.size();
  if (!text.starts_with("nan:") || std::from_chars(text.data() + 4, end, bits, 16).ptr != end) {
    throw std::invalid_argument("'" + text + "' is not a number");
  }
  return std::bit_cast<double>(bits);
}

}  // namespace toyfarm::io
