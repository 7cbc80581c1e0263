#include <algorithm>
#include <map>

#include "toyfarm/report/markup.hpp"

#include "app/pages/answers.hpp"

namespace toyfarm::app {

using report::Section;

report::Ranged ranged_at(Document const& json, std::string_view key) {
  auto const& value = at(json, key);
  report::Ranged out{value_at(json, key), number_at(value, "low"), number_at(value, "high")};
  if (double const error = number_at(value, "error"); error > 0) {
    out.low = out.value - error;
    out.high = out.value + error;
  }
  return out;
}

std::string told(Document const& json, std::string_view key) {
  auto const number = ranged_at(json, key);
  double const error = number_at(at(json, key), "error");
  auto text =
      error > 0 ? report::value_text(number.value, error) : report::number_text(number.value, 6);
  if (!(error > 0) && number.low <= number.high) {
    text += " [" + report::number_text(number.low, 4) + ", " + report::number_text(number.high, 4) +
            "]";
  }
  return text;
}

std::vector<report::AcceptedRange> ranges_of(Document const& intervals) {
  std::vector<report::AcceptedRange> out;
  for (auto const& interval : intervals) {
    double const cl = number_at(interval, "cl");
    if (auto const& pieces = at(interval, "pieces"); pieces.is_array()) {
      for (auto const& piece : pieces) {
        if (piece.is_array() && piece.size() == 2) {
          out.push_back({cl, number_of(piece[0]), number_of(piece[1])});
        }
      }
    } else if (cl > 0 && cl < 1) {
      out.push_back({cl,
                     number_at(interval, "low"),
                     number_at(interval, "high"),
                     text_at(interval, "low_state"),
                     text_at(interval, "high_state")});
    }
  }
  return out;
}

void add_interval(Section& section, Document const& json) {
  report::BeltNumbers belt;
  belt.poi = text_at(json, "poi");
  belt.accepted = ranges_of(at(json, "intervals"));
  for (auto const& range : belt.accepted) {
    section.facts.emplace_back(report::number_text(100 * range.cl, 6) + " % CL", range_text(range));
  }
  for (auto const& point : at(json, "belt")) {
    belt.truths.push_back(number_at(point, "truth"));
    belt.observed.push_back(value_at(point, "t_observed"));
    std::size_t i = 0;
    for (auto const& critical : at(point, "critical")) {
      belt.critical.resize(std::max(belt.critical.size(), i + 1));
      auto& quantile = belt.critical[i++];
      quantile.cl = number_at(critical, "cl");
      quantile.values.resize(belt.truths.size() - 1);
      quantile.values.push_back(
          {number_at(critical, "value"), number_at(critical, "low"), number_at(critical, "high")});
    }
  }
  if (!belt.truths.empty()) {
    section.figures.push_back(report::belt_figure(belt));
  }
}

void add_coverage(Section& section, Document const& json) {
  std::map<std::pair<std::string, double>, report::CoverageNumbers::Curve> curves;
  report::Table table{{"interval", "CL", "truth", "coverage"}, {}};
  for (auto const& point : at(json, "points")) {
    auto const method = text_at(point, "method");
    double const cl = number_at(point, "cl");
    auto& curve = curves[{method, cl}];
    curve.method = method;
    curve.cl = cl;
    curve.truths.push_back(number_at(point, "truth"));
    curve.shares.push_back(ranged_at(point, "coverage"));
    table.rows.push_back({method,
                          report::number_text(cl),
                          report::number_text(curve.truths.back(), 6),
                          told(point, "coverage")});
  }
  report::CoverageNumbers coverage{text_at(json, "poi"), {}};
  for (auto& [key, curve] : curves) {
    coverage.curves.push_back(std::move(curve));
  }
  if (!coverage.curves.empty()) {
    section.figures.push_back(report::coverage_figure(coverage));
    section.tables.push_back(std::move(table));
  }
}

void add_tables(Section& section, Document const& json) {
  for (auto const& [key, value] : json.items()) {
    if (value.is_object() && value.contains("p")) {
      section.facts.emplace_back(
          key, "statistic " + told(value, "statistic") + ", p " + told(value, "p"));
    }
    if (!value.is_array() || value.empty() || !value.front().is_object()) {
      continue;
    }
    report::Table table;
    for (auto const& [name, member] : value.front().items()) {
      if (!member.is_array()) {
        table.head.push_back(name);
      }
    }
    for (auto const& entry : value) {
      std::vector<std::string> row;
      for (auto const& name : table.head) {
        row.push_back(at(entry, name).is_string() ? text_at(entry, name) : told(entry, name));
      }
      table.rows.push_back(std::move(row));
    }
    section.tables.push_back(std::move(table));
  }
}

}  // namespace toyfarm::app
