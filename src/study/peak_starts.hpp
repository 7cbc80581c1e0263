#pragma once
#include <string>
#include <vector>

#include "toyfarm/fit/extended_nll.hpp"
#include "toyfarm/fit/minimise.hpp"

#include "study/matched_filter.hpp"
#include "study/peaks.hpp"

namespace toyfarm::study {

/// A start with a group of peaks at an excess.
struct PeakStart {
  std::vector<double> theta;
  double q;           ///< of all the group's peaks there
  double background;  ///< events under the one of the highest q
  std::string name;   ///< for reports
};

/// The group's widths times a factor, within their bounds; 0 and infinity for the bounds.
[[nodiscard]] std::vector<double> with_widths(model::Model const& model,
                                              PeakGroup const& group,
                                              std::vector<double> theta,
                                              double factor);

/// Moves a group's peaks to an excess, `there` being what filters say of it, [peak]; `q` is their
/// sum.
[[nodiscard]] PeakStart peaks_at(model::Model const& model,
                                 PeakGroup const& group,
                                 std::vector<double> const& null,
                                 Excess const& excess,
                                 std::vector<Excess> const& there);

/// What the fit of a sample without a group of peaks leaves for them.
class PeakSearch {
 public:
  /// Fits without the group's processes from `best`. `null_nll` is of a sample that may be smaller
  /// than `sample`, which the filter sees.
  PeakSearch(fit::ExtendedNll& null_nll,
             model::Sample const& sample,
             PeakGroup const& group,
             std::vector<double> const& best);
  [[nodiscard]] std::vector<double> const& null_point() const noexcept { return null_; }
  /// NLL there, without the group; infinite where it does not exist.
  [[nodiscard]] double null_nll() const noexcept { return null_nll_; }
  /// Highest q first.
  [[nodiscard]] std::vector<PeakStart> starts(std::size_t most) const;

 private:
  [[nodiscard]] Spectrum spectrum(model::Sample const& sample, Peak const& peak) const;
  void add_scores(Peak const& peak, fit::FitResult const& null, Spectrum& out);
  [[nodiscard]] PeakStart start_at(Excess const& excess) const;

  fit::ExtendedNll* nll_;
  PeakGroup const* group_;
  std::vector<double> null_;
  double null_nll_;
  std::vector<MatchedFilter> filters_;  ///< [peak]
};

}  // namespace toyfarm::study
