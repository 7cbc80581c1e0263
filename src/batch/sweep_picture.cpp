#include <algorithm>
#include <cmath>
#include <functional>

#include "toyfarm/batch/sweep.hpp"

#include "batch/sweep_rows.hpp"

namespace toyfarm::batch {
namespace {

constexpr double width = 720, panel_height = 260, top = 56, left = 84, right = 24, below = 64;

struct Point {
  double x, y;
  bool is_whole;
};

/// Where numbers along the horizontal axis lie: evenly, or by powers where they span much.
struct Horizontal {
  double low, high;
  bool is_log;
  [[nodiscard]] double at(double x) const {
    constexpr double margin = 28;
    double const a = is_log ? std::log2(low) : low;
    double const b = is_log ? std::log2(high) : high;
    double const share = b > a ? ((is_log ? std::log2(x) : x) - a) / (b - a) : 0.5;
    return left + margin + share * (width - left - right - 2 * margin);
  }
};

std::string number(double value) {
  return formatted("%.1f", value);
}

std::string escaped(std::string const& text) {
  std::string out;
  for (char const c : text) {
    out += c == '<'   ? std::string("&lt;")
           : c == '>' ? std::string("&gt;")
           : c == '&' ? std::string("&amp;")
                      : std::string(1, c);
  }
  return out;
}

std::string label(double x, double y, std::string const& attributes, std::string const& text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + attributes + ">" +
         escaped(text) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, std::string const& kind) {
  return "<line class=\"" + kind + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" +
         number(x2) + "\" y2=\"" + number(y2) + "\"/>\n";
}

/// 1, 2 or 5 times a power of ten, so that there are some five steps up to `high`.
double step_for(double high) {
  double const power = std::pow(10.0, std::floor(std::log10(high / 5)));
  for (double const factor : {1.0, 2.0, 5.0}) {
    if (high / (factor * power) <= 6) {
      return factor * power;
    }
  }
  return 10 * power;
}

class Panel {
 public:
  Panel(double y, Horizontal const& x, std::string title)
      : y_(y), x_(x), title_(std::move(title)) {}

  [[nodiscard]] std::string draw(std::vector<Point> const& points, std::string const& color) const {
    double high = 0;
    for (auto const& point : points) {
      high = std::max(high, point.y);
    }
    double const step = step_for(high > 0 ? high : 1);
    double const end = std::max(1.0, std::ceil(high / step * 1.02)) * step;
    double const bottom = y_ + panel_height - below;
    auto const place = [&](double value) { return bottom - value / end * (bottom - y_); };
    std::string svg;
    for (int i = 0; i * step <= end * 1.0001; ++i) {
      svg += line(left, place(i * step), width - right, place(i * step), i == 0 ? "axis" : "grid");
      svg +=
          label(left - 8, place(i * step) + 4, "text-anchor=\"end\"", formatted("%.6g", i * step));
    }
    svg += line(left, y_, left, bottom, "axis") + ticks(points, bottom);
    auto const middle = number((y_ + bottom) / 2);
    svg += label(22,
                 (y_ + bottom) / 2,
                 "text-anchor=\"middle\" transform=\"rotate(-90 22 " + middle + ")\"",
                 title_);
    return svg + curve(points, place, color);
  }

 private:
  /// Points, joined where they can be compared.
  template <class Place>
  [[nodiscard]] std::string curve(std::vector<Point> const& points,
                                  Place const& place,
                                  std::string const& color) const {
    std::string path;
    std::string circles;
    for (auto const& point : points) {
      auto const x = number(x_.at(point.x));
      auto const y = number(place(point.y));
      if (point.is_whole) {
        path.append(path.empty() ? "" : " ").append(x).append(",").append(y);
      }
      circles += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"4.5\" stroke=\"" + color +
                 "\" stroke-width=\"2\" fill=\"" + (point.is_whole ? color : "white") + "\"/>\n";
    }
    return "<polyline fill=\"none\" stroke=\"" + color + "\" stroke-width=\"2\" points=\"" + path +
           "\"/>\n" + circles;
  }

  [[nodiscard]] std::string ticks(std::vector<Point> const& points, double bottom) const {
    constexpr double room = 26;
    std::string svg;
    double last = -room;
    for (auto const& point : points) {
      double const x = x_.at(point.x);
      svg += line(x, bottom, x, bottom + 5, "axis");
      if (x - last >= room) {
        svg += label(x, bottom + 20, "text-anchor=\"middle\"", formatted("%.0f", point.x));
        last = x;
      }
    }
    return svg;
  }
  double y_;
  Horizontal x_;
  std::string title_;
};

double abscissa(SweepRow const& row) {
  auto const n = row.entry.ranks > 0
                     ? row.entry.ranks * std::max<std::uint64_t>(row.entry.threads, 1)
                     : row.entry.shards;
  return static_cast<double>(n);
}

std::string name_of_abscissa(std::vector<SweepRow> const& rows) {
  if (!have_ranks(rows)) {
    return "shards";
  }
  bool const has_threads =
      std::ranges::any_of(rows, [](SweepRow const& row) { return row.entry.threads > 0; });
  return has_threads ? "ranks × threads" : "ranks";
}

std::vector<Point> points_of(std::vector<SweepRow> const& rows,
                             std::function<std::optional<double>(SweepRow const&)> const& value) {
  std::vector<Point> points;
  for (auto const& row : rows) {
    if (auto const y = value(row)) {
      points.push_back({abscissa(row), *y, row.is_whole()});
    }
  }
  std::ranges::stable_sort(points, {}, &Point::x);
  return points;
}

}  // namespace

std::string sweep_svg(Sweep const& sweep, std::vector<SweepRow> rows) {
  sort_rows(rows);
  constexpr double height = top + 2 * panel_height + 14;
  auto const walls = points_of(rows, [](SweepRow const& row) { return row.wall; });
  auto const rates = points_of(rows, [](SweepRow const& row) { return row.throughput(); });
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(width) + " " +
      number(height) + "\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n<style>" +
      ".grid{stroke:#ddd}.axis{stroke:#444}</style>\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"white\"/>\n";
  svg += label(left,
               28,
               "font-size=\"16\" font-weight=\"bold\"",
               sweep.sweep_id + ": " + std::to_string(sweep.n_toys) + " toys");
  if (walls.empty()) {
    return svg + label(left, top + 20, "", "no shard has ended yet") + "</svg>\n";
  }
  double const low = walls.front().x;
  double const high = walls.back().x;
  Horizontal const x{low, high, high / low >= 8};
  svg += Panel(top, x, "wall time / s").draw(walls, "#1f5fa8");
  svg += Panel(top + panel_height, x, "throughput / toys per s").draw(rates, "#b3541e");
  auto const name = name_of_abscissa(rows) + (x.is_log ? " (logarithmic)" : "");
  for (int panel = 0; panel < 2; ++panel) {
    svg += label((left + width - right) / 2,
                 top + (panel + 1) * panel_height - below + 40,
                 "text-anchor=\"middle\"",
                 name);
  }
  if (std::ranges::any_of(walls, [](Point const& point) { return !point.is_whole; })) {
    svg += label(left, height - 6, "font-size=\"12\"", "hollow: not complete, so not comparable");
  }
  return svg + "</svg>\n";
}

}  // namespace toyfarm::batch
