#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "toyfarm/report/markup.hpp"
#include "toyfarm/report/plot.hpp"

#include "report/plot_text.hpp"

namespace toyfarm::report {
namespace {

/// "mass", or "mass (10⁻³)".
std::string with_power(std::string const& label, int power) {
  if (power == 0) {
    return label;
  }
  constexpr std::array digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = label + (label.empty() ? "×10" : " (10");
  for (char const c : std::to_string(power)) {
    text += c == '-' ? "⁻" : digits[static_cast<std::size_t>(c - '0')];
  }
  return text + (label.empty() ? "" : ")");
}

}  // namespace

std::string text_at(
    double x, double y, std::string_view attributes, std::string_view words, double size) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" {}>{}</text>\n",
                     x,
                     y,
                     size,
                     attributes,
                     escaped(words));
}

std::string Plot::horizontal_axis(std::string& marks) const {
  auto const about =
      std::max<std::size_t>(2, static_cast<std::size_t>((right() - size_.left) / 58));
  auto const ticks = ticks_of(x_, about);
  std::string text;
  auto const mark = [&](double value, double length) {
    marks += fmt::format("M{0:.2f} {1:.2f}v{2:.2f}M{0:.2f} {3:.2f}v{4:.2f}",
                         x(value),
                         bottom(),
                         -length,
                         size_.top,
                         length);
  };
  for (auto const& [value, words] : ticks.major) {
    mark(value, 7);
    text += text_at(x(value), bottom() + 15, at_middle, words, letters);
  }
  for (double const value : ticks.minor) {
    mark(value, 3.5);
  }
  auto const label = fitting(with_power(x_.label, ticks.power), right() - size_.left, 12);
  return text + text_at(right(), bottom() + 33, at_end, label, 12);
}

std::string Plot::vertical_axis(std::string& marks) const {
  auto const about =
      std::max<std::size_t>(2, static_cast<std::size_t>((bottom() - size_.top) / 38));
  auto const ticks = ticks_of(y_, about);
  std::string text;
  auto const mark = [&](double value, double length) {
    marks += fmt::format("M{1:.2f} {0:.2f}h{2:.2f}M{3:.2f} {0:.2f}h{4:.2f}",
                         y(value),
                         size_.left,
                         length,
                         right(),
                         -length);
  };
  for (auto const& [value, words] : ticks.major) {
    mark(value, 7);
    if (words.empty()) {
      continue;
    }
    text += text_at(size_.left - 5,
                    y(value) + 4,
                    at_end,
                    fitting(words, size_.left - (y_.label.empty() ? 8 : 20), letters),
                    letters);
  }
  for (double const value : ticks.minor) {
    mark(value, 3.5);
  }
  if (!y_.label.empty() || ticks.power != 0) {
    auto const label = fitting(with_power(y_.label, ticks.power), bottom() - size_.top, 12);
    text +=
        text_at(13,
                size_.top,
                fmt::format("text-anchor=\"end\" transform=\"rotate(-90 13 {:.1f})\"", size_.top),
                label,
                12);
  }
  return text;
}

std::string Plot::frame() const {
  auto marks = fmt::format(
      "M{0:.2f} {1:.2f}H{2:.2f}V{3:.2f}H{0:.2f}Z", size_.left, size_.top, right(), bottom());
  auto const text = horizontal_axis(marks) + vertical_axis(marks);
  return "<path class=\"frame\" d=\"" + marks + "\"/>\n" + text;
}

}  // namespace toyfarm::report
