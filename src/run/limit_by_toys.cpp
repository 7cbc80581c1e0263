#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include <fmt/core.h>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/limit_toys.hpp"

namespace toyfarm::run {
namespace {

using inference::Limit;
using inference::LimitState;

constexpr std::uint64_t toys_first = 1000;  // of each value, unless a number is asked for
constexpr std::size_t values_first = 8;     // of the POI
constexpr double below_least = 0.6;         // of the least limit, where the first values begin
constexpr double above_largest = 1.3;       // of the largest one, where they end
constexpr std::uint64_t toy_granularity = 100;
constexpr std::uint64_t most_toys = 1'000'000'000'000;

char const* word(LimitState state) {
  switch (state) {
    case LimitState::found:
      return "found";
    case LimitState::above_grid:
      return "above_grid";
    case LimitState::below_grid:
      return "below_grid";
    case LimitState::undefined:
      break;
  }
  return "undefined";
}

Json limit_json(Limit const& limit) {
  if (limit.state != LimitState::found) {
    return {{"value", nullptr}, {"error", nullptr}, {"state", word(limit.state)}};
  }
  Json out{{"value", limit.value},
           {"error", limit.error},
           {"low_failed", limit.with_failed.low},
           {"high_failed", limit.with_failed.high}};
  if (limit.crossings.size() > 1) {
    out["crossings"] = limit.crossings;
  }
  return out;
}

std::string text_of(Limit const& limit) {
  return limit.state == LimitState::found
             ? fmt::format("{:.5g} +- {:.2g}", limit.value, limit.error)
             : std::string(word(limit.state));
}

/// Numbers among the asymptotic answers.
std::vector<double> asymptotic_limits(Json const& asymptotic) {
  std::vector<double> out;
  auto const add = [&](Json const& limit) {
    if (limit.is_number()) {
      out.push_back(limit.get<double>());
    }
  };
  add(asymptotic.value("observed", Json()));
  for (auto const& limit : asymptotic.at("expected")) {
    add(limit);
  }
  return out;
}

/// Values of the first round: around the asymptotic limits, or as asked.
inference::Round first_round(LimitQuestion const& question,
                             model::Parameter const& poi,
                             double bound,
                             Json const& asymptotic) {
  inference::Round round{inference::RoundState::more, {}, 0};
  auto grid = question.toys.grid;
  if (!grid) {
    auto const limits = asymptotic_limits(asymptotic);
    double const far = std::isfinite(poi.upper) ? poi.upper : bound + 10;
    auto const [least, largest] = std::ranges::minmax_element(limits);
    grid = limits.empty() ? Grid{bound + (far - bound) / values_first, far, values_first}
                          : Grid{bound + below_least * (*least - bound),
                                 std::min(bound + above_largest * (*largest - bound), poi.upper),
                                 values_first};
  }
  grid = grid_within(*grid, poi, bound);
  auto const n = first_toys(question.toys, toys_first, grid->n + 1);
  round.background = n;
  for (std::size_t i = 0; i < grid->n; ++i) {
    round.points.push_back({grid->at(i), n});
  }
  return round;
}

inference::RoundPolicy policy_of(LimitQuestion const& question,
                                 model::Parameter const& poi,
                                 double bound,
                                 std::size_t n_values) {
  inference::RoundPolicy policy;
  policy.accuracy = question.toys.accuracy;
  policy.n_first = first_toys(question.toys, toys_first, n_values + 1);
  policy.max_toys = question.toys.n_toys ? most_toys : question.toys.max_toys;
  policy.granularity = std::min(toy_granularity, policy.n_first);
  policy.background_cost = 0.5 * static_cast<double>(1 + n_values);
  policy.bounds = {bound, poi.upper};
  return policy;
}

/// The limits that are to be found.
std::vector<Limit> sought(inference::Limits const& limits) {
  std::vector<Limit> out{limits.expected_a[2]};
  if (limits.observed) {
    out.push_back(*limits.observed);
  }
  return out;
}

/// Those that ask for more toys: which are to be as accurate as asked, bands of one and two
/// standard deviations two and three times less. A number of toys that was asked for is exceeded
/// only where the grid does not reach a limit.
std::vector<Limit> wanted(inference::Limits const& limits, ToyChoice const& choice) {
  auto out = sought(limits);
  for (std::size_t i = 0; i < bands.size() && !choice.n_toys; ++i) {
    auto band = limits.expected_a[i];
    if (band.state == LimitState::found && bands[i] != 0) {
      band.error /= 1 + std::abs(bands[i]);
      out.push_back(band);
    }
  }
  if (choice.n_toys) {
    std::erase_if(out, [](Limit const& limit) {
      return limit.state == LimitState::found || limit.state == LimitState::undefined;
    });
  }
  return out;
}

void say_round(LimitToys const& toys, inference::Limits const& limits, std::uint64_t n) {
  core::log_info(
      fmt::format("round {}: {} toys; {}expected limit {}",
                  toys.n_rounds(),
                  n,
                  limits.observed ? "observed limit " + text_of(*limits.observed) + ", " : "",
                  text_of(limits.expected_a[2])));
}

Json bands_of(inference::Bands const& limits) {
  Json out = Json::object();
  for (std::size_t i = 0; i < bands.size(); ++i) {
    out[band_name(bands[i])] = limit_json(limits[i]);
  }
  return out;
}

Json points_of(inference::Limits const& limits) {
  Json out = Json::array();
  for (std::size_t i = 0; i < limits.cls.size(); ++i) {
    auto const& cls = limits.cls[i];
    out.push_back({{"mu", limits.poi[i]},
                   {"cls", json_of(cls.cls)},
                   {"p_sb", json_of(cls.p_sb)},
                   {"one_minus_pb", json_of(cls.one_minus_pb)},
                   {"n_sb", cls.signal.n},
                   {"n_b", cls.background.n},
                   {"n_ties", cls.signal.n_ties + cls.background.n_ties},
                   {"n_failed", cls.signal.n_failed + cls.background.n_failed}});
  }
  return out;
}

std::string table_of(std::string const& name, double cl, inference::Limits const& limits) {
  std::string out;
  if (limits.observed) {
    out += fmt::format("observed upper limit on {} at {:g} % CL: {}\n",
                       core::printable(name),
                       100 * cl,
                       text_of(*limits.observed));
  }
  out += "expected";
  for (std::size_t i = 0; i < bands.size(); ++i) {
    out += fmt::format(
        "  {} {}", bands[i] == 0 ? "median" : band_name(bands[i]), text_of(limits.expected_a[i]));
  }
  return out + "  (toys)\n";
}

/// Rounds until the answer is as accurate as asked, or no more toys may be run.
inference::Limits run_rounds(LimitQuestion const& question,
                             model::Parameter const& poi,
                             double bound,
                             Json const& asymptotic,
                             LimitToys& toys) {
  inference::LimitOptions const options{question.cl, 100, question.toys.seed};
  auto round = first_round(question, poi, bound, asymptotic);
  for (;;) {
    toys.run(round);
    auto limits = inference::limits(toys.points(), options);
    auto const n_toys = toys.n_toys();
    std::uint64_t n = toys.n_background();
    for (auto const& point : n_toys) {
      n += point.n;
    }
    say_round(toys, limits, n);
    round = inference::next_round(wanted(limits, question.toys),
                                  question.cl,
                                  {n_toys, toys.n_background()},
                                  policy_of(question, poi, bound, n_toys.size()));
    if (round.state != inference::RoundState::more) {
      return limits;
    }
  }
}

}  // namespace

Answer limit_by_toys(LimitQuestion const& question, Input const& input, ToyFarm& farm) {
  auto const beside = limit(question, input);
  auto out = Json::parse(beside.json);
  auto const poi = poi_of(input);
  auto const& p = input.model.parameters[poi];
  double const bound = physical_bound("limit", question.physical_bound, p);
  if (!(p.lower <= no_signal && no_signal <= p.upper)) {
    throw core::UsageError(
        fmt::format("limit by toys: the bounds [{:g}, {:g}] of {} do not hold 0, where there is no "
                    "signal; change them with --bounds",
                    p.lower,
                    p.upper,
                    core::printable(p.name)));
  }
  warn_of_few(question.toys, 1 - question.cl);
  std::unique_ptr<DataProfile> data;
  LimitToys::Observed observed;
  if (looks_at(input, question.observed) == Observed::shown) {
    data = std::make_unique<DataProfile>(observed_profile(input, question.threads));
    require_converged(data->fit(), "limit");
    observed = [&](double tested) {
      return statistic_of(*data, inference::StatisticKind::q_tilde, poi, tested, bound);
    };
  }
  ToyTruths const truths(input, data.get(), poi, question.toys.nuisances);
  LimitToys toys(input, farm, truths, poi, bound, observed);
  auto const limits = run_rounds(question, p, bound, out.at("asymptotic"), toys);
  tell_toys(question.toys, truths, farm, out);
  tell_grid(question.toys, limits.poi.front(), limits.poi.back(), out);
  out["definitions"]["cls"] =
      "P(q-tilde >= observed | mu) / P(q-tilde >= observed | no signal); ties count";
  out["definitions"]["expected"] =
      "A: crossings of the CLs of quantiles of q-tilde of toys without signal; B: crossings of "
      "quantiles of their CLs, which are quantiles of their limits";
  out["n_failed"] = toys.n_failed();
  out["n_rounds"] = toys.n_rounds();
  out["observed"] = limits.observed ? limit_json(*limits.observed) : Json(nullptr);
  out["expected"] = {{"A", bands_of(limits.expected_a)}, {"B", bands_of(limits.expected_b)}};
  out["cls"] = points_of(limits);
  bool const found = std::ranges::all_of(
      sought(limits), [](auto const& limit) { return limit.state == LimitState::found; });
  out["complete"] = found;
  return {found ? core::ExitCode::success : core::ExitCode::check_failed,
          table_of(p.name, question.cl, limits) + "asymptotic, beside it:\n" + beside.table,
          json_text(out)};
}

}  // namespace toyfarm::run
