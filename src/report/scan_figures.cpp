#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "toyfarm/inference/normal.hpp"
#include "toyfarm/report/markup.hpp"

#include "report/answer_parts.hpp"

namespace toyfarm::report {
namespace {

Numbers numbers_of(ScanNumbers const& scan) {
  Numbers numbers;
  numbers.add("parameters", std::span<std::string const>(scan.parameters))
      .add("best", std::span<double const>(scan.best));
  for (std::size_t i = 0; i < scan.values.size(); ++i) {
    numbers.add("values_" + std::to_string(i + 1), std::span<double const>(scan.values[i]));
  }
  numbers.add("two_delta_nll", std::span<double const>(scan.two_delta_nll));
  if (!scan.stat_only.empty()) {
    numbers.add("two_delta_nll_stat_only", std::span<double const>(scan.stat_only));
  }
  return numbers;
}

std::vector<double> sorted_values(std::vector<double> values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

/// A full grid of values of both parameters.
struct Grid {
  std::vector<double> x, y;
  std::vector<double> z;  ///< [x][y], NaN where there is no point
  [[nodiscard]] double at(std::size_t i, std::size_t k) const { return z[i * y.size() + k]; }
};

Grid grid_of(ScanNumbers const& scan) {
  Grid grid{sorted_values(scan.values[0]), sorted_values(scan.values[1]), {}};
  grid.z.assign(grid.x.size() * grid.y.size(), no_number);
  for (std::size_t p = 0; p < scan.two_delta_nll.size(); ++p) {
    auto const i = static_cast<std::size_t>(std::ranges::lower_bound(grid.x, scan.values[0][p]) -
                                            grid.x.begin());
    auto const k = static_cast<std::size_t>(std::ranges::lower_bound(grid.y, scan.values[1][p]) -
                                            grid.y.begin());
    grid.z[i * grid.y.size() + k] = scan.two_delta_nll[p];
  }
  return grid;
}

/// Marching triangles: each cell is two of them, along whose sides the level is interpolated.
std::vector<std::array<Point, 2>> contour(Grid const& grid, double level) {
  std::vector<std::array<Point, 2>> pieces;
  struct Corner {
    Point at;
    double z;
  };
  auto const triangle = [&](std::array<Corner, 3> const& corners) {
    std::vector<Point> crossings;
    for (std::size_t i = 0; i < 3; ++i) {
      auto const& a = corners[i];
      auto const& b = corners[(i + 1) % 3];
      if ((a.z < level) != (b.z < level)) {
        double const t = (level - a.z) / (b.z - a.z);
        crossings.push_back({a.at.x + t * (b.at.x - a.at.x), a.at.y + t * (b.at.y - a.at.y)});
      }
    }
    if (crossings.size() == 2) {
      pieces.push_back({crossings[0], crossings[1]});
    }
  };
  for (std::size_t i = 0; i + 1 < grid.x.size(); ++i) {
    for (std::size_t k = 0; k + 1 < grid.y.size(); ++k) {
      auto const corner = [&](std::size_t a, std::size_t b) {
        return Corner{{grid.x[a], grid.y[b]}, grid.at(a, b)};
      };
      std::array const four{corner(i, k), corner(i + 1, k), corner(i + 1, k + 1), corner(i, k + 1)};
      if (std::ranges::all_of(four, [](Corner const& c) { return std::isfinite(c.z); })) {
        triangle({four[0], four[1], four[2]});
        triangle({four[0], four[2], four[3]});
      }
    }
  }
  return pieces;
}

/// Half of the way to both neighbours.
Extent cell_around(std::vector<double> const& values, std::size_t i) {
  double const before = i > 0 ? values[i - 1] : values[i];
  double const after = i + 1 < values.size() ? values[i + 1] : values[i];
  return {(before + values[i]) / 2, (after + values[i]) / 2};
}

}  // namespace

Figure scan_figure(ScanNumbers const& scan) {
  auto const& x = scan.values.at(0);
  auto const extent = extent_of(x);
  double high = 1;
  for (auto const& interval : scan.intervals) {
    high = std::max(high, inference::chi2_quantile(interval.cl, 1) * 1.3);
  }
  high = std::clamp(extent_of(scan.two_delta_nll).high, high, std::max(high, 25.0));
  Plot plot(Axis{extent.low,
                 extent.high > extent.low ? extent.high : extent.low + 1,
                 scan.parameters.at(0)},
            axis_from_zero(high, "−2 Δ ln L", 1.35));
  std::vector<Plot::Entry> legend{{"profile", style::fit, Plot::Mark::line}};
  if (!scan.stat_only.empty()) {
    plot.curve(finite_points(x, scan.stat_only), style::other);
    legend.push_back({"statistics alone", style::other, Plot::Mark::line});
  }
  std::vector<std::string> lines;
  for (auto const& interval : scan.intervals) {
    double const level = inference::chi2_quantile(interval.cl, 1);
    plot.horizontal(level, style::truth);
    for (double const end : {interval.low, interval.high}) {
      std::array<Point, 2> const drop{{{end, 0}, {end, level}}};
      plot.curve(drop, style::truth);
    }
    lines.push_back(cl_text(interval.cl) + " " + range_text(interval));
  }
  plot.curve(finite_points(x, scan.two_delta_nll), style::fit);
  if (x.size() <= 30) {
    std::vector<ErrorPoint> points;
    for (auto const& point : finite_points(x, scan.two_delta_nll)) {
      points.push_back({point.x, point.y});
    }
    plot.points(points, style::fit);
  }
  plot.legend(legend);
  auto const best = scan.best.empty() ? no_number : scan.best.front();
  auto caption = "Best fit " + number_text(best, 5) + ".";
  for (auto const& line : lines) {
    caption += " " + line + ".";
  }
  return {"scan_" + file_key(scan.parameters[0]),
          "Profile likelihood of " + scan.parameters[0],
          caption,
          plot.picture("Profile likelihood of " + scan.parameters[0]),
          numbers_of(scan).text()};
}

Figure scan_map_figure(ScanNumbers const& scan) {
  auto const grid = grid_of(scan);
  auto const x = extent_of(grid.x);
  auto const y = extent_of(grid.y);
  Plot plot(Axis{x.low, x.high > x.low ? x.high : x.low + 1, scan.parameters.at(0)},
            Axis{y.low, y.high > y.low ? y.high : y.low + 1, scan.parameters.at(1)});
  for (std::size_t i = 0; i < grid.x.size(); ++i) {
    for (std::size_t k = 0; k < grid.y.size(); ++k) {
      if (double const z = grid.at(i, k); std::isfinite(z)) {
        auto const across = cell_around(grid.x, i);
        auto const along = cell_around(grid.y, k);
        plot.rectangle({across.low, along.low},
                       {across.high, along.high},
                       style::minus,
                       std::min(0.75, std::max(0.0, z) / 16));
      }
    }
  }
  for (auto const& [cl, name] : {std::pair(0.6827, style::fit), std::pair(0.95, style::other)}) {
    for (auto const& piece : contour(grid, inference::chi2_quantile(cl, 2))) {
      plot.curve(piece, name);
    }
  }
  if (scan.best.size() == 2) {
    ErrorPoint const best{scan.best[0], scan.best[1]};
    plot.points(std::span(&best, 1), style::data);
  }
  plot.legend({{"68.27 %", style::fit, Plot::Mark::line},
               {"95 %", style::other, Plot::Mark::line},
               {"best fit", style::data, Plot::Mark::points}});
  auto const title = "Profile likelihood of " + scan.parameters[0] + " and " + scan.parameters[1];
  return {"scan_" + file_key(scan.parameters[0]) + "_" + file_key(scan.parameters[1]),
          title,
          "The darker, the less likely (−2 Δ ln L, up to 12); contours of both parameters "
          "together, interpolated between points.",
          plot.picture(title),
          numbers_of(scan).text()};
}

}  // namespace toyfarm::report
