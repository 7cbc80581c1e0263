#include <cmath>

#include <fmt/core.h>

#include "toyfarm/report/markup.hpp"
#include "toyfarm/report/toy_figures.hpp"

namespace toyfarm::report {
namespace {

std::string with_error(double value, double error) {
  return std::isnan(value) ? "–" : value_text(value, error);
}

std::string bounds_text(ensemble::Bounds const& bounds) {
  return bounds ? number_text(bounds->first, 6) + " … " + number_text(bounds->second, 6)
                : "no finite bound";
}

std::string number_or_none(std::optional<double> value) {
  return value ? number_text(*value, 6) : "–";
}

}  // namespace

Table parameter_table(record::StudyInfo const& study, ensemble::Summary const& summary) {
  Table table{{"parameter",
               "truth",
               "mean",
               "width",
               "pull mean",
               "pull width",
               "pulls",
               "at a bound",
               "at an edge"},
              {}};
  for (std::size_t j = 0; j < study.parameter_names.size(); ++j) {
    auto const& p = summary.parameters[j];
    std::vector<std::string> row{study.parameter_names[j] + (j == study.poi ? " (POI)" : ""),
                                 number_text(study.truth[j], 6)};
    if (study.fixed[j] || !study.used[j]) {
      row.emplace_back(study.fixed[j] ? "fixed" : "unused");
      row.resize(table.head.size());
    } else {
      auto const estimate = mean_and_width(p.estimates);
      auto const pull = mean_and_width(p.pulls.values);
      row.push_back(with_error(estimate.mean, estimate.mean_error));
      row.push_back(with_error(estimate.width, estimate.width_error));
      row.push_back(with_error(pull.mean, pull.mean_error));
      row.push_back(with_error(pull.width, pull.width_error));
      row.push_back(std::to_string(pull.n));
      row.push_back(std::to_string(p.n_at_lower + p.n_at_upper));
      row.push_back(std::to_string(p.n_at_edge));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Section failure_section(record::StudyInfo const& study, ensemble::Summary const& summary) {
  Section section{"How toys ended"};
  Table ends{{"status", "toys", "counts as"}, {}};
  for (int s = 0; s < core::n_fit_statuses; ++s) {
    auto const status = static_cast<core::FitStatus>(s);
    if (auto const n = summary.by_status[static_cast<std::size_t>(s)]; n > 0) {
      ends.rows.push_back({std::string(core::to_string(status)),
                           std::to_string(n),
                           core::is_converged(status) ? "converged" : "failed"});
    }
  }
  if (summary.n_missing > 0) {
    ends.rows.push_back({"no row", std::to_string(summary.n_missing), "missing"});
  }
  section.tables.push_back(std::move(ends));
  auto const n_bad = summary.n_failed + summary.n_missing;
  section.paragraphs.push_back(
      n_bad == 0 ? "No toy failed or is missing: nothing could change."
                 : fmt::format(
                       "{} of {} toys failed or are missing. At their worst they could make of it:",
                       n_bad,
                       summary.n_requested));
  if (n_bad == 0 || !study.poi) {
    return section;
  }
  auto const& poi = summary.parameters[*study.poi];
  auto const& name = study.parameter_names[*study.poi];
  Table worst{{"", "without them", "with them at their worst"}, {}};
  auto const n = static_cast<double>(summary.n_requested);
  worst.rows.push_back({"share of converged toys",
                        number_text(static_cast<double>(summary.n_converged) / n, 6),
                        bounds_text(summary.converged_fraction_bounds)});
  worst.rows.push_back({"mean of " + name,
                        number_or_none(poi.estimates.mean),
                        bounds_text(summary.poi_mean_bounds)});
  worst.rows.push_back({"median of " + name,
                        number_or_none(poi.estimates.median),
                        bounds_text(summary.poi_median_bounds)});
  worst.rows.push_back({"share of |pull| < 1",
                        number_or_none(poi.pulls.frac_abs_lt_1),
                        bounds_text(poi.pulls.frac_abs_lt_1_bounds)});
  worst.rows.push_back({"share of |pull| < 2",
                        number_or_none(poi.pulls.frac_abs_lt_2),
                        bounds_text(poi.pulls.frac_abs_lt_2_bounds)});
  section.tables.push_back(std::move(worst));
  return section;
}

}  // namespace toyfarm::report
