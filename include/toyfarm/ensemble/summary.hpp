#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/core/status.hpp"
#include "toyfarm/record/study_info.hpp"
#include "toyfarm/record/toy_record.hpp"

// Summaries of an ensemble of toys. Sums run in ToyId order, so that equal rows give equal bits;
// rows are read in several passes and never held all at once.
namespace toyfarm::ensemble {

/// Lower and upper value that a statistic can take once failed and missing toys are counted;
/// nothing where there is no finite bound.
using Bounds = std::optional<std::pair<double, double>>;

/// Statistics of one quantity with the old tools' conventions and ours beside them. Nothing where
/// no value exists.
struct Distribution {
  std::uint64_t n = 0;
  std::optional<double> mean;
  std::optional<double> std_ddof0;      ///< population width (old key `std`)
  std::optional<double> std_ddof1;      ///< sample width, from 2 values on
  std::optional<double> error_of_mean;  ///< std_ddof1 / sqrt(n)
  std::optional<double> median;         ///< mean of the two middle values for even n
  std::optional<double> q16, q50,
      q84;  ///< nearest rank: sorted[round((n-1)p)], halves away from zero
};

struct PullSummary {
  Distribution values;
  std::optional<double> frac_abs_lt_1;
  std::optional<double> frac_abs_lt_2;
  Bounds frac_abs_lt_1_bounds;  ///< [k/n, (k+m)/n] with m failed or missing toys
  Bounds frac_abs_lt_2_bounds;
};

struct ParameterSummary {
  Distribution estimates;  ///< converged toys
  PullSummary pulls;       ///< (estimate - truth)/error, converged toys that have an error > 0
  Distribution residuals;  ///< estimate - truth, converged toys: median, q16, q84
  std::uint64_t n_at_lower = 0;
  std::uint64_t n_at_upper = 0;
  std::uint64_t n_at_edge = 0;   ///< held by a kink or by a density that touches zero
  std::uint64_t n_unused = 0;    ///< no term with a yield depended on it
  std::uint64_t n_no_error = 0;  ///< converged toys without an error
};

/// Two ends of a fit whose NLL differ by no more than this may well be taken for one another.
inline constexpr double two_minima_within = 0.5;

/// A row without a usable fit: no finite NLL was found. Old files show such toys as null.
[[nodiscard]] bool is_error(core::FitStatus status, double nll) noexcept;

struct Summary {
  std::uint64_t n_requested = 0;  ///< toys the range should hold
  std::uint64_t n_rows = 0;
  std::array<std::uint64_t, core::n_fit_statuses> by_status{};
  std::uint64_t n_converged = 0;  ///< converged + at_bound + at_edge
  std::uint64_t n_failed = 0;     ///< rows that are not converged
  std::uint64_t n_missing = 0;    ///< n_requested - n_rows
  std::uint64_t n_error =
      0;  ///< rows of n_failed without a usable fit (see is_error), the old n_validation_error
  std::uint64_t n_two_minima = 0;  ///< converged, another end no more than two_minima_within higher
  std::array<std::uint64_t, core::n_engines> by_engine{};
  double largest_bound = 0;  ///< largest certified bound
  Distribution poi_all;  ///< finite poi estimates, non-converged included: the old `summary` block
  Bounds poi_mean_bounds;  ///< what failed and missing toys could make of the mean (finite
                           ///< parameter bounds only)
  Bounds poi_median_bounds;
  Bounds converged_fraction_bounds;
  std::vector<ParameterSummary> parameters;  ///< [parameter]
};

/// Summarises rows of toys out of `range`.
[[nodiscard]] Summary summarise(record::StudyInfo const& study,
                                record::RowSource const& rows,
                                core::ToyRange range);

/// What the pulls of a parameter leave out, as a sentence: the converged toys in which it has no
/// error, at a bound for the most part. Nothing where none is left out.
[[nodiscard]] std::optional<std::string> pull_note(Summary const& summary,
                                                   record::StudyInfo const& study,
                                                   std::size_t parameter);

struct GuardrailLimits {
  bool require_all_converged = false;
  std::optional<double> max_abs_poi_pull_mean;
  std::optional<std::pair<double, double>> poi_pull_std_range;
  double max_fail_frac = 0.5;
};

struct GuardrailVerdict {
  GuardrailLimits limits;
  bool passed = true;
  std::vector<std::string> failures;  ///< in the old tools' words
  std::vector<std::string>
      warnings;  ///< for instance a pull guardrail on toys with fixed constraints
  std::optional<double> poi_pull_mean;
  std::optional<double> poi_pull_std;  ///< ddof 0, as the old tools
};

/// Judges the whole ensemble once.
[[nodiscard]] GuardrailVerdict judge(Summary const& summary,
                                     record::StudyInfo const& study,
                                     GuardrailLimits const& limits);

}  // namespace toyfarm::ensemble
