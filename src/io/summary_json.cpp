#include "io/json_parts.hpp"

namespace toyfarm::io {
namespace {

using ensemble::Distribution;
using ensemble::ParameterSummary;
using ensemble::PullSummary;

/// Old keys n_ok, mean, std, q16, q50, q84, and ours.
Json distribution_block(Distribution const& values) {
  return {{"n_ok", values.n},
          {"mean", number(values.mean)},
          {"std", number(values.std_ddof0)},
          {"q16", number(values.q16)},
          {"q50", number(values.q50)},
          {"q84", number(values.q84)},
          {"median", number(values.median)},
          {"std_ddof1", number(values.std_ddof1)},
          {"error_of_mean", number(values.error_of_mean)}};
}

Json pull_block(PullSummary const& pulls, std::uint64_t n_missing) {
  if (pulls.values.n == 0) {
    return nullptr;
  }
  auto block = distribution_block(pulls.values);
  block["frac_abs_lt_1"] = number(pulls.frac_abs_lt_1);
  block["frac_abs_lt_2"] = number(pulls.frac_abs_lt_2);
  block["frac_abs_lt_1_bounds"] = pair(pulls.frac_abs_lt_1_bounds);
  block["frac_abs_lt_2_bounds"] = pair(pulls.frac_abs_lt_2_bounds);
  block["mean_bounds"] = nullptr;  // a pull has no finite range
  block["std_bounds"] = nullptr;
  block["n_missing"] = n_missing;
  return block;
}

Json pulls_by_param(ensemble::Summary const& summary) {
  auto const list = [&](auto const& make) { return each(summary.parameters, make); };
  using P = ParameterSummary const&;
  return {{"only_converged", true},
          {"n_ok", list([](P p) { return Json(p.pulls.values.n); })},
          {"mean", list([](P p) { return number(p.pulls.values.mean); })},
          {"std", list([](P p) { return number(p.pulls.values.std_ddof0); })},
          {"std_ddof1", list([](P p) { return number(p.pulls.values.std_ddof1); })},
          {"error_of_mean", list([](P p) { return number(p.pulls.values.error_of_mean); })},
          {"median", list([](P p) { return number(p.pulls.values.median); })},
          {"frac_abs_lt_1", list([](P p) { return number(p.pulls.frac_abs_lt_1); })},
          {"frac_abs_lt_2", list([](P p) { return number(p.pulls.frac_abs_lt_2); })},
          {"frac_abs_lt_1_bounds", list([](P p) { return pair(p.pulls.frac_abs_lt_1_bounds); })},
          {"frac_abs_lt_2_bounds", list([](P p) { return pair(p.pulls.frac_abs_lt_2_bounds); })},
          {"n_at_lower", list([](P p) { return Json(p.n_at_lower); })},
          {"n_at_upper", list([](P p) { return Json(p.n_at_upper); })},
          {"n_at_edge", list([](P p) { return Json(p.n_at_edge); })},
          {"n_unused", list([](P p) { return Json(p.n_unused); })},
          {"n_no_error", list([](P p) { return Json(p.n_no_error); })},
          {"estimate_mean", list([](P p) { return number(p.estimates.mean); })},
          {"estimate_std", list([](P p) { return number(p.estimates.std_ddof0); })},
          {"residual_median", list([](P p) { return number(p.residuals.median); })},
          {"residual_q16", list([](P p) { return number(p.residuals.q16); })},
          {"residual_q84", list([](P p) { return number(p.residuals.q84); })}};
}

}  // namespace

Json summary_block(record::StudyInfo const& study, ensemble::Summary const& summary) {
  // The old rule: null without a finite POI estimate. A study without a POI keeps its pulls of
  // parameters.
  if (summary.poi_all.n == 0 && (study.poi || summary.n_rows == 0)) {
    return nullptr;
  }
  auto block = distribution_block(summary.poi_all);
  auto const unknown = summary.n_failed + summary.n_missing;
  block["pull"] =
      study.poi ? pull_block(summary.parameters[*study.poi].pulls, unknown) : Json(nullptr);
  if (!block["pull"].is_null()) {
    auto const note = ensemble::pull_note(summary, study, *study.poi);
    block["pull"]["n_left_out"] = summary.parameters[*study.poi].n_no_error;
    block["pull"]["note"] = note ? Json(*note) : Json(nullptr);
  }
  block["pulls_by_param"] = pulls_by_param(summary);
  block["mean_bounds"] = pair(summary.poi_mean_bounds);
  block["median_bounds"] = pair(summary.poi_median_bounds);
  block["converged_fraction_bounds"] = pair(summary.converged_fraction_bounds);
  block["n_failed"] = summary.n_failed;
  block["n_missing"] = summary.n_missing;
  block["constrained_pulls_unit_gaussian"] =
      study.constraint_mode == record::ConstraintMode::randomize || study.constrained.empty();
  block["n_two_minima"] = summary.n_two_minima;
  block["two_minima_within"] = ensemble::two_minima_within;
  block["largest_certified_bound"] = number(summary.largest_bound);
  return block;
}

Json guardrails_block(ensemble::GuardrailVerdict const& verdict) {
  return {{"require_all_converged", verdict.limits.require_all_converged},
          {"max_abs_poi_pull_mean", number(verdict.limits.max_abs_poi_pull_mean)},
          {"poi_pull_std_range", pair(verdict.limits.poi_pull_std_range)},
          {"max_fail_frac", number(verdict.limits.max_fail_frac)},
          {"poi_pull_mean", number(verdict.poi_pull_mean)},
          {"poi_pull_std", number(verdict.poi_pull_std)},
          {"passed", verdict.passed},
          {"failures", verdict.failures},
          {"warnings", verdict.warnings}};
}

}  // namespace toyfarm::io
