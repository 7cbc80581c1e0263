#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "toyfarm/ensemble/summary.hpp"

namespace toyfarm::ensemble {
namespace {

/// The shortest decimal digits that give `x` back, never with an exponent: the form of the old
/// tools' messages.
std::string shortest(double x) {
  std::array<char, 1100> text;  // 309 digits before the point or 1074 after it
  auto const end =
      std::to_chars(text.data(), text.data() + text.size(), x, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

void judge_convergence(GuardrailVerdict& verdict, Summary const& summary) {
  auto const n_nonconverged = summary.n_failed - summary.n_error;
  if (verdict.limits.require_all_converged && summary.n_failed + summary.n_missing > 0) {
    verdict.failures.push_back(
        "require_all_converged violated (n_validation_error=" + std::to_string(summary.n_error) +
        ", n_computation_error=0, n_nonconverged=" + std::to_string(n_nonconverged) +
        (summary.n_missing > 0 ? ", n_missing=" + std::to_string(summary.n_missing) : "") + ")");
  }
  if (summary.n_converged == 0 && summary.n_requested > 0) {
    verdict.failures.push_back("no toy converged (" + std::to_string(summary.n_failed) +
                               " failed, " + std::to_string(summary.n_missing) + " missing)");
    return;
  }
  auto const failed = static_cast<double>(summary.n_failed);
  auto const rows = static_cast<double>(summary.n_rows);
  if (failed > verdict.limits.max_fail_frac * rows) {
    verdict.failures.push_back("too many toys failed: " + std::to_string(summary.n_failed) +
                               " of " + std::to_string(summary.n_rows) + " > " +
                               shortest(verdict.limits.max_fail_frac));
  } else if (failed + static_cast<double>(summary.n_missing) >
             verdict.limits.max_fail_frac * static_cast<double>(summary.n_requested)) {
    verdict.warnings.push_back(
        "if the " + std::to_string(summary.n_missing) + " missing toys had failed, " +
        std::to_string(summary.n_failed + summary.n_missing) + " of " +
        std::to_string(summary.n_requested) + " would exceed the allowed share " +
        shortest(verdict.limits.max_fail_frac));
  }
}

void judge_pulls(GuardrailVerdict& verdict) {
  auto const& limits = verdict.limits;
  if (!limits.max_abs_poi_pull_mean && !limits.poi_pull_std_range) {
    return;
  }
  if (!verdict.poi_pull_mean) {
    verdict.failures.emplace_back(
        "POI pull summary is unavailable (no converged toys with finite uncertainties)");
    return;
  }
  // Written so that a NaN fails.
  if (limits.max_abs_poi_pull_mean &&
      !(std::abs(*verdict.poi_pull_mean) <= *limits.max_abs_poi_pull_mean)) {
    verdict.failures.push_back("abs(mean pull(POI)) too large: |" +
                               shortest(*verdict.poi_pull_mean) + "| > " +
                               shortest(*limits.max_abs_poi_pull_mean));
  }
  if (limits.poi_pull_std_range) {
    auto const [low, high] = *limits.poi_pull_std_range;
    if (!(*verdict.poi_pull_std >= low && *verdict.poi_pull_std <= high)) {
      verdict.failures.push_back("std(pull(POI)) out of range: " + shortest(*verdict.poi_pull_std) +
                                 " not in [" + shortest(low) + ", " + shortest(high) + "]");
    }
  }
}

void warn(GuardrailVerdict& verdict, Summary const& summary, record::StudyInfo const& study) {
  bool const asks_pulls = verdict.limits.max_abs_poi_pull_mean || verdict.limits.poi_pull_std_range;
  if (!asks_pulls) {
    return;
  }
  if (study.constraint_mode == record::ConstraintMode::fixed && !study.constrained.empty()) {
    verdict.warnings.emplace_back(
        "constraints are fixed: pulls of constrained parameters are not unit Gaussian, and a pull "
        "guardrail cannot be read as one of closure");
  }
  if (study.poi) {
    if (auto note = pull_note(summary, study, *study.poi)) {
      verdict.warnings.push_back(std::move(*note));
    }
  }
  if (auto const unknown = summary.n_failed + summary.n_missing; unknown > 0) {
    verdict.warnings.push_back("pull mean and width say nothing of " + std::to_string(unknown) +
                               " failed or missing toys");
  }
}

}  // namespace

std::optional<std::string> pull_note(Summary const& summary,
                                     record::StudyInfo const& study,
                                     std::size_t parameter) {
  auto const& p = summary.parameters.at(parameter);
  if (p.n_no_error == 0) {
    return std::nullopt;
  }
  auto const n = summary.n_converged;
  std::array<char, 32> share;
  std::snprintf(share.data(),
                share.size(),
                "%.3g",
                100 * static_cast<double>(p.n_no_error) / static_cast<double>(n));
  return "the pull of '" + study.parameter_names.at(parameter) + "' leaves out " +
         std::to_string(p.n_no_error) + " of " + std::to_string(n) + " converged toys (" +
         share.data() + " %), where it has no error (at a bound in " +
         std::to_string(p.n_at_lower + p.n_at_upper) +
         "): mean and width are those of the other toys, and no test of closure";
}

GuardrailVerdict judge(Summary const& summary,
                       record::StudyInfo const& study,
                       GuardrailLimits const& limits) {
  GuardrailVerdict verdict;
  verdict.limits = limits;
  if (study.poi) {
    auto const& pulls = summary.parameters.at(*study.poi).pulls.values;
    verdict.poi_pull_mean = pulls.mean;
    verdict.poi_pull_std = pulls.std_ddof0;
  }
  judge_convergence(verdict, summary);
  judge_pulls(verdict);
  warn(verdict, summary, study);
  verdict.passed = verdict.failures.empty();
  return verdict;
}

}  // namespace toyfarm::ensemble
