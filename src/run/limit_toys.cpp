#include "run/limit_toys.hpp"

#include <utility>

#include <fmt/core.h>

namespace toyfarm::run {

using inference::Statistic;
using inference::StatisticKind;

LimitToys::LimitToys(Input const& input,
                     ToyFarm& farm,
                     ToyTruths const& truths,
                     std::size_t poi,
                     double bound,
                     Observed observed)
    : input_(&input),
      farm_(&farm),
      truths_(&truths),
      poi_(poi),
      bound_(bound),
      observed_(std::move(observed)),
      goes_below_(input.model.parameters[poi].lower < bound) {}

std::vector<study::Hypothesis> LimitToys::hypotheses(std::vector<double> const& tested) const {
  std::vector<study::Hypothesis> out{{}};
  if (goes_below_) {
    out.push_back(poi_at(poi_, bound_));
  }
  for (double const value : tested) {
    out.push_back(poi_at(poi_, value));
  }
  return out;
}

std::vector<std::string> LimitToys::names(std::vector<std::string> tested) const {
  std::vector<std::string> out{"free"};
  if (goes_below_) {
    out.emplace_back("bound");
  }
  out.insert(out.end(), tested.begin(), tested.end());
  return out;
}

Statistic LimitToys::statistic(record::RowView const& row, std::size_t fit, double tested) const {
  inference::SampleFits fits{end_of(row, 0, poi_), end_of(row, fit, poi_), std::nullopt};
  if (goes_below_) {
    fits.at_bound = end_of(row, 1, poi_);
  }
  return inference::evaluate(StatisticKind::q_tilde, fits, tested, bound_);
}

void LimitToys::run_background(std::string const& name,
                               std::uint64_t first,
                               std::uint64_t n,
                               std::vector<double> const& values) {
  if (n == 0 || values.empty()) {
    return;
  }
  std::vector<std::string> tested;
  for (double const value : values) {
    tested.push_back(fmt::format("{}={:.17g}", input_->model.parameters[poi_].name, value));
  }
  auto const rows = farm_->run({fmt::format("round_{:02}_{}", round_, name),
                                names(std::move(tested)),
                                {{truths_->at(no_signal), first, n, hypotheses(values)}}});
  std::size_t const first_tested = goes_below_ ? 2 : 1;
  record::for_each_row(*rows, [&](record::RowView const& row) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values_[values[i]].background.push_back(statistic(row, first_tested + i, values[i]));
    }
  });
}

void LimitToys::run_signal(inference::Round const& round) {
  ToyOrder order{fmt::format("round_{:02}_signal", round_), names({"tested"}), {}};
  for (auto const& [poi, n] : round.points) {
    order.points.push_back({truths_->at(poi), values_[poi].signal.size(), n, hypotheses({poi})});
  }
  if (order.points.empty()) {
    return;
  }
  std::vector<double> tested;  // of each toy, in the order of points
  for (auto const& [poi, n] : round.points) {
    tested.insert(tested.end(), n, poi);
  }
  auto const rows = farm_->run(order);
  std::size_t const fit = goes_below_ ? 2 : 1;
  record::for_each_row(*rows, [&](record::RowView const& row) {
    double const value = tested[row.toy().value];
    values_[value].signal.push_back(statistic(row, fit, value));
  });
}

void LimitToys::run(inference::Round const& round) {
  ++round_;
  std::vector<double> fresh;
  for (auto const& [poi, n] : round.points) {
    if (!values_.contains(poi)) {
      fresh.push_back(poi);
      values_[poi].observed = observed_ ? std::optional(observed_(poi)) : std::nullopt;
    }
  }
  run_background("earlier_background", 0, n_background_, fresh);
  std::vector<double> all;
  for (auto const& [poi, value] : values_) {
    all.push_back(poi);
  }
  run_background("background", n_background_, round.background, all);
  n_background_ += round.background;
  run_signal(round);
}

std::vector<inference::LimitPoint> LimitToys::points() const {
  std::vector<inference::LimitPoint> out;
  for (auto const& [poi, value] : values_) {
    out.push_back({poi, value.observed, value.signal, value.background});
  }
  return out;
}

std::vector<inference::PointToys> LimitToys::n_toys() const {
  std::vector<inference::PointToys> out;
  for (auto const& [poi, value] : values_) {
    out.push_back({poi, value.signal.size()});
  }
  return out;
}

std::size_t LimitToys::n_failed() const {
  std::size_t n = 0;
  for (auto const& [poi, value] : values_) {
    for (auto const* toys : {&value.signal, &value.background}) {
      for (auto const& toy : *toys) {
        n += toy.outcome == inference::Outcome::value ? 0U : 1U;
      }
    }
  }
  return n;
}

}  // namespace toyfarm::run
