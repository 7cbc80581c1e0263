#pragma once
#include <exception>
#include <string>

#include "toyfarm/core/error.hpp"

#include "io/json_parts.hpp"

// What reads back bit for bit, and failures that name the file.
namespace toyfarm::io {

/// Finite numbers as numbers, the usual NaN as null, everything else as text: "inf", "-inf",
/// "nan:<16 hex digits>".
[[nodiscard]] Json exact(double x);
/// The number that `exact` made `value` of. Throws std::exception if it made none.
[[nodiscard]] double from_exact(Json const& value);

/// Turns any failure of nlohmann (missing key, wrong type) into a DataError with the file's name.
template <class Read>
auto guarded(std::string const& file, std::string const& what, Read const& read) {
  try {
    return read();
  } catch (core::Error const&) {
    throw;
  } catch (std::exception const& error) {
    throw core::DataError(file, "its " + what + " cannot be read: " + error.what());
  }
}

}  // namespace toyfarm::io
