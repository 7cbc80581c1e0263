#include <set>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/io/reports.hpp"
#include "toyfarm/os/file.hpp"

#include "io/json_parts.hpp"

namespace toyfarm::io {
namespace {

/// The old key has a number everywhere: 0 where there is no error.
Json old_uncertainties(std::vector<double> const& errors) {
  return each(errors, [](double error) { return Json(std::isfinite(error) ? error : 0.0); });
}

Json names_where(std::vector<std::string> const& names, std::vector<bool> const& flags) {
  Json list = Json::array();
  for (std::size_t j = 0; j < flags.size(); ++j) {
    if (flags[j]) {
      list.push_back(names.at(j));
    }
  }
  return list;
}

Json object_of(std::vector<std::pair<std::string, std::string>> const& pairs) {
  Json object = Json::object();
  for (auto const& [name, value] : pairs) {
    object[name] = value;
  }
  return object;
}

/// `won` counts from 0, and names the start where starts have names.
Json starts_block(FitDocument const& fit) {
  return {{"tried", fit.n_starts},
          {"won", fit.won},
          {"won_name", fit.start_names.empty() ? Json(nullptr) : Json(fit.start_names.at(fit.won))},
          {"next_end", number(fit.next_end)}};
}

}  // namespace

namespace {

Json intervals(FitDocument const& fit) {
  Json out = Json::object();
  for (auto const& one : fit.minos) {
    double const value = fit.bestfit[one.parameter];
    out[fit.parameter_names[one.parameter]] = {{"low", number(one.low)},
                                               {"high", number(one.high)},
                                               {"minus", number(one.low - value)},
                                               {"plus", number(one.high - value)},
                                               {"low_state", one.low_state},
                                               {"high_state", one.high_state}};
  }
  return out;
}

}  // namespace

std::string fit_json(FitDocument const& fit) {
  TOYFARM_EXPECTS(fit.bestfit.size() == fit.parameter_names.size() &&
                  fit.uncertainties.size() == fit.parameter_names.size());
  TOYFARM_EXPECTS(fit.covariance.empty() ||
                  fit.covariance.size() == fit.parameter_names.size() * fit.parameter_names.size());
  TOYFARM_EXPECTS(fit.start_names.empty() || fit.won < fit.start_names.size());
  return dumped(
      {{"input_schema_version", fit.input_schema_version},
       {"parameter_names", fit.parameter_names},
       {"bestfit", numbers(fit.bestfit)},
       {"uncertainties", old_uncertainties(fit.uncertainties)},
       {"errors", numbers(fit.uncertainties)},
       {"errors_sumw2", fit.errors_sumw2.empty() ? Json(nullptr) : numbers(fit.errors_sumw2)},
       {"minos", fit.minos.empty() ? Json(nullptr) : intervals(fit)},
       {"at_bound", each(fit.held, [](core::Held side) { return Json(static_cast<int>(side)); })},
       {"unused", names_where(fit.parameter_names, fit.unused)},
       {"covariance", fit.covariance.empty() ? Json(nullptr) : numbers(fit.covariance)},
       {"nll", number(fit.nll)},
       {"twice_nll", number(2 * fit.nll)},
       {"initial_nll", number(fit.initial_nll)},
       {"converged", fit.converged},
       {"status", fit.status},
       {"starts", starts_block(fit)},
       {"n_iter", fit.n_iter},
       {"n_fev", fit.n_evaluations},
       {"n_gev", fit.n_evaluations},
       {"final_grad_norm", number(fit.gradient_norm)},
       {"n_active_bounds", fit.n_active_bounds},
       {"poi_index", index(fit.poi)},
       {"termination_reason", fit.termination_reason},
       {"edm", number(fit.edm)},
       {"engine", fit.engine},
       {"certified_bound", number(fit.bound)},
       {"model_hash", fit.model_hash},
       {"data_hash", fit.data_hash},
       {"spec_sha256", fit.spec_sha256},
       {"versions", object_of(fit.versions)}});
}

std::string toy_metrics_json(ToyMetrics const& metrics) {
  auto const& result = *metrics.result;
  auto const& study = *result.study;
  auto const& summary = *result.summary;
  Json const toys = {{"pipeline", "cpu_batch"},
                     {"sample_s", number(metrics.sample_s)},
                     {"fit_s", number(metrics.fit_s)},
                     {"warm_start", nullptr},
                     {"nominal_converged", nullptr}};
  return dumped(
      {{"schema_version", "nextstat_metrics_v0"},
       {"tool", "toyfarm"},
       {"tool_version", metrics.tool_version},
       {"created_unix_ms", metrics.created_unix_ms},
       {"command", "unbinned_fit_toys"},
       {"device", "cpu"},
       {"threads", metrics.threads},
       {"parity", false},
       {"timing", {{"wall_time_s", number(metrics.wall_time_s)}, {"breakdown", {{"toys", toys}}}}},
       {"status", {{"ok", true}}},
       {"warnings", result.guardrails->warnings},
       {"degraded_flags", Json::array()},
       {"metrics",
        {{"poi_index", index(study.poi)},
         {"poi_true", study.poi ? number(study.truth[*study.poi]) : Json(nullptr)},
         {"n_toys", summary.n_rows},
         {"n_error", summary.n_error},
         {"n_converged", summary.n_converged},
         {"n_nonconverged", summary.n_failed - summary.n_error},
         {"summary", summary_block(study, summary)},
         {"guardrails", guardrails_block(*result.guardrails)}}}});
}

std::vector<std::pair<std::string, double>> read_parameter_values(
    std::filesystem::path const& file) {
  std::set<std::string> seen;
  std::string twice;
  using OrderedJson = nlohmann::ordered_json;
  auto const note_keys = [&](int depth, OrderedJson::parse_event_t event, OrderedJson& value) {
    if (depth == 1 && event == OrderedJson::parse_event_t::key &&
        !seen.insert(value.get<std::string>()).second) {
      twice = value.get<std::string>();
    }
    return true;
  };
  OrderedJson root;
  try {
    root = OrderedJson::parse(os::read_file(file), note_keys);
  } catch (nlohmann::json::exception const& error) {
    throw core::DataError(file.string(), std::string("this is not JSON: ") + error.what());
  }
  if (!root.is_object()) {
    throw core::DataError(file.string(),
                          "an object of names and numbers is needed, as in {\"mu\": 1.5}");
  }
  if (!twice.empty()) {
    throw core::DataError(file.string(), "'" + core::printable(twice) + "' occurs twice");
  }
  std::vector<std::pair<std::string, double>> values;
  for (auto const& [name, value] : root.items()) {
    if (!value.is_number()) {
      // No dump of lists and objects: it calls itself once per level, and a file may have millions.
      auto const shown = value.is_string()
                             ? "\"" + core::printable(value.get<std::string>(), 40) + "\""
                         : value.is_structured() ? std::string(value.type_name())
                                                 : value.dump();
      throw core::DataError(file.string(),
                            "'" + core::printable(name) + "' is " + shown + ", not a number");
    }
    values.emplace_back(name, value.get<double>());
  }
  return values;
}

}  // namespace toyfarm::io
