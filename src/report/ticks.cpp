#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "toyfarm/report/plot.hpp"

namespace toyfarm::report {
namespace {

/// 1, 2 or 5 times a power of ten: the least that makes no more than `about` steps of `span`.
struct Step {
  double length;
  int minor;  ///< parts between two ticks
};
Step step_for(double span, std::size_t about) {
  double const least = span / static_cast<double>(std::max<std::size_t>(1, about));
  double const power = std::pow(10.0, std::floor(std::log10(least)));
  for (auto const& [factor, minor] : {std::pair(1.0, 5), {2.0, 4}, {5.0, 5}}) {
    if (factor * power >= least * (1 - 1e-9)) {
      return {factor * power, minor};
    }
  }
  return {10 * power, 5};
}

/// The power of ten that is left out of texts at an axis: none for numbers of usual size.
int power_of(double largest) {
  if (!(largest > 0) || (largest >= 0.05 && largest < 1e5)) {
    return 0;
  }
  auto const power = static_cast<int>(std::floor(std::log10(largest)));
  return power >= 0 ? power / 3 * 3 : -((-power + 2) / 3 * 3);
}

std::string tick_text(double value, int decimals) {
  auto text = fmt::format("{:.{}f}", value, decimals);
  if (text.starts_with('-')) {
    bool const is_zero = text.find_first_not_of("-0.") == std::string::npos;
    text = is_zero ? text.substr(1) : "−" + text.substr(1);
  }
  return text;
}

Ticks linear_ticks(Axis const& axis, std::size_t about) {
  Ticks ticks;
  auto const step = step_for(axis.high - axis.low, about);
  ticks.power = power_of(std::max(std::abs(axis.low), std::abs(axis.high)));
  double const unit = std::pow(10.0, ticks.power);
  int const decimals =
      std::clamp(-static_cast<int>(std::floor(std::log10(step.length / unit) + 1e-9)), 0, 12);
  double const part = step.length / step.minor;
  double const slack = part * 1e-6;
  constexpr int most = 200;
  double const first = std::ceil((axis.low - slack) / part);
  for (int i = 0; i < most && (first + i) * part <= axis.high + slack; ++i) {
    double const k = first + i;
    if (std::fmod(std::abs(k), step.minor) == 0) {
      ticks.major.emplace_back(k * part, tick_text(k * part / unit, decimals));
    } else {
      ticks.minor.push_back(k * part);
    }
  }
  return ticks;
}

Ticks logarithmic_ticks(Axis const& axis) {
  Ticks ticks;
  for (double power = std::floor(std::log10(axis.low)); power <= std::log10(axis.high); ++power) {
    for (int digit = 1; digit < 10; ++digit) {
      double const value = digit * std::pow(10.0, power);
      if (value < axis.low * (1 - 1e-9) || value > axis.high * (1 + 1e-9)) {
        continue;
      }
      if (digit == 1) {
        ticks.major.emplace_back(value, fmt::format("{:g}", value));
      } else {
        ticks.minor.push_back(value);
      }
    }
  }
  return ticks;
}

}  // namespace

Ticks ticks_of(Axis const& axis, std::size_t about) {
  if (!axis.ticks.empty()) {
    return {axis.ticks, {}, 0};
  }
  if (axis.scale == Scale::logarithmic) {
    return logarithmic_ticks(axis);
  }
  auto ticks = linear_ticks(axis, about);
  return ticks.major.size() > 1 ? ticks : linear_ticks(axis, 2 * about);
}

Axis axis_around(double low, double high, std::string label) {
  if (!(std::isfinite(low) && std::isfinite(high))) {
    low = 0;
    high = 1;
  }
  double const span = high - low;
  double const room = span > 0 ? span * 0.04 : std::max(1e-9, std::abs(low) / 2);
  return {low - room, high + room, std::move(label)};
}

Axis axis_from_zero(double high, std::string label, double room) {
  return {0, high > 0 && std::isfinite(high) ? high * room : 1, std::move(label)};
}

}  // namespace toyfarm::report
