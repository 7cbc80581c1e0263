#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>

#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/inference/belt.hpp"
#include "toyfarm/inference/rounds.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/belt_without_data.hpp"

namespace toyfarm::run {
namespace {

constexpr std::uint64_t belt_toys_first = 500;  // of each value, unless a number is asked for
constexpr std::size_t belt_values_first = 16;   // of the POI
constexpr std::uint64_t most_values = 200;      // where a number of toys of each was asked for
constexpr double widest_step = 1.0 / 16;  // beside an end beyond the grid, of an interval's width
constexpr double wider = 0.25;            // of the profile interval, on each side

/// Values of the first round: over the widest profile interval and beyond, or as asked.
Grid first_grid(IntervalQuestion const& question,
                model::Parameter const& poi,
                double bound,
                DataProfile& data,
                std::size_t index) {
  if (question.toys.grid) {
    return grid_within(*question.toys.grid, poi, bound);
  }
  auto const profile =
      data.interval(index, *std::max_element(question.cl.begin(), question.cl.end()));
  double const width = profile.high.value - profile.low.value;
  return {std::max(bound, profile.low.value - wider * width),
          std::min(poi.upper, profile.high.value + wider * width),
          belt_values_first};
}

/// What rounds are for: the accuracy, or just the ends where a number of toys was asked for.
inference::RoundPolicy rounds_policy(ToyChoice const& choice, inference::Range const& physical) {
  inference::RoundPolicy policy;
  policy.accuracy = choice.accuracy;
  policy.n_first = belt_toys_first;
  policy.max_toys = choice.max_toys;
  policy.bounds = physical;
  if (choice.n_toys) {
    policy.accuracy = std::numeric_limits<double>::infinity();
    policy.n_first = *choice.n_toys;
    policy.granularity = 1;
    policy.max_toys = *choice.n_toys * most_values;
  }
  return policy;
}

/// Values halfway where those beside an end beyond the grid that was asked for are far apart: there
/// the end is a guess, however many toys it rests on.
void halve_steps(inference::Interval const& found,
                 Grid const& asked,
                 std::vector<inference::PointToys> const& points,
                 std::uint64_t n_toys,
                 std::map<double, std::uint64_t>& wishes) {
  if (!found.outer) {
    return;
  }
  double const step = widest_step * (found.outer->high - found.outer->low);
  auto const look_at = [&](inference::IntervalEnd const& end) {
    auto const above = std::ranges::upper_bound(points, end.value, {}, &inference::PointToys::poi);
    bool const is_between = above != points.begin() && above != points.end();
    bool const is_asked = asked.lower <= end.value && end.value <= asked.upper;
    if (end.state == inference::EndState::crossing && is_between && !is_asked &&
        above->poi - std::prev(above)->poi > step) {
      wishes.emplace((above->poi + std::prev(above)->poi) / 2, n_toys);
    }
  };
  for (auto const& piece : found.pieces) {
    look_at(piece.low);
    look_at(piece.high);
  }
}

/// The next round for all confidence levels together; none if all are as accurate as asked, and
/// have their ends among the values looked at. `best`: the estimate, which every interval holds.
std::vector<inference::PointToys> next_points(IntervalQuestion const& question,
                                              BeltToys const& toys,
                                              inference::Range const& physical,
                                              double best) {
  std::map<double, std::uint64_t> wishes;
  auto const policy = rounds_policy(question.toys, physical);
  auto const n_toys = toys.n_toys();
  for (double const cl : question.cl) {
    auto found = inference::interval(toys.points(), cl, physical);
    if (found.pieces.empty() && !toys.toys().contains(best)) {
      wishes[best] = policy.n_first;
      continue;
    }
    if (question.toys.n_toys) {
      found.gaps.clear();
      found.islands.clear();
    }
    auto const round = inference::next_round(found, {n_toys, 0}, policy);
    for (auto const& [value, n] : round.points) {
      wishes[value] = std::max(wishes[value], n);
    }
    if (question.toys.grid) {
      halve_steps(found, *question.toys.grid, n_toys, policy.n_first, wishes);
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
      critical.push_back(critical_json(cl, inference::critical_value(statistics, cl)));
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

void tell_belt(BeltToys const& toys, IntervalQuestion const& question, double bound, Json& out) {
  out["definitions"]["statistic"] = "t-tilde, arXiv:1007.1727 eq. 11";
  out["definitions"]["interval"] =
      "true values at which at least 1 - cl of the toys have a statistic not below the data's "
      "(Feldman, Cousins, arXiv:physics/9711021); ties count";
  out["definitions"]["physical_bound"] = bound;
  std::size_t n_failed = 0;
  for (auto const& [value, statistics] : toys.toys()) {
    n_failed += inference::count(statistics, toys.observed(value)).n_failed;
  }
  out["n_failed"] = n_failed;
  out["n_rounds"] = toys.n_rounds();
  tell_grid(question.toys, toys.toys().begin()->first, toys.toys().rbegin()->first, out);
  out["belt"] = belt_of(toys, question.cl);
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
  if (question.observed == Observed::blind) {
    return belt_without_data(question, input, farm, poi, bound);
  }
  require_data(input, "interval");
  auto data = observed_profile(input, question.threads);
  require_converged(data.fit(), "interval");
  ToyTruths const truths(input, &data, poi, question.toys.nuisances);
  warn_of_few(question.toys, 1 - *std::max_element(question.cl.begin(), question.cl.end()));
  BeltToys toys(input, farm, truths, &data, poi, bound);
  auto const grid = first_grid(question, p, bound, data, poi);
  inference::Range const physical{bound, p.upper};
  double const best_inside = std::clamp(data.fit().values[poi], bound, p.upper);
  std::vector<inference::PointToys> next;
  for (std::size_t i = 0; i < grid.n; ++i) {
    next.push_back({grid.at(i), first_toys(question.toys, belt_toys_first, grid.n)});
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
    next = next_points(question, toys, physical, best_inside);
  }
  auto out = answer_head("interval", p.name);
  tell_toys(question.toys, truths, farm, out);
  tell_belt(toys, question, bound, out);
  auto const& best = data.fit();
  out["best_fit"] = {{"value", json_number(best.values[poi])},
                     {"error", json_number(best.errors[poi])}};
  out["intervals"] = intervals;
  return {core::ExitCode::success,
          estimate_text(p.name, best.values[poi], best.errors[poi]) + table,
          json_text(out)};
}

}  // namespace toyfarm::run
