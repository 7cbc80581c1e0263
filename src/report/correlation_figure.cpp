#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "toyfarm/report/correlation.hpp"
#include "toyfarm/report/markup.hpp"

#include "report/named_rows.hpp"

namespace toyfarm::report {
namespace {

constexpr double least_numbered = 14;  ///< width of a cell below which columns have no numbers
constexpr double least_told = 34;      ///< below which cells have no values

void draw_cells(Plot& plot, Correlation const& correlation, bool tells_values) {
  auto const n = correlation.names.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < n; ++k) {
      double const value = correlation.values[i * n + k];
      if (!std::isfinite(value)) {
        continue;
      }
      double const x = static_cast<double>(k);
      plot.rectangle({x - 0.5, row_at(i) - 0.5},
                     {x + 0.5, row_at(i) + 0.5},
                     value > 0 ? style::plus : style::minus,
                     std::min(0.999, std::abs(value) * 0.8));
      if (tells_values) {
        plot.text({x, row_at(i)}, number_text(std::round(value * 100) / 100, 3));
      }
    }
  }
}

/// The first parameters of too many.
Correlation first_of(Correlation const& all, std::size_t n) {
  Correlation out;
  for (std::size_t i = 0; i < n; ++i) {
    out.names.push_back(all.names[i]);
    auto const row = all.values.begin() + static_cast<std::ptrdiff_t>(i * all.names.size());
    out.values.insert(out.values.end(), row, row + static_cast<std::ptrdiff_t>(n));
  }
  return out;
}

}  // namespace

Figure correlation_figure(Correlation const& all, std::string const& title, std::size_t n_all) {
  auto const correlation = first_of(all, std::min(all.names.size(), most_correlated));
  auto const n = correlation.names.size();
  auto const size = static_cast<double>(n);
  auto rows = named_rows(correlation.names);
  rows.size.left += 12;
  double const room = rows.size.width - rows.size.left - rows.size.right;
  double const cell = room / std::max(size, 1.0);
  bool const is_numbered = cell >= least_numbered;
  Axis columns{-0.5, std::max(size, 1.0) - 0.5, is_numbered ? "the same parameters" : ""};
  for (std::size_t i = 0; i < n; ++i) {
    columns.ticks.emplace_back(static_cast<double>(i), is_numbered ? std::to_string(i + 1) : "");
    rows.axis.ticks[i].second =
        is_numbered ? fmt::format("{} {}", i + 1, correlation.names[i]) : correlation.names[i];
  }
  rows.axis.low = 0.5 - std::max(size, 1.0);
  rows.axis.high = 0.5;
  rows.size.height = rows.size.top + rows.size.bottom + std::max(room * 0.7, size * 12);
  Plot plot(columns, rows.axis, rows.size);
  draw_cells(plot, correlation, cell >= least_told);
  Numbers json;
  json.add("parameter", std::span<std::string const>(correlation.names))
      .add("correlation", std::span<double const>(correlation.values));
  return {
      "correlation",
      title,
      "Red: positive, blue: negative." +
          (n_all > n ? fmt::format(" The first {} of {} parameters.", n, n_all) : std::string()),
      plot.picture(title),
      json.text()};
}

}  // namespace toyfarm::report
