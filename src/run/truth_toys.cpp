#include "run/truth_toys.hpp"

#include <cmath>

#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"

namespace toyfarm::run {

std::vector<double> true_values(ToyChoice const& choice,
                                Input const& input,
                                std::size_t poi,
                                std::string const& command) {
  auto const& p = input.model.parameters[poi];
  if (!choice.grid) {
    return {p.init};
  }
  auto const& grid = *choice.grid;
  if (grid.lower < p.lower || grid.upper > p.upper) {
    throw core::UsageError(fmt::format("{} --grid: values of {} must lie within [{:g}, {:g}]",
                                       command,
                                       core::printable(p.name),
                                       p.lower,
                                       p.upper));
  }
  std::vector<double> values;
  for (std::size_t i = 0; i < grid.n; ++i) {
    values.push_back(grid.at(i));
  }
  return values;
}

std::unique_ptr<DataProfile> data_for(ToyChoice const& choice, Input const& input, int threads) {
  if (choice.nuisances.value_or(Nuisances::init) == Nuisances::init) {
    return nullptr;
  }
  require_data(input, "--nuisances " + std::string(core::word_of(*choice.nuisances)));
  auto data = std::make_unique<DataProfile>(observed_profile(input, threads));
  require_converged(data->fit(), "nuisances");
  return data;
}

TruthToys run_truths(TruthOrder const& order,
                     Input const& input,
                     ToyTruths const& truths,
                     ToyFarm& farm) {
  auto const& model = (order.fitted != nullptr ? *order.fitted : input).model;
  auto const poi = model.poi.value();
  auto const& p = model.parameters[poi];
  auto const n = order.n_toys;
  ToyOrder toys{"toys", {"free", "truth"}, {}, order.fitted};
  for (double const value : order.values) {
    toys.points.push_back({truths.at(value), 0, n, {{}, poi_at(poi, value)}});
  }
  auto const rows = farm.run(toys);
  TruthToys out{order.values, std::vector<std::vector<TruthToy>>(order.values.size()), 0};
  record::for_each_row(*rows, [&](record::RowView const& row) {
    auto const i = static_cast<std::size_t>(row.toy().value / n);
    inference::SampleFits const fits{end_of(row, 0, poi), end_of(row, 1, poi), std::nullopt};
    TruthToy toy{fits.free.poi,
                 row.error(poi),
                 fits.free.converged,
                 inference::evaluate(inference::StatisticKind::t, fits, order.values[i]),
                 inference::signed_root(fits, order.values[i], p.lower)};
    out.n_failed += toy.at_truth.outcome == inference::Outcome::value ? 0U : 1U;
    out.toys[i].push_back(toy);
  });
  return out;
}

}  // namespace toyfarm::run
