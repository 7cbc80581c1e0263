#include "toyfarm/report/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "toyfarm/report/markup.hpp"

#include "report/plot_text.hpp"

namespace toyfarm::report {
namespace {

double share(Axis const& axis, double value) {
  if (axis.scale == Scale::logarithmic) {
    return std::log(value / axis.low) / std::log(axis.high / axis.low);
  }
  return (value - axis.low) / (axis.high - axis.low);
}

/// Numbers at the ends of what doubles hold have no range.
Axis usable(Axis axis) {
  bool const is_range = axis.high > axis.low && std::isfinite(axis.high - axis.low);
  if (!is_range || (axis.scale == Scale::logarithmic && !(axis.low > 0))) {
    axis.low = 0;
    axis.high = 1;
    axis.scale = Scale::linear;
  }
  return axis;
}

}  // namespace

Plot::Plot(Axis x, Axis y, PlotSize const& size)
    : x_(usable(std::move(x))), y_(usable(std::move(y))), size_(size) {}

double Plot::x(double value) const {
  return size_.left + share(x_, value) * (right() - size_.left);
}

double Plot::y(double value) const {
  return bottom() - share(y_, value) * (bottom() - size_.top);
}

bool Plot::is_inside(Point at) const {
  constexpr double slack = 1e-6;
  return at.x >= size_.left - slack && at.x <= right() + slack && at.y >= size_.top - slack &&
         at.y <= bottom() + slack;
}

/// Liang and Barsky (1984).
Plot::Segment Plot::cut(Point a, Point b) const {
  double from = 0;
  double to = 1;
  double const dx = b.x - a.x;
  double const dy = b.y - a.y;
  for (auto const& [step, room] : {std::pair(-dx, a.x - size_.left),
                                   {dx, right() - a.x},
                                   {-dy, a.y - size_.top},
                                   {dy, bottom() - a.y}}) {
    if (!(std::isfinite(step) && std::isfinite(room)) || (step == 0 && room < 0)) {
      return {a, b, false};
    }
    if (step < 0) {
      from = std::max(from, room / step);
    } else if (step > 0) {
      to = std::min(to, room / step);
    }
  }
  return {{a.x + from * dx, a.y + from * dy}, {a.x + to * dx, a.y + to * dy}, from <= to};
}

void Plot::line(Point a, Point b, std::string_view style, std::string_view kind) {
  auto const piece = cut(a, b);
  if (piece.is_visible) {
    body_ += fmt::format(
        "<line class=\"{} {}\" x1=\"{:.2f}\" y1=\"{:.2f}\" x2=\"{:.2f}\" y2=\"{:.2f}\"/>\n",
        kind,
        style,
        piece.a.x,
        piece.a.y,
        piece.b.x,
        piece.b.y);
  }
}

void Plot::circle(Point at, double radius, std::string_view style, std::string_view kind) {
  if (is_inside(at)) {
    body_ += fmt::format("<circle class=\"{} {}\" cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{}\"/>\n",
                         kind,
                         style,
                         at.x,
                         at.y,
                         radius);
  }
}

void Plot::curve(std::span<Point const> points, std::string_view style) {
  stroke(points, style, "line");
}

void Plot::dashes(std::span<Point const> points, std::string_view style) {
  stroke(points, style, "mark");
}

void Plot::stroke(std::span<Point const> points, std::string_view style, std::string_view kind) {
  std::string path;
  Point last{NAN, NAN};
  for (std::size_t i = 1; i < points.size(); ++i) {
    auto const piece =
        cut({x(points[i - 1].x), y(points[i - 1].y)}, {x(points[i].x), y(points[i].y)});
    if (!piece.is_visible) {
      continue;
    }
    if (piece.a.x != last.x || piece.a.y != last.y) {
      path += fmt::format("M{:.2f} {:.2f}", piece.a.x, piece.a.y);
    }
    path += fmt::format("L{:.2f} {:.2f}", piece.b.x, piece.b.y);
    last = piece.b;
  }
  if (!path.empty()) {
    body_ += fmt::format("<path class=\"{} {}\" d=\"{}\"/>\n", kind, style, path);
  }
}

void Plot::points(std::span<ErrorPoint const> points, std::string_view style) {
  for (auto const& point : points) {
    Point const at{x(point.x), y(point.y)};
    if (!is_inside(at)) {
      continue;
    }
    if (point.y_low > 0 || point.y_high > 0) {
      line({at.x, y(point.y - point.y_low)}, {at.x, y(point.y + point.y_high)}, style, "bar");
    }
    if (point.x_low > 0 || point.x_high > 0) {
      line({x(point.x - point.x_low), at.y}, {x(point.x + point.x_high), at.y}, style, "bar");
    }
    circle(at, points.size() > 30 ? 1.8 : 2.6, style, "dot");
  }
}

void Plot::hollow(std::span<Point const> points, std::string_view style) {
  for (auto const& point : points) {
    circle({x(point.x), y(point.y)}, 2.6, style, "ring");
  }
}

void Plot::band(std::span<BandPoint const> points, std::string_view style) {
  std::vector<Point> outline;
  std::vector<Point> back;
  auto const kept = [this](double value) { return std::clamp(y(value), size_.top, bottom()); };
  for (auto const& point : points) {
    double const at = x(point.x);
    if (is_inside({at, bottom()}) && std::isfinite(point.low) && std::isfinite(point.high)) {
      outline.push_back({at, kept(point.high)});
      back.push_back({at, kept(point.low)});
    }
  }
  outline.insert(outline.end(), back.rbegin(), back.rend());
  std::string path;
  for (auto const& point : outline) {
    path += fmt::format("{}{:.2f} {:.2f}", path.empty() ? 'M' : 'L', point.x, point.y);
  }
  if (!path.empty()) {
    body_ += fmt::format("<path class=\"area {}\" d=\"{}Z\"/>\n", style, path);
  }
}

void Plot::rectangle(Point a, Point b, std::string_view style, double opacity) {
  if (!std::isfinite(a.x + b.x + a.y + b.y)) {
    return;
  }
  auto const inside_x = [this](double value) { return std::clamp(x(value), size_.left, right()); };
  auto const inside_y = [this](double value) { return std::clamp(y(value), size_.top, bottom()); };
  auto const [left, end] = std::minmax({inside_x(a.x), inside_x(b.x)});
  auto const [top, foot] = std::minmax({inside_y(a.y), inside_y(b.y)});
  body_ += fmt::format(
      "<rect class=\"area {}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"",
      style,
      left,
      top,
      end - left,
      foot - top);
  body_ += opacity < 1 ? fmt::format(" fill-opacity=\"{:.3f}\"/>\n", opacity) : "/>\n";
}

void Plot::vertical(double at, std::string_view style) {
  std::array<Point, 2> const ends{{{at, y_.low}, {at, y_.high}}};
  dashes(ends, style);
}

void Plot::horizontal(double at, std::string_view style) {
  std::array<Point, 2> const ends{{{x_.low, at}, {x_.high, at}}};
  dashes(ends, style);
}

void Plot::text(Point at, std::string_view words, double size) {
  if (Point const middle{x(at.x), y(at.y)}; is_inside(middle)) {
    body_ += text_at(middle.x, middle.y + size * 0.35, at_middle, words, size);
  }
}

void Plot::legend(std::vector<Entry> const& entries) {
  double y = size_.top + 18;
  double const x = size_.left + 10;
  double widest = 0;
  for (auto const& entry : entries) {
    widest = std::max(widest, text_width(entry.text, letters));
  }
  body_ += fmt::format(
      "<rect class=\"back\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\"/>\n",
      x - 4,
      size_.top + 4,
      std::min(widest + 32, right() - x),
      entries.size() * 15 + 4);
  for (auto const& entry : entries) {
    double const middle = y - 4;
    if (entry.mark == Mark::points) {
      line({x + 9, middle - 5}, {x + 9, middle + 5}, entry.style, "bar");
      circle({x + 9, middle}, 2.6, entry.style, "dot");
    } else if (entry.mark == Mark::area) {
      body_ += fmt::format(
          "<rect class=\"area {}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"18\" height=\"8\"/>\n",
          entry.style,
          x,
          middle - 4);
    } else {
      line({x, middle}, {x + 18, middle}, entry.style, entry.mark == Mark::line ? "line" : "mark");
    }
    body_ += text_at(x + 24, y, "", fitting(entry.text, right() - x - 30, letters), letters);
    y += 15;
  }
}

void Plot::note(std::vector<std::string> const& lines) {
  double y = size_.top + 18;
  for (auto const& words : lines) {
    body_ += text_at(
        right() - 9, y, at_end, fitting(words, (right() - size_.left) * 0.9, letters), letters);
    y += 15;
  }
}

Picture Plot::picture(std::string title) const {
  return {size_.width, size_.height, std::move(title), body_ + frame()};
}

}  // namespace toyfarm::report
