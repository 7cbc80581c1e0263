#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/core.h>

#include "toyfarm/report/markup.hpp"
#include "toyfarm/report/toy_figures.hpp"

namespace toyfarm::report {
namespace {

/// Expected counts of a Gaussian per bin, at its density.
std::vector<Point> gaussian(Histogram const& histogram, double n, double mean, double width) {
  constexpr int n_steps = 160;
  std::vector<Point> points;
  double const height = n * histogram.bin_width() / (width * std::sqrt(2 * std::numbers::pi));
  for (int i = 0; width > 0 && i <= n_steps; ++i) {
    double const x = histogram.low + (histogram.high - histogram.low) * i / n_steps;
    double const z = (x - mean) / width;
    points.push_back({x, height * std::exp(-z * z / 2)});
  }
  return points;
}

std::vector<ErrorPoint> counts_with_errors(Histogram const& histogram) {
  std::vector<ErrorPoint> points;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    if (auto const n = static_cast<double>(histogram.counts[i]); n > 0) {
      points.push_back({histogram.center(i), n, 0, 0, std::sqrt(n), std::sqrt(n)});
    }
  }
  return points;
}

double highest(Histogram const& histogram, std::vector<Point> const& curve) {
  auto const n = static_cast<double>(histogram.largest());
  double high = n + std::sqrt(n);
  for (auto const& point : curve) {
    high = std::max(high, point.y);
  }
  return high;
}

std::string outside_text(Histogram const& histogram) {
  return histogram.below + histogram.above == 0
             ? ""
             : fmt::format(" Outside: {} below, {} above.", histogram.below, histogram.above);
}

Numbers numbers_of(ParameterNumbers const& p,
                   Histogram const& histogram,
                   MeanAndWidth const& moments) {
  Numbers numbers;
  numbers.add("parameter", p.name)
      .add("truth", p.truth)
      .add("low", histogram.low)
      .add("high", histogram.high)
      .add("counts", std::span<std::uint64_t const>(histogram.counts))
      .add("below", histogram.below)
      .add("above", histogram.above)
      .add("n", moments.n)
      .add("mean", moments.mean)
      .add("mean_error", moments.mean_error)
      .add("width", moments.width)
      .add("width_error", moments.width_error);
  return numbers;
}

std::vector<std::string> moments_text(MeanAndWidth const& moments) {
  return {fmt::format("{} toys", moments.n),
          "mean " + value_text(moments.mean, moments.mean_error),
          "width " + value_text(moments.width, moments.width_error)};
}

Plot plot_of(Histogram const& histogram, std::string label, std::vector<Point> const& curve) {
  Axis const x{histogram.low, histogram.high, std::move(label)};
  Plot plot(x,
            axis_from_zero(
                highest(histogram, curve), "toys / " + number_text(histogram.bin_width(), 3), 1.5));
  plot.curve(curve, style::fit);
  plot.points(counts_with_errors(histogram), style::data);
  return plot;
}

}  // namespace

Figure estimate_figure(ParameterNumbers const& p) {
  auto const curve =
      gaussian(p.estimates, static_cast<double>(p.estimate.n), p.estimate.mean, p.estimate.width);
  auto plot = plot_of(p.estimates, p.name, curve);
  double const high = highest(p.estimates, curve) * 1.04;
  std::array<Point, 2> const truth{{{p.truth, 0}, {p.truth, high}}};
  plot.dashes(truth, style::truth);
  plot.legend({{"converged toys", style::data, Plot::Mark::points},
               {"Gaussian", style::fit, Plot::Mark::line},
               {"truth", style::truth, Plot::Mark::dashes}});
  plot.note(moments_text(p.estimate));
  return {"estimates_" + file_key(p.name),
          "Estimates of " + p.name,
          "Gaussian of their mean and width." + outside_text(p.estimates),
          plot.picture("Estimates of " + p.name),
          numbers_of(p, p.estimates, p.estimate).text()};
}

Figure pull_figure(ParameterNumbers const& p) {
  auto const curve = gaussian(p.pulls, static_cast<double>(p.pull.n), 0, 1);
  auto plot = plot_of(p.pulls, "pull of " + p.name, curve);
  plot.legend({{"converged toys", style::data, Plot::Mark::points},
               {"unit Gaussian", style::fit, Plot::Mark::line}});
  plot.note(moments_text(p.pull));
  return {"pulls_" + file_key(p.name),
          "Pulls of " + p.name,
          "(estimate − truth) / error, of toys with an error." + outside_text(p.pulls),
          plot.picture("Pulls of " + p.name),
          numbers_of(p, p.pulls, p.pull).text()};
}

}  // namespace toyfarm::report
