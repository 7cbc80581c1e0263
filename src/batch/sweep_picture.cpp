#include <algorithm>
#include <cmath>
#include <functional>

#include "toyfarm/batch/sweep.hpp"
#include "toyfarm/report/plot.hpp"

#include "batch/sweep_rows.hpp"

namespace toyfarm::batch {
namespace {

constexpr double width = 720;

struct RunPoint {
  double x, y;
  bool is_whole;
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

std::vector<RunPoint> points_of(
    std::vector<SweepRow> const& rows,
    std::function<std::optional<double>(SweepRow const&)> const& value) {
  std::vector<RunPoint> points;
  for (auto const& row : rows) {
    if (auto const y = value(row)) {
      points.push_back({abscissa(row), *y, row.is_whole()});
    }
  }
  std::ranges::stable_sort(points, {}, &RunPoint::x);
  return points;
}

/// An axis with a tick at every point, whose number is left out where it has no room; by powers
/// where points span much.
report::Axis horizontal_axis(std::vector<RunPoint> const& points, std::string const& name) {
  constexpr double room = 0.04;
  double const low = points.front().x;
  double const high = points.back().x;
  bool const is_log = high / low >= 8;
  auto axis = report::axis_around(low, high, name + (is_log ? " (logarithmic)" : ""));
  if (is_log) {
    axis = {low * 0.9, high / 0.9, axis.label, report::Scale::logarithmic};
  }
  double last = -1;
  for (auto const& point : points) {
    double const share = is_log ? std::log(point.x / low) / std::log(high / low)
                                : (point.x - low) / std::max(high - low, 1.0);
    bool const fits = share - last >= room;
    axis.ticks.emplace_back(point.x, fits ? formatted("%.0f", point.x) : "");
    last = fits ? share : last;
  }
  return axis;
}

/// Points, joined where they can be compared.
report::Picture panel(std::vector<RunPoint> const& points,
                      report::Axis const& x,
                      std::string const& quantity,
                      std::string_view style) {
  std::vector<report::Point> whole;
  std::vector<report::Point> partial;
  double high = 0;
  for (auto const& point : points) {
    (point.is_whole ? whole : partial).push_back({point.x, point.y});
    high = std::max(high, point.y);
  }
  report::Plot plot(x, report::axis_from_zero(high, quantity, 1.1), {width, 250, 70, 24, 10, 46});
  std::vector<report::ErrorPoint> dots;
  for (auto const& point : whole) {
    dots.push_back({point.x, point.y});
  }
  plot.curve(whole, style);
  plot.points(dots, style);
  plot.hollow(partial, style);
  return plot.picture("");
}

}  // namespace

std::string sweep_svg(Sweep const& sweep, std::vector<SweepRow> rows) {
  sort_rows(rows);
  auto const walls = points_of(rows, [](SweepRow const& row) { return row.wall; });
  auto const rates = points_of(rows, [](SweepRow const& row) { return row.throughput(); });
  auto const title = sweep.sweep_id + ": " + std::to_string(sweep.n_toys) + " toys";
  std::vector<report::Picture> parts{report::text_line(title, width, 16)};
  if (walls.empty()) {
    parts.push_back(report::text_line("no shard has ended yet", width, 13));
  } else {
    auto const x = horizontal_axis(walls, name_of_abscissa(rows));
    parts.push_back(panel(walls, x, "wall time / s", report::style::fit));
    parts.push_back(panel(rates, x, "throughput / toys per s", report::style::other));
  }
  if (std::ranges::any_of(walls, [](RunPoint const& point) { return !point.is_whole; })) {
    parts.push_back(report::text_line("hollow: not complete, so not comparable", width, 12));
  }
  return report::svg_file(report::stacked(parts, title));
}

}  // namespace toyfarm::batch
