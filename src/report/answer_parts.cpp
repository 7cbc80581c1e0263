#include "report/answer_parts.hpp"

#include <algorithm>
#include <cmath>

#include "toyfarm/report/markup.hpp"

namespace toyfarm::report {
namespace {

std::vector<double> members_of(std::span<Ranged const> list, double Ranged::*member) {
  std::vector<double> out;
  std::ranges::transform(list, std::back_inserter(out), member);
  return out;
}

std::string end_text(double value, std::string const& state) {
  auto const text = number_text(value, 5);
  return state.empty() || state == "crossing" ? text : text + " (" + state + ")";
}

}  // namespace

Extent extent_of(std::span<double const> values) {
  Extent extent{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (double const value : values) {
    if (std::isfinite(value)) {
      extent = {std::min(extent.low, value), std::max(extent.high, value)};
    }
  }
  return extent.low <= extent.high ? extent : Extent{0, 1};
}

std::vector<Point> finite_points(std::span<double const> x, std::span<double const> y) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (std::isfinite(x[i]) && std::isfinite(y[i])) {
      points.push_back({x[i], y[i]});
    }
  }
  return points;
}

std::vector<ErrorPoint> points_with_ranges(std::span<double const> x, std::span<Ranged const> y) {
  std::vector<ErrorPoint> points;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (std::isfinite(x[i]) && std::isfinite(y[i].value)) {
      double const below = y[i].value - y[i].low;
      double const above = y[i].high - y[i].value;
      points.push_back({x[i],
                        y[i].value,
                        0,
                        0,
                        std::isfinite(below) ? below : 0,
                        std::isfinite(above) ? above : 0});
    }
  }
  return points;
}

std::vector<double> values_of(std::span<Ranged const> list) {
  return members_of(list, &Ranged::value);
}
std::vector<double> lows_of(std::span<Ranged const> list) {
  return members_of(list, &Ranged::low);
}
std::vector<double> highs_of(std::span<Ranged const> list) {
  return members_of(list, &Ranged::high);
}

std::string cl_text(double cl) {
  return number_text(std::round(cl * 1e6) / 1e4, 6) + " % CL";
}

std::string range_text(AcceptedRange const& range) {
  std::string text = "[";
  text += end_text(range.low, range.low_state) + ", ";
  return text + end_text(range.high, range.high_state) + "]";
}

}  // namespace toyfarm::report
