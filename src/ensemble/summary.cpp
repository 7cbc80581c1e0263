#include "toyfarm/ensemble/summary.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/record/row_view.hpp"

#include "ensemble/distribution.hpp"

namespace toyfarm::ensemble {
namespace {

using record::RowView;

/// Passes that are made side by side, so that their counters stay within about 15 MB.
constexpr std::size_t most_at_once = 128;

/// A part of the summary, made from rows that pass by several times in ToyId order.
class Part {
 public:
  Part() = default;
  Part(Part const&) = delete;
  Part& operator=(Part const&) = delete;
  virtual ~Part() = default;
  virtual void add(RowView const& row) = 0;
  /// True if the rows must pass once more.
  [[nodiscard]] virtual bool end_pass() = 0;
};

/// How toys ended.
class Counts final : public Part {
 public:
  explicit Counts(Summary& summary) : summary_(summary) {}
  void add(RowView const& row) override {
    ++summary_.by_status[static_cast<std::size_t>(row.status())];
    ++summary_.by_engine[static_cast<std::size_t>(row.engine())];
    if (core::is_converged(row.status())) {
      ++summary_.n_converged;
      summary_.n_two_minima += row.next_end() <= two_minima_within ? 1U : 0U;  // NaN: no other end
    } else if (is_error(row.status(), row.nll())) {
      ++summary_.n_error;
    }
    if (row.bound() > summary_.largest_bound) {
      summary_.largest_bound = row.bound();
    }
  }
  bool end_pass() override { return false; }

 private:
  Summary& summary_;
};

class ParameterPart final : public Part {
 public:
  ParameterPart(std::size_t parameter, double truth) : parameter_(parameter), truth_(truth) {}
  void add(RowView const& row) override;
  bool end_pass() override;
  [[nodiscard]] ParameterSummary result(std::uint64_t n_unknown) const;

 private:
  std::size_t parameter_;
  double truth_;
  bool first_pass_ = true;
  ParameterSummary counts_;
  std::uint64_t n_below_1_ = 0;
  std::uint64_t n_below_2_ = 0;
  Passes estimates_ = distribution_passes();
  Passes residuals_ = distribution_passes();
  Passes pulls_ = distribution_passes();
};

void ParameterPart::add(RowView const& row) {
  if (!core::is_converged(row.status())) {
    return;
  }
  double const estimate = row.estimate(parameter_);
  double const error = row.error(parameter_);
  bool const has_error = std::isfinite(error) && error > 0;
  double const pull = (estimate - truth_) / error;
  if (first_pass_) {
    auto const held = row.held(parameter_);
    counts_.n_at_lower += held == core::Held::lower ? 1U : 0U;
    counts_.n_at_upper += held == core::Held::upper ? 1U : 0U;
    counts_.n_at_edge += held == core::Held::edge ? 1U : 0U;
    counts_.n_unused += held == core::Held::unused ? 1U : 0U;
    counts_.n_no_error += has_error ? 0U : 1U;
    bool const counts = has_error && std::isfinite(estimate);
    n_below_1_ += counts && std::abs(pull) < 1 ? 1U : 0U;
    n_below_2_ += counts && std::abs(pull) < 2 ? 1U : 0U;
  }
  if (!std::isfinite(estimate)) {
    return;
  }
  estimates_.add(estimate);
  residuals_.add(estimate - truth_);
  if (has_error) {
    pulls_.add(pull);
  }
}

bool ParameterPart::end_pass() {
  first_pass_ = false;
  bool more = false;
  for (auto* const values : {&estimates_, &residuals_, &pulls_}) {
    more = values->end_pass() || more;
  }
  return more;
}

ParameterSummary ParameterPart::result(std::uint64_t n_unknown) const {
  auto result = counts_;
  result.estimates = distribution(estimates_);
  result.residuals = distribution(residuals_);
  auto& pulls = result.pulls;
  pulls.values = distribution(pulls_);
  if (auto const n = pulls_.n(); n > 0) {
    pulls.frac_abs_lt_1 = static_cast<double>(n_below_1_) / static_cast<double>(n);
    pulls.frac_abs_lt_2 = static_cast<double>(n_below_2_) / static_cast<double>(n);
    pulls.frac_abs_lt_1_bounds = fraction_bounds(n_below_1_, n, n_unknown);
    pulls.frac_abs_lt_2_bounds = fraction_bounds(n_below_2_, n, n_unknown);
  }
  return result;
}

/// The parameter of interest: the old `summary` block, and what failed toys could change.
class PoiPart final : public Part {
 public:
  PoiPart(record::StudyInfo const& study, std::uint64_t n_requested)
      : poi_(*study.poi),
        lower_(study.lower[poi_]),
        upper_(study.upper[poi_]),
        n_requested_(n_requested),
        converged_(median_bounds_passes(n_requested)) {}
  void add(RowView const& row) override {
    double const estimate = row.estimate(poi_);
    if (!std::isfinite(estimate) || is_error(row.status(), row.nll())) {
      return;
    }
    all_.add(estimate);
    if (core::is_converged(row.status())) {
      converged_.add(estimate);
    }
  }
  bool end_pass() override {
    bool const more = all_.end_pass();
    return converged_.end_pass() || more;
  }
  void fill(Summary& summary) const;

 private:
  std::size_t poi_;
  double lower_;
  double upper_;
  std::uint64_t n_requested_;
  Passes all_ = distribution_passes();
  Passes converged_;
};

void PoiPart::fill(Summary& summary) const {
  // A converged toy has a finite estimate; anything else is unknown and may have been anywhere
  // between the bounds.
  auto const n_unknown = n_requested_ - converged_.n();
  auto const n = static_cast<double>(n_requested_);
  if (n > 0 && ((std::isfinite(lower_) && std::isfinite(upper_)) || n_unknown == 0)) {
    auto const m = static_cast<double>(n_unknown);
    summary.poi_mean_bounds = std::pair{(converged_.sum() + (n_unknown == 0 ? 0 : m * lower_)) / n,
                                        (converged_.sum() + (n_unknown == 0 ? 0 : m * upper_)) / n};
  }
  summary.poi_median_bounds = median_bounds(converged_, n_unknown, lower_, upper_);
  summary.poi_all = distribution(all_);
}

/// Lets the rows pass by until every part has seen enough.
void run_passes(record::RowSource const& rows, std::vector<Part*> const& parts) {
  for (std::size_t begin = 0; begin < parts.size(); begin += most_at_once) {
    auto const first = parts.begin() + static_cast<std::ptrdiff_t>(begin);
    std::vector<Part*> open(
        first, first + static_cast<std::ptrdiff_t>(std::min(most_at_once, parts.size() - begin)));
    while (!open.empty()) {
      record::for_each_row(rows, [&](RowView const& row) {
        for (auto* const part : open) {
          part->add(row);
        }
      });
      std::erase_if(open, [](Part* part) { return !part->end_pass(); });
    }
  }
}

}  // namespace

bool is_error(core::FitStatus status, double nll) noexcept {
  return status == core::FitStatus::infinite_nll || !std::isfinite(nll);
}

Summary summarise(record::StudyInfo const& study,
                  record::RowSource const& rows,
                  core::ToyRange range) {
  TOYFARM_EXPECTS(rows.layout() == study.layout());
  TOYFARM_EXPECTS(rows.size() <= range.count);
  Summary summary;
  Counts counts(summary);
  std::optional<PoiPart> poi;
  std::deque<ParameterPart> parameters;
  std::vector<Part*> parts{&counts};
  if (study.poi) {
    parts.push_back(&poi.emplace(study, range.count));
  }
  for (std::size_t j = 0; j < study.parameter_names.size(); ++j) {
    parts.push_back(&parameters.emplace_back(j, study.truth[j]));
  }
  run_passes(rows, parts);
  summary.n_requested = range.count;
  summary.n_rows = rows.size();
  summary.n_failed = summary.n_rows - summary.n_converged;
  summary.n_missing = summary.n_requested - summary.n_rows;
  summary.converged_fraction_bounds =
      fraction_bounds(summary.n_converged, summary.n_rows, summary.n_missing);
  if (poi) {
    poi->fill(summary);
  }
  for (auto const& parameter : parameters) {
    summary.parameters.push_back(parameter.result(summary.n_failed + summary.n_missing));
  }
  return summary;
}

}  // namespace toyfarm::ensemble
