#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/inference/asymptotic.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/question_parts.hpp"

namespace toyfarm::run {
namespace {

using inference::SolvedLimit;
using inference::SolveState;
using inference::StatisticKind;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// q-tilde at a value of the POI, of the data; NaN where a fit failed.
double q_tilde(DataProfile& data, std::size_t poi, double tested, double bound) {
  auto const q = statistic_of(data, StatisticKind::q_tilde, poi, tested, bound);
  return q.outcome == inference::Outcome::value ? q.value : not_a_number;
}

/// What is told so far.
struct Told {
  double bound = 0;  ///< from which solved limits count
  Json observed = nullptr;
  Json expected = Json::object();
  std::string table;
  core::ExitCode code = core::ExitCode::success;

  Json take(SolvedLimit const& limit) {
    code = limit.state == SolveState::found ? code : core::ExitCode::check_failed;
    return limit.state == SolveState::found ? json_number(bound + limit.value) : Json(nullptr);
  }
  [[nodiscard]] std::string text_of(SolvedLimit const& limit) const {
    return limit.state == SolveState::found ? fmt::format("{:.6g}", bound + limit.value)
           : limit.state == SolveState::above_bound
               ? fmt::format("above {:.6g}, the POI's upper bound", bound + limit.value)
               : std::string("failed (a fit did not converge)");
  }
};

void tell_expected(inference::StatisticOfPoi const& q_asimov,
                   inference::SolveOptions const& how,
                   Told& told) {
  told.table += "expected";
  for (int const band : bands) {
    auto const solved = inference::asymptotic_expected_limit(band, q_asimov, how);
    told.expected[band_name(band)] = told.take(solved);
    told.table +=
        fmt::format("  {} {}", band == 0 ? "median" : band_name(band), told.text_of(solved));
  }
  told.table += "  (asymptotic)\n";
}

/// Where limits are looked for, in units of the POI above the bound: two errors above it first.
inference::SolveOptions solve_options(model::Parameter const& poi,
                                      double cl,
                                      double bound,
                                      double asimov_error,
                                      double observed_error) {
  double const error = asimov_error > 0     ? asimov_error
                       : observed_error > 0 ? observed_error
                                            : std::min(1.0, 0.1 * (poi.upper - bound));
  return {.cl = cl, .first_guess = 2 * error, .upper = poi.upper - bound};
}

}  // namespace

Answer limit(LimitQuestion const& question) {
  return limit(question, read_for(question.input, question.observed));
}

Answer limit(LimitQuestion const& question, Input const& input) {
  auto const poi = poi_of(input);
  auto const& p = input.model.parameters[poi];
  double const bound = physical_bound("limit", question.physical_bound, p);
  std::unique_ptr<DataProfile> data;
  if (looks_at(input, question.observed) == Observed::shown) {
    data = std::make_unique<DataProfile>(observed_profile(input, question.threads));
    require_converged(data->fit(), "limit");
  }
  auto const point = asimov_point(input, data.get(), {{poi, bound}});
  auto const background = study::asimov_data(input.model, point, input.spec.path.string());
  DataProfile asimov(
      input, background.sample, background.globals, point, DataProfile::Search::near);
  // The formulas count from the bound: no signal can be below it.
  auto const q_asimov = [&](double above) { return asimov.rise({{poi, bound + above}}); };
  auto const how = solve_options(
      p, question.cl, bound, asimov.fit().errors[poi], data ? data->fit().errors[poi] : 0);
  auto out = answer_head("limit", p.name);
  out["method"] = "asymptotic";
  out["cl"] = question.cl;
  out["definitions"] = {
      {"statistic", "q-tilde, arXiv:1007.1727 eq. 16"},
      {"cls",
       "p_sb / (1 - p_b), eqs. 64 to 66; expected: eq. 89 with sigma = mu / sqrt(q_A(mu)); mu "
       "counts from the physical bound"},
      {"physical_bound", bound},
      {"nuisances", nuisances_text(data.get())}};
  Told told;
  told.bound = bound;
  Json asymptotic = Json::object();
  if (data) {
    auto const solved = inference::asymptotic_limit(
        [&](double above) { return q_tilde(*data, poi, bound + above, bound); }, q_asimov, how);
    told.observed = told.take(solved);
    auto const& best = data->fit();
    out["best_fit"] = {{"value", json_number(best.values[poi])},
                       {"error", json_number(best.errors[poi])}};
    told.table += estimate_text(p.name, best.values[poi], best.errors[poi]) +
                  fmt::format("observed upper limit on {} at {:g} % CL: {}\n",
                              core::printable(p.name),
                              100 * question.cl,
                              told.text_of(solved));
    asymptotic["observed"] = told.observed;
    out["observed"] = {{"value", told.observed}, {"error", nullptr}};
  } else {
    out["observed"] = nullptr;
  }
  tell_expected(q_asimov, how, told);
  asymptotic["expected"] = told.expected;
  out["expected"] = {{"A", told.expected}};
  out["asymptotic"] = asymptotic;
  out["complete"] = told.code == core::ExitCode::success;
  return {told.code, told.table, json_text(out)};
}

}  // namespace toyfarm::run
