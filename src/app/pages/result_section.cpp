#include "toyfarm/report/markup.hpp"

#include "app/pages/pages.hpp"

namespace toyfarm::app {
namespace {

std::string with_error(double value, double error) {
  return error > 0 ? report::value_text(value, error) : report::number_text(value, 6);
}

report::Table parameter_table(Document const& result) {
  auto const& pulls = at(at(result, "summary"), "pulls_by_param");
  auto const column = [&](std::string_view key) {
    auto values = numbers_at(pulls, key);
    values.resize(at(result, "parameter_names").size(), number_of(Document()));
    return values;
  };
  auto const estimates = column("estimate_mean");
  auto const spreads = column("estimate_std");
  auto const means = column("mean");
  auto const errors = column("error_of_mean");
  auto const widths = column("std_ddof1");
  auto const counts = column("n_ok");
  report::Table table{{"parameter", "mean", "width", "pull mean", "pull width", "pulls"}, {}};
  for (auto const& name : at(result, "parameter_names")) {
    auto const i = table.rows.size();
    table.rows.push_back({name.is_string() ? name.get<std::string>() : "",
                          report::number_text(estimates[i], 6),
                          report::number_text(spreads[i], 4),
                          with_error(means[i], errors[i]),
                          report::number_text(widths[i], 4),
                          report::number_text(counts[i], 9)});
  }
  return table;
}

}  // namespace

report::Section result_section(std::filesystem::path const& file) {
  auto const result = read_without_lists(file,
                                         {"parameter_names",
                                          "estimate_mean",
                                          "estimate_std",
                                          "mean",
                                          "error_of_mean",
                                          "std_ddof1",
                                          "n_ok"});
  report::Section section{"Parameters"};
  section.paragraphs.emplace_back(
      "No row of a toy was kept (--keep summary): there are no histograms.");
  section.tables.push_back(parameter_table(result));
  report::Table ends{{"status", "toys"}, {}};
  for (auto const& [status, n] : at(at(result, "results"), "by_status").items()) {
    if (n.is_number_unsigned() && n.get<std::uint64_t>() > 0) {
      ends.rows.push_back({status, n.dump()});
    }
  }
  section.tables.push_back(std::move(ends));
  return section;
}

}  // namespace toyfarm::app
