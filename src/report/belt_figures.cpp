#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "toyfarm/report/markup.hpp"

#include "report/answer_parts.hpp"

namespace toyfarm::report {
namespace {

constexpr std::array curve_styles{style::fit, style::other, style::truth, style::data};

double highest(std::vector<double> const& values, double at_least) {
  auto const extent = extent_of(values);
  return std::max(extent.high, at_least);
}

}  // namespace

Figure belt_figure(BeltNumbers const& belt) {
  double critical = 1;
  for (auto const& quantile : belt.critical) {
    critical = highest(highs_of(quantile.values), highest(values_of(quantile.values), critical));
  }
  auto const x = extent_of(belt.truths);
  double const high = std::clamp(highest(belt.observed, critical), critical, 4 * critical);
  Plot plot(axis_around(x.low, x.high, "true " + belt.poi),
            axis_from_zero(high, "statistic t", 1.45));
  std::vector<Plot::Entry> legend{{"the data", style::data, Plot::Mark::line}};
  Numbers json;
  json.add("poi", belt.poi)
      .add("truth", std::span<double const>(belt.truths))
      .add("t_observed", std::span<double const>(belt.observed));
  for (std::size_t i = 0; i < belt.critical.size(); ++i) {
    auto const& quantile = belt.critical[i];
    auto const look = curve_styles[i % (curve_styles.size() - 1)];
    auto const values = values_of(quantile.values);
    plot.curve(finite_points(belt.truths, values), look);
    plot.points(points_with_ranges(belt.truths, quantile.values), look);
    legend.push_back({fmt::format("{} quantile of toys", number_text(quantile.cl, 4)),
                      look,
                      Plot::Mark::points});
    json.add(fmt::format("critical_{}", quantile.cl), std::span<double const>(values));
  }
  plot.curve(finite_points(belt.truths, belt.observed), style::data);
  std::string caption = "True values are accepted where the data's line is not above the quantile.";
  for (auto const& range : belt.accepted) {
    for (double const end : {range.low, range.high}) {
      plot.vertical(end, style::truth);
    }
    caption += fmt::format(" {} {}.", cl_text(range.cl), range_text(range));
  }
  plot.legend(legend);
  return {"belt", "Belt of " + belt.poi, caption, plot.picture("Belt of " + belt.poi), json.text()};
}

Figure coverage_figure(CoverageNumbers const& coverage) {
  std::vector<double> truths;
  std::vector<double> shares{1};
  for (auto const& curve : coverage.curves) {
    truths.insert(truths.end(), curve.truths.begin(), curve.truths.end());
    shares.push_back(curve.cl);
    for (auto const& list : {values_of(curve.shares), lows_of(curve.shares)}) {
      shares.insert(shares.end(), list.begin(), list.end());
    }
  }
  auto const x = extent_of(truths);
  auto y = axis_around(extent_of(shares).low, 1, "coverage");
  y.high += (1 - y.low) * 0.45;
  for (auto const& [value, text] : ticks_of(Axis{y.low, 1, ""}, 5).major) {
    y.ticks.emplace_back(value, text);
  }
  Plot plot(axis_around(x.low, x.high, "true " + coverage.poi), y);
  std::vector<Plot::Entry> legend;
  Numbers json;
  json.add("poi", coverage.poi);
  for (std::size_t i = 0; i < coverage.curves.size(); ++i) {
    auto const& curve = coverage.curves[i];
    auto const look = curve_styles[i % curve_styles.size()];
    plot.horizontal(curve.cl, look);
    plot.points(points_with_ranges(curve.truths, curve.shares), look);
    auto const name = curve.method + " " + cl_text(curve.cl);
    legend.push_back({name, look, Plot::Mark::points});
    auto const values = values_of(curve.shares);
    json.add("truth: " + name, std::span<double const>(curve.truths))
        .add(name, std::span<double const>(values));
  }
  plot.legend(legend);
  return {"coverage",
          "Coverage",
          "Shares of toys whose interval holds the truth; dashed: what it should be.",
          plot.picture("Coverage"),
          json.text()};
}

}  // namespace toyfarm::report
