#include "batch/template.hpp"

#include "toyfarm/core/contract.hpp"

namespace toyfarm::batch {
namespace {

/// Position of the line that begins with `start`, npos if there is none.
std::size_t line_at(std::string const& text, std::string const& start) {
  if (text.starts_with(start)) {
    return 0;
  }
  auto const found = text.find("\n" + start);
  return found == std::string::npos ? found : found + 1;
}

std::size_t end_of_line(std::string const& text, std::size_t from) {
  auto const end = text.find('\n', from);
  return end == std::string::npos ? text.size() : end + 1;
}

}  // namespace

std::string with_region(std::string const& text, std::string_view region, std::string_view lines) {
  auto const begin = line_at(text, "# >>> " + std::string(region));
  auto const end = line_at(text, "# <<< " + std::string(region));
  TOYFARM_EXPECTS(begin != std::string::npos && end != std::string::npos && begin < end);
  return text.substr(0, begin) + std::string(lines) + text.substr(end_of_line(text, end));
}

std::string after_line(std::string const& text, std::string_view start) {
  auto const line = line_at(text, std::string(start));
  TOYFARM_EXPECTS(line != std::string::npos);
  return text.substr(end_of_line(text, line));
}

}  // namespace toyfarm::batch
