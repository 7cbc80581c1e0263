#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "toyfarm/report/markup.hpp"
#include "toyfarm/report/toy_figures.hpp"

#include "report/named_rows.hpp"

namespace toyfarm::report {
namespace {

constexpr std::size_t most_rows = 60;

std::string left_out_text(std::size_t n) {
  return n > most_rows ? fmt::format(" The first {} of {}.", most_rows, n) : "";
}

/// Bars of one number per worker, with a mark for another where that is not negative.
template <class Value, class Mark>
Picture bars(std::vector<WorkerShare> const& workers,
             std::string const& label,
             Value const& value,
             Mark const& mark) {
  std::vector<std::string> names;
  double high = 0;
  for (std::size_t i = 0; i < std::min(workers.size(), most_rows); ++i) {
    names.push_back(workers[i].name);
    high = std::max({high, value(workers[i]), mark(workers[i])});
  }
  auto const rows = named_rows(names);
  Plot plot(axis_from_zero(high, label, 1.08), rows.axis, rows.size);
  for (std::size_t i = 0; i < names.size(); ++i) {
    plot.rectangle({0, row_at(i) - 0.32}, {value(workers[i]), row_at(i) + 0.32}, style::fit, 0.75);
    if (double const at = mark(workers[i]); at >= 0) {
      std::array<Point, 2> const stroke{{{at, row_at(i) - 0.42}, {at, row_at(i) + 0.42}}};
      plot.curve(stroke, style::data);
    }
  }
  return plot.picture(label);
}

Numbers numbers_of(std::vector<WorkerShare> const& workers) {
  std::vector<std::string> names;
  std::vector<std::uint64_t> planned;
  std::vector<std::uint64_t> done;
  std::vector<double> seconds;
  for (auto const& worker : workers) {
    names.push_back(worker.name);
    planned.push_back(worker.planned);
    done.push_back(worker.done);
    seconds.push_back(worker.seconds);
  }
  Numbers numbers;
  numbers.add("name", std::span<std::string const>(names))
      .add("planned", std::span<std::uint64_t const>(planned))
      .add("done", std::span<std::uint64_t const>(done))
      .add("seconds", std::span<double const>(seconds));
  return numbers;
}

}  // namespace

Figure pulls_figure(std::vector<ParameterNumbers> const& parameters) {
  auto const n = std::min(parameters.size(), most_rows);
  std::vector<std::string> names;
  std::vector<double> means;
  std::vector<double> errors;
  std::vector<double> widths;
  double reach = 1.5;
  for (std::size_t i = 0; i < n; ++i) {
    auto const& pull = parameters[i].pull;
    names.push_back(parameters[i].name);
    means.push_back(pull.mean);
    errors.push_back(pull.mean_error);
    widths.push_back(pull.width);
    double const end = std::abs(pull.mean) + pull.width;
    reach = std::isfinite(end) ? std::clamp(end * 1.15, reach, 10.0) : reach;
  }
  auto const rows = named_rows(names);
  Plot plot({-reach, reach, "pull: mean ± width"}, rows.axis, rows.size);
  plot.rectangle({-1, rows.axis.low}, {1, rows.axis.high}, style::inner, 0.35);
  plot.vertical(0, style::truth);
  for (std::size_t i = 0; i < n; ++i) {
    ErrorPoint const width{means[i], row_at(i), widths[i], widths[i], 0, 0};
    plot.points(std::span(&width, 1), style::data);
    ErrorPoint const mean{means[i], row_at(i), errors[i], errors[i], 0, 0};
    plot.points(std::span(&mean, 1), style::other);
  }
  Numbers numbers;
  numbers.add("parameter", std::span<std::string const>(names))
      .add("mean", std::span<double const>(means))
      .add("mean_error", std::span<double const>(errors))
      .add("width", std::span<double const>(widths));
  return {"pulls",
          "Pulls of all parameters",
          "Means with their errors (colour) and widths (bars); unit Gaussian: the band." +
              left_out_text(parameters.size()),
          plot.picture("Pulls of all parameters"),
          numbers.text()};
}

Figure shares_figure(std::vector<WorkerShare> const& workers) {
  auto const done = [](WorkerShare const& worker) { return static_cast<double>(worker.done); };
  auto const planned = [](WorkerShare const& worker) {
    return static_cast<double>(worker.planned);
  };
  return {"shares",
          "Where toys ran",
          "Bars: toys done; strokes: the plan's." + left_out_text(workers.size()),
          bars(workers, "toys", done, planned),
          numbers_of(workers).text()};
}

Figure times_figure(std::vector<WorkerShare> const& workers) {
  auto const seconds = [](WorkerShare const& worker) { return worker.seconds; };
  return {"times",
          "Time at work",
          "From first to last toy of each." + left_out_text(workers.size()),
          bars(workers, "time / s", seconds, [](WorkerShare const&) { return -1.0; }),
          numbers_of(workers).text()};
}

}  // namespace toyfarm::report
