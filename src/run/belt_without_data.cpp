#include "run/belt_without_data.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"

namespace toyfarm::run {
namespace {

constexpr std::uint64_t usual_toys_of_belts = 2000;  // of each value

/// A true value at a level: where the statistic is accepted, and estimates that are.
struct BeltRow {
  double cl;
  std::optional<inference::Critical> critical;
  std::optional<inference::Range> estimates;
};

BeltRow row_of(BeltToys const& toys, double truth, double cl) {
  auto const& statistics = toys.toys().at(truth);
  BeltRow row{cl, inference::critical_value(statistics, cl), std::nullopt};
  if (row.critical) {
    row.estimates =
        inference::accepted_estimates(statistics, toys.estimates().at(truth), *row.critical);
  }
  return row;
}

std::string line_of(double truth, BeltRow const& row) {
  return fmt::format("{:>12.6g}{:>10.4g}{:>14}  {}\n",
                     truth,
                     row.cl,
                     row.critical ? fmt::format("{:.5g}", row.critical->value) : "none",
                     row.estimates
                         ? fmt::format("[{:.5g}, {:.5g}]", row.estimates->low, row.estimates->high)
                         : std::string("none"));
}

}  // namespace

Json critical_json(double cl, std::optional<inference::Critical> const& critical) {
  return {{"cl", cl},
          {"value", critical ? json_number(critical->value) : Json(nullptr)},
          {"low", critical ? json_number(critical->statistical.low) : Json(nullptr)},
          {"high", critical ? json_number(critical->statistical.high) : Json(nullptr)}};
}

Answer belt_without_data(IntervalQuestion const& question,
                         Input const& input,
                         ToyFarm& farm,
                         std::size_t poi,
                         double bound) {
  auto const& p = input.model.parameters[poi];
  if (!question.toys.grid) {
    throw core::UsageError("interval --blind: give the true values of the belt, --grid LO:HI:N");
  }
  auto const grid = grid_within(*question.toys.grid, p, bound);
  ToyTruths const truths(input, nullptr, poi, question.toys.nuisances);
  warn_of_few(question.toys, 1 - *std::ranges::max_element(question.cl));
  BeltToys toys(input, farm, truths, nullptr, poi, bound);
  std::vector<inference::PointToys> points;
  for (std::size_t i = 0; i < grid.n; ++i) {
    points.push_back({grid.at(i), first_toys(question.toys, usual_toys_of_belts, grid.n)});
  }
  toys.run(points);
  auto out = answer_head("interval", p.name);
  tell_toys(question.toys, truths, farm, out);
  out["definitions"]["belt"] =
      "the quantile cl of t-tilde (arXiv:1007.1727 eq. 11) of toys at each true value; least and "
      "largest estimate of toys up to it";
  out["definitions"]["physical_bound"] = bound;
  std::size_t n_failed = 0;
  auto table =
      fmt::format("{:>12}{:>10}{:>14}  estimates\n", core::printable(p.name), "cl", "t quantile");
  out["intervals"] = Json::array();
  out["belt"] = Json::array();
  for (auto const& [truth, statistics] : toys.toys()) {
    auto const failed = static_cast<std::size_t>(std::ranges::count_if(
        statistics, [](auto const& toy) { return toy.outcome != inference::Outcome::value; }));
    Json critical = Json::array();
    for (double const cl : question.cl) {
      auto const row = row_of(toys, truth, cl);
      critical.push_back(critical_json(cl, row.critical));
      critical.back()["estimates"] =
          row.estimates ? Json{row.estimates->low, row.estimates->high} : Json(nullptr);
      table += line_of(truth, row);
    }
    n_failed += failed;
    out["belt"].push_back({{"truth", truth},
                           {"n_toys", statistics.size() - failed},
                           {"n_failed", failed},
                           {"critical", std::move(critical)}});
  }
  out["n_failed"] = n_failed;
  return {core::ExitCode::success, table, json_text(out)};
}

}  // namespace toyfarm::run
