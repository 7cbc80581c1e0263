#include "run/belt_toys.hpp"

#include <utility>

#include <fmt/core.h>

namespace toyfarm::run {

using inference::StatisticKind;

BeltToys::BeltToys(Input const& input,
                   ToyFarm& farm,
                   ToyTruths const& truths,
                   DataProfile* data,
                   std::size_t poi,
                   double bound)
    : farm_(&farm),
      truths_(&truths),
      data_(data),
      poi_(poi),
      bound_(bound),
      goes_below_(input.model.parameters[poi].lower < bound) {}

void BeltToys::run(std::vector<inference::PointToys> const& points) {
  ++round_;
  ToyOrder order{fmt::format("round_{:02}", round_), {"free", "tested"}, {}};
  if (goes_below_) {
    order.hypotheses.emplace_back("bound");
  }
  std::vector<double> tested;  // of each toy
  for (auto const& [value, n] : points) {
    auto const& there = toys_[value];
    std::vector<study::Hypothesis> hypotheses{{}, poi_at(poi_, value)};
    if (goes_below_) {
      hypotheses.push_back(poi_at(poi_, bound_));
    }
    order.points.push_back({truths_->at(value), there.size(), n, std::move(hypotheses)});
    tested.insert(tested.end(), n, value);
    if (data_ != nullptr && !observed_.contains(value)) {
      observed_[value] = statistic_of(*data_, StatisticKind::t_tilde, poi_, value, bound_);
    }
  }
  auto const rows = farm_->run(order);
  record::for_each_row(*rows, [&](record::RowView const& row) {
    double const value = tested[row.toy().value];
    inference::SampleFits fits{end_of(row, 0, poi_), end_of(row, 1, poi_), std::nullopt};
    if (goes_below_) {
      fits.at_bound = end_of(row, 2, poi_);
    }
    estimates_[value].push_back(fits.free.poi);
    toys_[value].push_back(inference::evaluate(StatisticKind::t_tilde, fits, value, bound_));
  });
}

std::vector<inference::BeltPoint> BeltToys::points() const {
  std::vector<inference::BeltPoint> out;
  for (auto const& [value, toys] : toys_) {
    if (observed_.at(value).outcome == inference::Outcome::value) {
      out.push_back(inference::belt_point(
          value, inference::count(toys, observed_.at(value)), inference::largest_atom(toys)));
    }
  }
  return out;
}

std::vector<inference::PointToys> BeltToys::n_toys() const {
  std::vector<inference::PointToys> out;
  for (auto const& [value, toys] : toys_) {
    out.push_back({value, toys.size()});
  }
  return out;
}

}  // namespace toyfarm::run
