#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/inference/normal.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/question_parts.hpp"

namespace toyfarm::run {
namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// How the POI moves with one nuisance. NaN: not known, or the nuisance is not constrained.
struct Impact {
  std::size_t nuisance = 0;
  double value = 0, low = 0, high = 0;  ///< of the nuisance: estimate and ends
  double post_up = no_number, post_down = no_number;
  double pre_up = no_number, pre_down = no_number;
  double pull = no_number;        ///< (estimate - global observable) / its prior's error
  double constraint = no_number;  ///< error / its prior's error
  [[nodiscard]] double size() const {
    return std::max(std::isnan(post_up) ? 0 : std::abs(post_up),
                    std::isnan(post_down) ? 0 : std::abs(post_down));
  }
};

/// The number of the constraint on a parameter; nothing if there is none.
std::optional<std::size_t> constraint_on(Input const& input, std::size_t parameter) {
  for (std::size_t c = 0; c < input.model.constraints.size(); ++c) {
    if (input.model.constraints[c]->parameter() == parameter) {
      return c;
    }
  }
  return std::nullopt;
}

/// How far the POI's estimate is from its best with a nuisance at a value, within its bounds.
double shift(
    Input const& input, DataProfile& data, std::size_t poi, std::size_t nuisance, double value) {
  auto const& p = input.model.parameters[nuisance];
  auto const& held = data.fit({{nuisance, std::clamp(value, p.lower, p.upper)}});
  return core::is_converged(held.status) ? held.values[poi] - data.fit().values[poi] : no_number;
}

void set_ends(
    Input const& input, DataProfile& data, std::size_t poi, ImpactMethod method, Impact& out) {
  auto const& best = data.fit();
  auto const j = out.nuisance;
  if (method == ImpactMethod::hessian) {
    auto const a = static_cast<Eigen::Index>(j);
    auto const b = static_cast<Eigen::Index>(poi);
    out.low = out.value - best.errors[j];
    out.high = out.value + best.errors[j];
    out.post_up = best.covariance(a, b) / best.errors[j];
    out.post_down = -out.post_up;
    return;
  }
  auto const ends = data.interval(j, inference::one_sigma);
  out.low = ends.low.value;
  out.high = ends.high.value;
  out.post_up = shift(input, data, poi, j, out.high);
  out.post_down = shift(input, data, poi, j, out.low);
}

Impact impact_of(Input const& input,
                 DataProfile& data,
                 std::size_t poi,
                 std::size_t nuisance,
                 ImpactMethod method) {
  Impact out;
  out.nuisance = nuisance;
  out.value = data.fit().values[nuisance];
  set_ends(input, data, poi, method, out);
  auto const place = constraint_on(input, nuisance);
  if (!place) {
    return out;
  }
  auto const& constraint = *input.model.constraints[*place];
  double const observed = data.globals()[*place];
  double const best = constraint.estimate(observed);
  double const sigma = 1 / std::sqrt(constraint.nll(best, observed).curvature);
  if (!std::isfinite(sigma)) {
    return out;  // no count was observed
  }
  out.pull = (out.value - best) / sigma;
  out.constraint = 0.5 * (out.high - out.low) / sigma;
  if (method == ImpactMethod::hessian) {
    double const slope = out.post_up / data.fit().errors[nuisance];
    out.pre_up = slope * sigma;
    out.pre_down = -out.pre_up;
  } else {
    out.pre_up = shift(input, data, poi, nuisance, out.value + sigma);
    out.pre_down = shift(input, data, poi, nuisance, out.value - sigma);
  }
  return out;
}

/// The POI's error with all constrained parameters held at the best fit.
double statistical_error(Input const& input, DataProfile& data, std::size_t poi) {
  HeldAt held;
  for (auto const& constraint : input.model.constraints) {
    auto const j = constraint->parameter();
    if (!input.model.parameters[j].fixed && j != poi) {
      held[j] = data.fit().values[j];
    }
  }
  return data.fit(held).errors[poi];
}

std::string cell(double value) {
  return std::isnan(value) ? fmt::format("{:>11}", "-") : fmt::format("{:>+11.4g}", value);
}

/// The impacts of all nuisances that move, the largest first.
std::vector<Impact> all_impacts(Input const& input,
                                DataProfile& data,
                                std::size_t poi,
                                ImpactMethod method) {
  std::vector<Impact> all;
  for (std::size_t j = 0; j < input.model.parameters.size(); ++j) {
    auto const& p = input.model.parameters[j];
    if (j != poi && !p.fixed && p.used && data.fit().held[j] != core::Held::unused) {
      all.push_back(impact_of(input, data, poi, j, method));
    }
  }
  std::ranges::stable_sort(all, std::greater<>(), &Impact::size);
  return all;
}

std::string table_of(Input const& input, std::vector<Impact> const& all) {
  std::size_t width = 9;
  for (auto const& impact : all) {
    width = std::max(width, input.model.parameters[impact.nuisance].name.size());
  }
  auto table = fmt::format("{:<{}}{:>13}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}\n",
                           "nuisance",
                           width,
                           "estimate",
                           "pull",
                           "constraint",
                           "post up",
                           "post down",
                           "pre up",
                           "pre down");
  for (auto const& impact : all) {
    table +=
        fmt::format(
            "{:<{}}{:>13.6g}", input.model.parameters[impact.nuisance].name, width, impact.value) +
        cell(impact.pull) + cell(impact.constraint) + cell(impact.post_up) +
        cell(impact.post_down) + cell(impact.pre_up) + cell(impact.pre_down) + "\n";
  }
  return table;
}

Json impacts_json(Input const& input, std::vector<Impact> const& all) {
  Json out = Json::array();
  for (auto const& impact : all) {
    out.push_back({{"name", input.model.parameters[impact.nuisance].name},
                   {"value", json_number(impact.value)},
                   {"low", json_number(impact.low)},
                   {"high", json_number(impact.high)},
                   {"pull", json_number(impact.pull)},
                   {"constraint", json_number(impact.constraint)},
                   {"pre_up", json_number(impact.pre_up)},
                   {"pre_down", json_number(impact.pre_down)},
                   {"post_up", json_number(impact.post_up)},
                   {"post_down", json_number(impact.post_down)}});
  }
  return out;
}

}  // namespace

Answer impacts(ImpactsQuestion const& question) {
  auto const input = read_for(question.input, question.observed);
  auto const poi = poi_of(input);
  std::unique_ptr<study::AsimovData> asimov;
  std::unique_ptr<DataProfile> data;
  if (looks_at(input, question.observed) == Observed::shown) {
    data = std::make_unique<DataProfile>(observed_profile(input, question.threads));
  } else {
    auto const point = asimov_point(input, nullptr, {{poi, input.model.init()[poi]}});
    asimov = std::make_unique<study::AsimovData>(
        study::asimov_data(input.model, point, input.spec.path.string()));
    data = std::make_unique<DataProfile>(
        input, asimov->sample, asimov->globals, point, DataProfile::Search::near);
  }
  require_converged(data->fit(), "impacts");
  auto const all = all_impacts(input, *data, poi, question.method);
  auto const total = data->interval(poi, inference::one_sigma);
  auto const& best = data->fit();
  double const statistical = statistical_error(input, *data, poi);
  auto const& name = input.model.parameters[poi].name;
  auto out = answer_head("impacts", name);
  out["definitions"] = {{"data", asimov ? "Asimov data at the spec's init" : "observed"},
                        {"method", std::string(core::word_of(question.method))},
                        {"post_up, post_down",
                         "change of the POI with the nuisance at the ends of its 68.27 % interval"},
                        {"pre_up, pre_down", "the same one prior error away from its estimate"}};
  out["best_fit"] = {{"value", json_number(best.values[poi])},
                     {"error", json_number(best.errors[poi])},
                     {"low", json_number(total.low.value)},
                     {"high", json_number(total.high.value)},
                     {"statistical_error", json_number(statistical)}};
  out["impacts"] = impacts_json(input, all);
  bool const is_complete = std::ranges::none_of(all, [&](Impact const& impact) {
    return question.method == ImpactMethod::profile &&
           (std::isnan(impact.post_up) || std::isnan(impact.post_down));
  });
  out["complete"] = is_complete;
  auto const head = fmt::format("{} = {:.7g} {:+.4g} / {:+.4g}, of which statistical {:.4g}\n",
                                core::printable(name),
                                best.values[poi],
                                total.low.value - best.values[poi],
                                total.high.value - best.values[poi],
                                statistical);
  return {is_complete ? core::ExitCode::success : core::ExitCode::check_failed,
          head + table_of(input, all),
          json_text(out)};
}

}  // namespace toyfarm::run
