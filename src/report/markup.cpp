#include "toyfarm/report/markup.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"

namespace toyfarm::report {
namespace {

/// Of the size of its letters; above those of Helvetica, Arial, DejaVu Sans and Liberation Sans.
double width_of(std::string_view character) {
  if (character.size() > 1) {
    return 1.05;
  }
  char const c = character.front();
  if (std::string_view("ijl.,:;'|!I ()[]{}/\\-ft").find(c) != std::string_view::npos) {
    return 0.42;
  }
  if (std::string_view("mwMW@%").find(c) != std::string_view::npos) {
    return 1.02;
  }
  return c >= 'A' && c <= 'Z' ? 0.8 : 0.65;
}

std::size_t first_length(std::string_view text) {
  return std::max<std::size_t>(1, core::utf8_length(text));
}

std::string json_of(double value) {
  return std::isnan(value)   ? "null"
         : std::isinf(value) ? (value > 0 ? "\"inf\"" : "\"-inf\"")
                             : fmt::format("{}", value);
}

std::string json_of(std::uint64_t value) {
  return std::to_string(value);
}

std::string json_of(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    auto const length = core::utf8_length(text);
    auto const byte = static_cast<unsigned char>(text.front());
    if (length == 0) {
      out += "\\ufffd";
    } else if (length == 1 &&
               (byte < 0x20 || byte == 0x7f ||
                std::string_view("\"\\<>&").find(text.front()) != std::string_view::npos)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else if (text.starts_with("\xef\xbf\xbe") || text.starts_with("\xef\xbf\xbf")) {
      out += text[2] == '\xbe' ? "\\ufffe" : "\\uffff";  // no characters of XML
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out + "\"";
}

template <class T>
std::string json_of(std::span<T const> values) {
  std::string text = "[";
  for (auto const& value : values) {
    text.append(text.size() > 1 ? "," : "").append(json_of(value));
  }
  return text + "]";
}

std::string with_true_minus(std::string text) {
  for (auto at = text.find('-'); at != std::string::npos; at = text.find('-', at)) {
    text.replace(at, 1, "−");
  }
  return text;
}

}  // namespace

std::string escaped(std::string_view text, std::size_t max_chars) {
  std::string out;
  for (char const c : core::printable(text, max_chars)) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

double text_width(std::string_view text, double size) {
  double width = 0;
  while (!text.empty()) {
    auto const length = first_length(text);
    width += width_of(text.substr(0, length)) * size;
    text.remove_prefix(length);
  }
  return width;
}

std::string fitting(std::string_view text, double width, double size) {
  auto const whole = core::printable(text, 1000);
  if (text_width(whole, size) <= width) {
    return whole;
  }
  double used = width_of("…") * size;
  std::string out;
  for (std::string_view rest = whole; !rest.empty();) {
    auto const length = first_length(rest);
    used += width_of(rest.substr(0, length)) * size;
    if (used > width) {
      break;
    }
    out += rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return out + "…";
}

std::string number_text(double value, int digits) {
  return std::isnan(value) ? "–" : with_true_minus(fmt::format("{:.{}g}", value, digits));
}

std::string value_text(double value, double error) {
  if (!(error > 0) || !std::isfinite(error) || !std::isfinite(value)) {
    return number_text(value, 6);
  }
  int const decimals = 1 - static_cast<int>(std::floor(std::log10(error)));
  if (decimals > 9 || decimals < -5) {
    return number_text(value, 6) + " ± " + number_text(error, 2);
  }
  return with_true_minus(fmt::format("{:.{}f}", value, std::max(0, decimals))) + " ± " +
         fmt::format("{:.{}f}", error, std::max(0, decimals));
}

Numbers& Numbers::member(std::string_view name, std::string_view json) {
  members_.append(members_.empty() ? "" : ",").append(json_of(name)).append(":").append(json);
  return *this;
}
Numbers& Numbers::add(std::string_view name, double value) {
  return member(name, json_of(value));
}
Numbers& Numbers::add(std::string_view name, std::uint64_t value) {
  return member(name, json_of(value));
}
Numbers& Numbers::add(std::string_view name, std::string_view value) {
  return member(name, json_of(value));
}
Numbers& Numbers::add(std::string_view name, std::span<double const> values) {
  return member(name, json_of(values));
}
Numbers& Numbers::add(std::string_view name, std::span<std::uint64_t const> values) {
  return member(name, json_of(values));
}
Numbers& Numbers::add(std::string_view name, std::span<std::string const> values) {
  return member(name, json_of(values));
}

}  // namespace toyfarm::report
