#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "toyfarm/report/markup.hpp"

#include "report/answer_parts.hpp"
#include "report/named_rows.hpp"

namespace toyfarm::report {
namespace {

constexpr std::size_t most_nuisances = 40;

double size_of(ImpactNumbers const& impact) {
  double const up = std::isfinite(impact.post_up) ? std::abs(impact.post_up) : 0;
  double const down = std::isfinite(impact.post_down) ? std::abs(impact.post_down) : 0;
  return std::max(up, down);
}

Picture pulls_part(std::vector<ImpactNumbers> const& impacts, NamedRows rows) {
  double reach = 1.6;
  for (auto const& impact : impacts) {
    double const end = std::abs(impact.pull) + impact.constraint;
    reach = std::isfinite(end) ? std::clamp(end * 1.1, reach, 6.0) : reach;
  }
  rows.size.width = rows.size.left + 100;
  rows.size.right = 6;
  Axis x{-reach, reach, "pull"};
  x.ticks = {{-1, "−1"}, {0, "0"}, {1, "1"}};
  Plot plot(x, rows.axis, rows.size);
  plot.rectangle({-1, rows.axis.low}, {1, rows.axis.high}, style::inner, 0.3);
  plot.vertical(0, style::truth);
  for (std::size_t i = 0; i < impacts.size(); ++i) {
    if (std::isfinite(impacts[i].pull)) {
      ErrorPoint const point{
          impacts[i].pull, row_at(i), impacts[i].constraint, impacts[i].constraint};
      plot.points(std::span(&point, 1), style::data);
    }
  }
  return plot.picture("");
}

Picture impacts_part(std::string const& poi,
                     std::vector<ImpactNumbers> const& impacts,
                     NamedRows rows,
                     double width) {
  double reach = 0;
  for (auto const& impact : impacts) {
    for (double const shift : {impact.post_up, impact.post_down, impact.pre_up, impact.pre_down}) {
      reach = std::isfinite(shift) ? std::max(reach, std::abs(shift) * 1.1) : reach;
    }
  }
  reach = reach > 0 ? reach : 1;
  for (auto& tick : rows.axis.ticks) {
    tick.second.clear();
  }
  rows.size.width = width;
  rows.size.left = 6;
  Plot plot(Axis{-reach, reach, "Δ " + poi}, rows.axis, rows.size);
  for (std::size_t i = 0; i < impacts.size(); ++i) {
    auto const& impact = impacts[i];
    auto const bar = [&](double end, std::string_view style) {
      if (std::isfinite(end)) {
        plot.rectangle({0, row_at(i) - 0.32}, {end, row_at(i) + 0.32}, style);
      }
    };
    bar(impact.post_up, style::plus);
    bar(impact.post_down, style::minus);
    for (double const end : {impact.pre_up, impact.pre_down}) {
      std::array<Point, 2> const stroke{{{end, row_at(i) - 0.42}, {end, row_at(i) + 0.42}}};
      plot.curve(stroke, style::data);
    }
  }
  plot.vertical(0, style::data);
  return plot.picture("");
}

Numbers numbers_of(std::string const& poi, std::vector<ImpactNumbers> const& impacts) {
  std::vector<std::string> names;
  for (auto const& impact : impacts) {
    names.push_back(impact.name);
  }
  Numbers numbers;
  numbers.add("poi", poi).add("name", std::span<std::string const>(names));
  for (auto const& [name, member] : {std::pair("pull", &ImpactNumbers::pull),
                                     {"constraint", &ImpactNumbers::constraint},
                                     {"post_up", &ImpactNumbers::post_up},
                                     {"post_down", &ImpactNumbers::post_down},
                                     {"pre_up", &ImpactNumbers::pre_up},
                                     {"pre_down", &ImpactNumbers::pre_down}}) {
    std::vector<double> values;
    std::ranges::transform(impacts, std::back_inserter(values), member);
    numbers.add(name, std::span<double const>(values));
  }
  return numbers;
}

}  // namespace

Figure impacts_figure(std::string const& poi, std::vector<ImpactNumbers> impacts) {
  std::ranges::stable_sort(impacts, std::greater(), size_of);
  auto const json = numbers_of(poi, impacts).text();
  auto const n_all = impacts.size();
  impacts.resize(std::min(n_all, most_nuisances));
  std::vector<std::string> names;
  for (auto const& impact : impacts) {
    names.push_back(impact.name);
  }
  auto const rows = named_rows(names);
  auto const left = pulls_part(impacts, rows);
  constexpr double whole = 360;
  auto const title = "Impacts on " + poi;
  auto picture = beside(left, impacts_part(poi, impacts, rows, whole - left.width), title);
  auto caption = std::string(
      "Red: nuisance at its upper end, blue: at its lower; strokes: one prior's error away. Pull: "
      "(estimate − prior's) / prior's "
      "error, of nuisances that have a prior.");
  if (n_all > impacts.size()) {
    caption += fmt::format(" The {} largest of {}.", impacts.size(), n_all);
  }
  return {"impacts", title, caption, std::move(picture), json};
}

}  // namespace toyfarm::report
