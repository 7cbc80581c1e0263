#include "toyfarm/ensemble/summary.hpp"

#include <cmath>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/record/row_view.hpp"

#include "ensemble/distribution.hpp"

namespace toyfarm::ensemble {
namespace {

void count(Summary& summary, record::RowTable const& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto const row = record::view(rows, i);
    ++summary.by_status[static_cast<std::size_t>(row.status())];
    ++summary.by_engine[static_cast<std::size_t>(row.engine())];
    if (core::is_converged(row.status())) {
      ++summary.n_converged;
    } else if (is_error(row.status(), row.nll())) {
      ++summary.n_error;
    }
    if (row.bound() > summary.largest_bound) {
      summary.largest_bound = row.bound();
    }
  }
}

struct Share {
  std::uint64_t below_1 = 0;
  std::uint64_t below_2 = 0;
};

Share share_of_small(std::vector<double> const& pulls) {
  Share share;
  for (double const pull : pulls) {
    share.below_1 += std::abs(pull) < 1 ? 1U : 0U;
    share.below_2 += std::abs(pull) < 2 ? 1U : 0U;
  }
  return share;
}

PullSummary summarise_pulls(std::vector<double> pulls, std::uint64_t n_unknown) {
  PullSummary result;
  auto const share = share_of_small(pulls);
  if (auto const n = static_cast<double>(pulls.size()); n > 0) {
    result.frac_abs_lt_1 = static_cast<double>(share.below_1) / n;
    result.frac_abs_lt_2 = static_cast<double>(share.below_2) / n;
    result.frac_abs_lt_1_bounds = fraction_bounds(share.below_1, pulls.size(), n_unknown);
    result.frac_abs_lt_2_bounds = fraction_bounds(share.below_2, pulls.size(), n_unknown);
  }
  result.values = distribution(std::move(pulls));
  return result;
}

ParameterSummary summarise_parameter(record::RowTable const& rows,
                                     std::size_t j,
                                     double truth,
                                     std::uint64_t n_unknown) {
  ParameterSummary result;
  std::vector<double> estimates;
  std::vector<double> residuals;
  std::vector<double> pulls;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto const row = record::view(rows, i);
    if (!core::is_converged(row.status())) {
      continue;
    }
    result.n_at_lower += row.at_bound(j) == record::AtBound::lower ? 1U : 0U;
    result.n_at_upper += row.at_bound(j) == record::AtBound::upper ? 1U : 0U;
    double const estimate = row.estimate(j);
    double const error = row.error(j);
    bool const has_error = std::isfinite(error) && error > 0;
    result.n_no_error += has_error ? 0U : 1U;
    if (!std::isfinite(estimate)) {
      continue;
    }
    estimates.push_back(estimate);
    residuals.push_back(estimate - truth);
    if (has_error) {
      pulls.push_back((estimate - truth) / error);
    }
  }
  result.estimates = distribution(std::move(estimates));
  result.residuals = distribution(std::move(residuals));
  result.pulls = summarise_pulls(std::move(pulls), n_unknown);
  return result;
}

void summarise_poi(Summary& summary, record::StudyInfo const& study, record::RowTable const& rows) {
  auto const poi = *study.poi;
  std::vector<double> all;
  std::vector<double> converged;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto const row = record::view(rows, i);
    double const estimate = row.estimate(poi);
    if (!std::isfinite(estimate) || is_error(row.status(), row.nll())) {
      continue;
    }
    all.push_back(estimate);
    if (core::is_converged(row.status())) {
      converged.push_back(estimate);
    }
  }
  // A converged toy has a finite estimate; anything else is unknown and may have been anywhere
  // between the bounds.
  auto const n_unknown = summary.n_rows + summary.n_missing - converged.size();
  auto const n = static_cast<double>(converged.size() + n_unknown);
  double const lower = study.lower[poi];
  double const upper = study.upper[poi];
  if (n > 0 && ((std::isfinite(lower) && std::isfinite(upper)) || n_unknown == 0)) {
    double const sum = compensated_sum(converged);
    auto const m = static_cast<double>(n_unknown);
    summary.poi_mean_bounds = std::pair{(sum + (n_unknown == 0 ? 0 : m * lower)) / n,
                                        (sum + (n_unknown == 0 ? 0 : m * upper)) / n};
  }
  summary.poi_median_bounds = median_bounds(std::move(converged), n_unknown, lower, upper);
  summary.poi_all = distribution(std::move(all));
}

}  // namespace

bool is_error(core::FitStatus status, double nll) noexcept {
  return status == core::FitStatus::infinite_nll || !std::isfinite(nll);
}

Summary summarise(record::StudyInfo const& study,
                  record::RowTable const& rows,
                  core::ToyRange range) {
  TOYFARM_EXPECTS(rows.layout() == study.layout());
  TOYFARM_EXPECTS(rows.size() <= range.count);
  Summary summary;
  summary.n_requested = range.count;
  summary.n_rows = rows.size();
  count(summary, rows);
  summary.n_failed = summary.n_rows - summary.n_converged;
  summary.n_missing = summary.n_requested - summary.n_rows;
  summary.converged_fraction_bounds =
      fraction_bounds(summary.n_converged, summary.n_rows, summary.n_missing);
  if (study.poi) {
    summarise_poi(summary, study, rows);
  }
  for (std::size_t j = 0; j < study.parameter_names.size(); ++j) {
    summary.parameters.push_back(
        summarise_parameter(rows, j, study.truth[j], summary.n_failed + summary.n_missing));
  }
  return summary;
}

}  // namespace toyfarm::ensemble
