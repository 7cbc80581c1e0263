#include <cmath>
#include <memory>

#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/inference/asymptotic.hpp"
#include "toyfarm/inference/normal.hpp"
#include "toyfarm/run/questions.hpp"

#include "run/question_parts.hpp"

namespace toyfarm::run {
namespace {

using inference::StatisticKind;

/// q0 of one data set and what follows from it.
struct Discovery {
  double estimate = 0;
  inference::Statistic q0;
  std::optional<double> signed_root;  ///< not capped where the estimate is negative
  double p0 = 1;
  double z = 0;
};

Discovery discovery_in(Input const& input, DataProfile& data, std::size_t poi) {
  HeldAt const null{{poi, 0.0}};
  static_cast<void>(data.fit(null));  // may lower the free fit
  inference::SampleFits const fits{data.end(poi), data.end(poi, null), std::nullopt};
  Discovery out;
  out.estimate = fits.free.poi;
  out.q0 = inference::evaluate(StatisticKind::q0, fits, 0);
  out.signed_root = inference::signed_root(fits, 0, input.model.parameters[poi].lower);
  if (out.q0.outcome == inference::Outcome::value) {
    out.z = out.signed_root && *out.signed_root < 0 ? *out.signed_root : std::sqrt(out.q0.value);
    out.p0 = out.z < 0 ? inference::p_of_z(out.z) : inference::asymptotic_p0(out.q0.value);
  }
  return out;
}

/// Z that Asimov data at a value of the POI have: the median of its toys in large samples.
double expected_z(Input const& input, std::vector<double> const& point, std::size_t poi) {
  auto const asimov = study::asimov_data(input.model, point, input.spec.path.string());
  DataProfile data(input, asimov.sample, asimov.globals, point, DataProfile::Search::near);
  return std::sqrt(data.rise({{poi, 0.0}}));
}

/// What is told so far.
struct Told {
  Json out;
  std::string table;
  core::ExitCode code = core::ExitCode::success;
};

void tell_observed(Input const& input, DataProfile& data, std::size_t poi, Told& told) {
  auto const found = discovery_in(input, data, poi);
  bool const has_value = found.q0.outcome == inference::Outcome::value;
  auto const number = [&](double value) { return has_value ? json_number(value) : Json(nullptr); };
  auto& out = told.out;
  out["complete"] = has_value;
  out["best_fit"] = {{"value", json_number(found.estimate)},
                     {"error", json_number(data.fit().errors[poi])}};
  out["q0_observed"] = number(found.q0.value);
  out["p0"] = number(found.p0);
  out["z"] = number(found.z);
  out["signed_root"] = found.signed_root ? json_number(*found.signed_root) : Json(nullptr);
  out["asymptotic"] = {{"p0", out["p0"]}, {"z", out["z"]}};
  if (!has_value) {
    told.code = core::ExitCode::check_failed;
    told.table += "q0 has no value: the fit at POI = 0 did not converge\n";
    return;
  }
  told.table +=
      estimate_text(input.model.parameters[poi].name, found.estimate, data.fit().errors[poi]) +
      fmt::format("observed q0 {:.6g}  p0 {:.6g}  Z {:.6g}  (asymptotic)\n",
                  found.q0.value,
                  found.p0,
                  found.z);
}

void tell_expected(
    Input const& input, DataProfile* data, std::size_t poi, double value, Told& told) {
  auto const& p = input.model.parameters[poi];
  if (!(value > 0 && value <= p.upper)) {
    throw core::UsageError(fmt::format("--expect {:g}: not within (0, {:g}]", value, p.upper));
  }
  double const z = expected_z(input, asimov_point(input, data, {{poi, value}}), poi);
  Json expected{{"poi", value}, {"nuisances", nuisances_text(data)}};
  told.table += fmt::format("expected at {} = {:g}: Z", core::printable(p.name), value);
  if (std::isnan(z)) {
    told.out["expected"] = nullptr;
    told.out["complete"] = false;
    told.table += " failed (a fit did not converge)\n";
    told.code = core::ExitCode::check_failed;
    return;
  }
  for (int const band : bands) {
    expected[band_name(band)] = json_number(std::max(0.0, z + band));
    told.table +=
        fmt::format("  {} {:.4f}", band == 0 ? "median" : band_name(band), std::max(0.0, z + band));
  }
  told.out["expected"] = std::move(expected);
  told.table += "  (Asimov data)\n";
}

}  // namespace

Answer significance(SignificanceQuestion const& question) {
  return significance(question, read_for(question.input, question.observed));
}

Answer significance(SignificanceQuestion const& question, Input const& input) {
  auto const poi = poi_of(input);
  auto const& p = input.model.parameters[poi];
  if (!(p.lower <= 0 && p.upper > 0)) {
    throw core::UsageError(fmt::format(
        "significance: the bounds [{:g}, {:g}] of {} do not hold 0; change them with --bounds",
        p.lower,
        p.upper,
        p.name));
  }
  std::unique_ptr<DataProfile> data;
  if (looks_at(input, question.observed) == Observed::shown) {
    data = std::make_unique<DataProfile>(observed_profile(input, question.threads));
    require_converged(data->fit(), "significance");
  } else if (!question.expect) {
    throw core::UsageError(
        "significance: without observed data there is nothing to tell; "
        "--expect MU tells what data with a signal would give");
  }
  Told told{answer_head("significance", p.name), ""};
  told.out["method"] = "asymptotic";
  told.out["definitions"] = {
      {"q0", "2 (least NLL at POI = 0 - least NLL), 0 if the estimate is not above 0"},
      {"p0",
       "1 - Phi(sqrt(q0)), arXiv:1007.1727 eq. 52; of a negative signed root, which a POI that may "
       "be negative has, 1 - Phi(signed root)"}};
  if (data) {
    tell_observed(input, *data, poi, told);
  }
  if (question.expect) {
    tell_expected(input, data.get(), poi, *question.expect, told);
  }
  return {told.code, told.table, json_text(told.out)};
}

}  // namespace toyfarm::run
