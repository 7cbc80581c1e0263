#include <algorithm>
#include <array>
#include <cmath>

#include "toyfarm/report/markup.hpp"

#include "report/answer_parts.hpp"
#include "report/named_rows.hpp"

namespace toyfarm::report {
namespace {

/// Bands of one row, the median and what was observed.
void draw_row(Plot& plot, BandNumbers::Row const& row, double at) {
  constexpr double half = 0.3;
  auto const& e = row.expected;
  if (std::isfinite(e[0]) && std::isfinite(e[4])) {
    plot.rectangle({e[0], at - half}, {e[4], at + half}, style::outer);
  }
  if (std::isfinite(e[1]) && std::isfinite(e[3])) {
    plot.rectangle({e[1], at - half}, {e[3], at + half}, style::inner);
  }
  std::array<Point, 2> const median{{{e[2], at - half}, {e[2], at + half}}};
  plot.curve(median, style::fit);
  if (std::isfinite(row.observed)) {
    ErrorPoint const observed{row.observed, at};
    plot.points(std::span(&observed, 1), style::data);
  }
}

}  // namespace

Figure band_figure(BandNumbers const& numbers, std::string key, std::string const& title) {
  std::vector<std::string> names;
  std::vector<double> all{0};
  std::vector<double> observed;
  for (auto const& row : numbers.rows) {
    names.push_back(row.name);
    observed.push_back(row.observed);
    all.push_back(row.observed);
    all.insert(all.end(), row.expected.begin(), row.expected.end());
  }
  auto rows = named_rows(names);
  rows.axis.high += 1.6;  // for the legend
  rows.size.height += 46;
  auto const extent = extent_of(all);
  auto x = axis_around(extent.low, extent.high, numbers.quantity);
  x.low = extent.low == 0 ? 0 : x.low;
  Plot plot(x, rows.axis, rows.size);
  Numbers json;
  json.add("quantity", numbers.quantity).add("name", std::span<std::string const>(names));
  json.add("observed", std::span<double const>(observed));
  for (std::size_t i = 0; i < numbers.rows.size(); ++i) {
    draw_row(plot, numbers.rows[i], row_at(i));
    json.add("expected_" + std::to_string(i + 1),
             std::span<double const>(numbers.rows[i].expected));
  }
  plot.legend({{"observed", style::data, Plot::Mark::points},
               {"expected, median", style::fit, Plot::Mark::line}});
  return {std::move(key),
          title,
          "Bands: 1 and 2 σ of what was expected.",
          plot.picture(title),
          json.text()};
}

Figure cls_figure(ClsNumbers const& numbers) {
  auto const extent = extent_of(numbers.values);
  Plot plot(axis_around(extent.low, extent.high, numbers.poi), Axis{0, 1.6, "CLs"});
  std::vector<BandPoint> band;
  for (auto const& point : points_with_ranges(numbers.values, numbers.cls)) {
    if (point.y_low > 0 || point.y_high > 0) {
      band.push_back({point.x, point.y - point.y_low, point.y + point.y_high});
    }
  }
  plot.band(band, style::inner);
  auto const values = values_of(numbers.cls);
  plot.curve(finite_points(numbers.values, values), style::fit);
  plot.points(points_with_ranges(numbers.values, numbers.cls), style::data);
  plot.horizontal(1 - numbers.cl, style::other);
  std::vector<Plot::Entry> legend{
      {"CLs, statistical error", style::data, Plot::Mark::points},
      {"1 − CL = " + number_text(1 - numbers.cl, 3), style::other, Plot::Mark::dashes}};
  if (std::isfinite(numbers.observed)) {
    plot.vertical(numbers.observed, style::truth);
    legend.push_back({"observed limit", style::truth, Plot::Mark::dashes});
  }
  plot.legend(legend);
  Numbers json;
  json.add("poi", numbers.poi).add("cl", numbers.cl).add("observed", numbers.observed);
  json.add("mu", std::span<double const>(numbers.values))
      .add("cls", std::span<double const>(values));
  auto const low = lows_of(numbers.cls);
  auto const high = highs_of(numbers.cls);
  json.add("low", std::span<double const>(low)).add("high", std::span<double const>(high));
  return {"cls",
          "CLs against " + numbers.poi,
          "From toys; limits are where it crosses the line.",
          plot.picture("CLs against " + numbers.poi),
          json.text()};
}

}  // namespace toyfarm::report
