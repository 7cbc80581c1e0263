#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/inference/belt.hpp"
#include "toyfarm/inference/rounds.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/toy_statistics.hpp"

namespace toyfarm::run {
namespace {

using inference::Statistic;
using inference::StatisticKind;

constexpr std::uint64_t toys_first = 500;  // of each value, unless a number is asked for
constexpr std::size_t values_first = 16;   // of the POI
constexpr double wider = 0.25;             // of the profile interval, on each side

/// Toys at values of the POI, tested against them, with the data's statistic there.
class BeltToys {
 public:
  BeltToys(Input const& input,
           ToyFarm& farm,
           ToyTruths const& truths,
           DataProfile& data,
           std::size_t poi,
           double bound)
      : farm_(&farm),
        truths_(&truths),
        data_(&data),
        poi_(poi),
        bound_(bound),
        goes_below_(input.model.parameters[poi].lower < bound) {}

  void run(std::vector<inference::PointToys> const& points) {
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
      if (!observed_.contains(value)) {
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
      toys_[value].push_back(inference::evaluate(StatisticKind::t_tilde, fits, value, bound_));
    });
  }

  [[nodiscard]] std::vector<inference::BeltPoint> points() const {
    std::vector<inference::BeltPoint> out;
    for (auto const& [value, toys] : toys_) {
      if (observed_.at(value).outcome == inference::Outcome::value) {
        out.push_back(inference::belt_point(
            value, inference::count(toys, observed_.at(value)), inference::largest_atom(toys)));
      }
    }
    return out;
  }
  [[nodiscard]] std::vector<inference::PointToys> n_toys() const {
    std::vector<inference::PointToys> out;
    for (auto const& [value, toys] : toys_) {
      out.push_back({value, toys.size()});
    }
    return out;
  }
  [[nodiscard]] std::map<double, std::vector<Statistic>> const& toys() const { return toys_; }
  [[nodiscard]] Statistic const& observed(double value) const { return observed_.at(value); }
  [[nodiscard]] int n_rounds() const noexcept { return round_; }

 private:
  ToyFarm* farm_;
  ToyTruths const* truths_;
  DataProfile* data_;
  std::size_t poi_;
  double bound_;
  bool goes_below_;  // the POI may be below the bound
  std::map<double, std::vector<Statistic>> toys_;
  std::map<double, Statistic> observed_;
  int round_ = 0;
};

/// Values of the first round: over the widest profile interval and beyond, or as asked.
Grid first_grid(IntervalQuestion const& question,
                model::Parameter const& poi,
                double bound,
                DataProfile& data,
                std::size_t index) {
  if (question.toys.grid) {
    auto const& grid = *question.toys.grid;
    if (grid.lower < std::max(bound, poi.lower) || grid.upper > poi.upper) {
      throw core::UsageError(fmt::format("--grid: values of {} must lie within [{:g}, {:g}]",
                                         core::printable(poi.name),
                                         std::max(bound, poi.lower),
                                         poi.upper));
    }
    return grid;
  }
  auto const profile =
      data.interval(index, *std::max_element(question.cl.begin(), question.cl.end()));
  double const width = profile.high.value - profile.low.value;
  return {std::max(bound, profile.low.value - wider * width),
          std::min(poi.upper, profile.high.value + wider * width),
          values_first};
}

/// The next round for all confidence levels together; none if all are as accurate as asked.
std::vector<inference::PointToys> next_points(IntervalQuestion const& question,
                                              BeltToys const& toys,
                                              inference::Range const& physical) {
  std::map<double, std::uint64_t> wishes;
  inference::RoundPolicy policy;
  policy.accuracy = question.toys.accuracy;
  policy.n_first = toys_first;
  policy.max_toys = question.toys.max_toys;
  policy.bounds = physical;
  auto const n_toys = toys.n_toys();
  for (double const cl : question.cl) {
    auto const round = inference::next_round(
        inference::interval(toys.points(), cl, physical), {n_toys, 0}, policy);
    for (auto const& [value, n] : round.points) {
      wishes[value] = std::max(wishes[value], n);
    }
  }
  std::vector<inference::PointToys> out;
  for (auto const& [value, n] : wishes) {
    out.push_back({value, n});
  }
  return out;
}

char const* word(inference::EndState state) {
  return state == inference::EndState::crossing   ? "crossing"
         : state == inference::EndState::at_bound ? "at_bound"
                                                  : "open";
}

Json interval_json(inference::Interval const& interval) {
  Json out{{"cl", interval.cl}, {"pieces", Json::array()}, {"errors", Json::array()}};
  out["ends"] = Json::array();
  for (auto const& piece : interval.pieces) {
    out["pieces"].push_back({piece.low.value, piece.high.value});
    out["errors"].push_back({piece.low.error, piece.high.error});
    out["ends"].push_back({word(piece.low.state), word(piece.high.state)});
  }
  auto const range = [](std::optional<inference::Range> const& r) {
    return r ? Json{r->low, r->high} : Json(nullptr);
  };
  out["interval"] = range(interval.outer);
  out["narrowest"] = range(interval.narrowest);
  out["widest"] = range(interval.widest);
  auto const ranges = [&](std::vector<inference::Range> const& list) {
    Json all = Json::array();
    for (auto const& r : list) {
      all.push_back({r.low, r.high});
    }
    return all;
  };
  out["merged_gaps"] = ranges(interval.gaps);
  out["left_out"] = ranges(interval.islands);
  return out;
}

Json belt_of(BeltToys const& toys, std::vector<double> const& cls) {
  Json out = Json::array();
  for (auto const& [value, statistics] : toys.toys()) {
    auto const& observed = toys.observed(value);
    auto const counts = inference::count(statistics, observed);
    Json critical = Json::array();
    for (double const cl : cls) {
      auto const found = inference::critical_value(statistics, cl);
      critical.push_back({{"cl", cl},
                          {"value", found ? json_number(found->value) : Json(nullptr)},
                          {"low", found ? json_number(found->statistical.low) : Json(nullptr)},
                          {"high", found ? json_number(found->statistical.high) : Json(nullptr)}});
    }
    out.push_back({{"truth", value},
                   {"t_observed", json_number(observed.value)},
                   {"p", json_of(inference::probability(counts))},
                   {"n_toys", counts.n},
                   {"n_failed", counts.n_failed},
                   {"n_ties", counts.n_ties},
                   {"critical", std::move(critical)}});
  }
  return out;
}

std::string text_of(std::string const& name, inference::Interval const& interval) {
  auto text = fmt::format("{:g} % CL: {} in", 100 * interval.cl, core::printable(name));
  auto const end = [](inference::IntervalEnd const& e) {
    return e.state == inference::EndState::crossing
               ? fmt::format("{:.5g} +- {:.2g}", e.value, e.error)
               : fmt::format("{:.5g} ({})", e.value, word(e.state));
  };
  for (auto const& piece : interval.pieces) {
    text += fmt::format(" [{}, {}]", end(piece.low), end(piece.high));
  }
  return text + (interval.pieces.empty() ? " no value looked at\n" : "\n");
}

}  // namespace

Answer interval(IntervalQuestion const& question, Input const& input, ToyFarm& farm) {
  auto const poi = poi_of(input);
  auto const& p = input.model.parameters[poi];
  // Fits go no lower than the POI's own bound.
  double const bound =
      question.is_bounded ? physical_bound("interval", question.physical_bound, p) : p.lower;
  require_data(input, "interval");
  auto data = observed_profile(input, question.threads);
  require_converged(data.fit(), "interval");
  ToyTruths const truths(input, &data, poi, question.toys.nuisances);
  warn_of_few(question.toys, 1 - *std::max_element(question.cl.begin(), question.cl.end()));
  BeltToys toys(input, farm, truths, data, poi, bound);
  auto const grid = first_grid(question, p, bound, data, poi);
  inference::Range const physical{bound, p.upper};
  std::vector<inference::PointToys> next;
  for (std::size_t i = 0; i < grid.n; ++i) {
    next.push_back({grid.at(i), first_toys(question.toys, toys_first, grid.n)});
  }
  std::string table;
  Json intervals;
  while (!next.empty()) {
    toys.run(next);
    table.clear();
    intervals = Json::array();
    for (double const cl : question.cl) {
      auto const found = inference::interval(toys.points(), cl, physical);
      intervals.push_back(interval_json(found));
      table += text_of(p.name, found);
    }
    core::log_info(fmt::format("round {}: {} toys", toys.n_rounds(), farm.n_toys()));
    next = question.toys.n_toys ? std::vector<inference::PointToys>()
                                : next_points(question, toys, physical);
  }
  auto out = answer_head("interval", p.name);
  tell_toys(question.toys, truths, farm, out);
  out["definitions"]["statistic"] = "t-tilde, arXiv:1007.1727 eq. 11";
  out["definitions"]["interval"] =
      "true values at which at least 1 - cl of the toys have a statistic not below the data's "
      "(Feldman, Cousins, arXiv:physics/9711021); ties count";
  out["definitions"]["physical_bound"] = bound;
  auto const& best = data.fit();
  out["best_fit"] = {{"value", json_number(best.values[poi])},
                     {"error", json_number(best.errors[poi])}};
  std::size_t n_failed = 0;
  for (auto const& [value, statistics] : toys.toys()) {
    n_failed += inference::count(statistics, toys.observed(value)).n_failed;
  }
  out["n_failed"] = n_failed;
  out["n_rounds"] = toys.n_rounds();
  out["intervals"] = intervals;
  out["belt"] = belt_of(toys, question.cl);
  return {core::ExitCode::success,
          estimate_text(p.name, best.values[poi], best.errors[poi]) + table,
          json_text(out)};
}

}  // namespace toyfarm::run
