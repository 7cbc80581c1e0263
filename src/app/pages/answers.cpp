#include "app/pages/answers.hpp"

#include <array>

#include "toyfarm/report/markup.hpp"

namespace toyfarm::app {
namespace {

using report::Section;

std::array<double, 5> bands_at(Document const& json) {
  return {value_at(json, "-2"),
          value_at(json, "-1"),
          value_at(json, "0"),
          value_at(json, "+1"),
          value_at(json, "+2")};
}

}  // namespace

void add_scan(Section& section, Document const& json) {
  report::ScanNumbers scan;
  for (auto const& name : at(json, "parameters")) {
    scan.parameters.push_back(name.is_string() ? name.get<std::string>() : "");
    scan.best.push_back(value_at(at(json, "best_fit"), scan.parameters.back()));
  }
  scan.values.resize(scan.parameters.size());
  for (auto const& point : at(json, "points")) {
    auto values = numbers_at(point, "values");
    values.resize(scan.values.size(), report::no_number);
    for (std::size_t i = 0; i < values.size(); ++i) {
      scan.values[i].push_back(values[i]);
    }
    scan.two_delta_nll.push_back(number_at(point, "two_delta_nll"));
    if (at(point, "two_delta_nll_stat_only").is_number()) {
      scan.stat_only.push_back(number_at(point, "two_delta_nll_stat_only"));
    }
  }
  if (scan.stat_only.size() != scan.two_delta_nll.size()) {
    scan.stat_only.clear();
  }
  scan.intervals = ranges_of(at(json, "intervals"));
  for (auto const& name : scan.parameters) {
    section.facts.emplace_back("best fit of " + name, told(at(json, "best_fit"), name));
  }
  for (auto const& range : scan.intervals) {
    section.facts.emplace_back(report::number_text(100 * range.cl, 6) + " % interval",
                               range_text(range));
  }
  if (scan.parameters.size() == 1 && !scan.two_delta_nll.empty()) {
    section.figures.push_back(report::scan_figure(scan));
  } else if (scan.parameters.size() == 2 && !scan.two_delta_nll.empty()) {
    section.figures.push_back(report::scan_map_figure(scan));
  }
}

void add_limit(Section& section, Document const& json) {
  auto const poi = text_at(json, "poi");
  auto const cl = number_at(json, "cl");
  section.facts.emplace_back("observed upper limit", told(json, "observed"));
  report::BandNumbers bands{
      "upper limit on " + poi + " at " + report::number_text(100 * cl, 6) + " % CL", {}};
  auto const& asymptotic = at(json, "asymptotic");
  if (text_at(json, "method") != "asymptotic") {
    for (auto const* definition : {"A", "B"}) {
      if (auto const& expected = at(at(json, "expected"), definition); expected.is_object()) {
        bands.rows.push_back(
            {std::string("toys, ") + definition, value_at(json, "observed"), bands_at(expected)});
      }
    }
  }
  if (asymptotic.is_object()) {
    bands.rows.push_back(
        {"asymptotic", value_at(asymptotic, "observed"), bands_at(at(asymptotic, "expected"))});
  }
  if (!bands.rows.empty()) {
    section.figures.push_back(report::band_figure(bands, "limit", "Upper limit on " + poi));
  }
  report::ClsNumbers cls{poi, cl, value_at(json, "observed"), {}, {}};
  for (auto const& point : at(json, "cls")) {
    cls.values.push_back(number_at(point, "mu"));
    cls.cls.push_back(ranged_at(point, "cls"));
  }
  if (!cls.values.empty()) {
    section.figures.push_back(report::cls_figure(cls));
  }
}

void add_significance(Section& section, Document const& json) {
  for (auto const& [key, name] : {std::pair("z", "Z"),
                                  {"p0", "p0"},
                                  {"q0_observed", "observed q0"},
                                  {"share_zero", "share of toys at q0 = 0"}}) {
    if (!at(json, key).is_null()) {
      section.facts.emplace_back(name, told(json, key));
    }
  }
  auto const& expected = at(json, "expected");
  if (expected.is_object()) {
    report::BandNumbers const bands{"significance Z",
                                    {{text_at(json, "poi") + " = " + text_at(expected, "poi"),
                                      value_at(json, "z"),
                                      bands_at(expected)}}};
    section.figures.push_back(
        report::band_figure(bands, "significance", "Observed and expected significance"));
  }
}

void add_impacts(Section& section, Document const& json) {
  std::vector<report::ImpactNumbers> impacts;
  for (auto const& entry : at(json, "impacts")) {
    impacts.push_back({text_at(entry, "name"),
                       number_at(entry, "pull"),
                       number_at(entry, "constraint"),
                       value_at(entry, "post_up"),
                       value_at(entry, "post_down"),
                       value_at(entry, "pre_up"),
                       value_at(entry, "pre_down")});
  }
  if (auto const share = number_at(at(json, "best_fit"), "statistical_error"); share > 0) {
    section.facts.emplace_back("statistical error", report::number_text(share));
  }
  if (!impacts.empty()) {
    section.figures.push_back(report::impacts_figure(text_at(json, "poi"), std::move(impacts)));
  }
}

}  // namespace toyfarm::app
