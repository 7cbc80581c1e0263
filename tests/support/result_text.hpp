#pragma once
#include <string>

#include "toyfarm/io/reports.hpp"

namespace toyfarm::test {

/// The whole text of a result document.
inline std::string result_json(io::ResultDocument const& document) {
  std::string text;
  io::write_result_json(document, [&](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace toyfarm::test
