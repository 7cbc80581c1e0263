#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/ensemble/summary.hpp"
#include "toyfarm/record/toy_record.hpp"
#include "toyfarm/report/correlation.hpp"

// What figures of an ensemble show, as numbers.
namespace toyfarm::report {

/// Counts in bins of equal width from `low` to `high`; a value at an inner edge is in the upper
/// bin, one at `high` in the last.
struct Histogram {
  double low = 0;
  double high = 1;
  std::vector<std::uint64_t> counts;  ///< [bin]
  std::uint64_t below = 0;            ///< values under low
  std::uint64_t above = 0;            ///< values over high
  [[nodiscard]] double bin_width() const {
    return (high - low) / static_cast<double>(counts.size());
  }
  [[nodiscard]] double center(std::size_t bin) const {
    return low + (static_cast<double>(bin) + 0.5) * bin_width();
  }
  [[nodiscard]] std::uint64_t n_inside() const;
  [[nodiscard]] std::uint64_t largest() const;
  /// Counts a finite value.
  void fill(double value);
};

/// Mean and width of a sample with their errors; width from the sample's variance, its error that
/// of Gaussian samples, width / sqrt(2 (n - 1)). NaN where there is none.
struct MeanAndWidth {
  std::uint64_t n = 0;
  double mean = 0, mean_error = 0, width = 0, width_error = 0;
};
[[nodiscard]] MeanAndWidth mean_and_width(ensemble::Distribution const& values);

/// A free parameter over the converged toys.
struct ParameterNumbers {
  std::size_t parameter = 0;  ///< of the study
  std::string name;
  double truth = 0;
  Histogram estimates;
  MeanAndWidth estimate;
  Histogram pulls;  ///< from -5 to 5, of toys with an error
  MeanAndWidth pull;
};

struct ToyNumbers {
  std::vector<ParameterNumbers> parameters;  ///< the POI first, then in order of the study
  Correlation correlation;                   ///< of estimates of the first parameters
};
/// Of the study's free parameters. `summary` is that of the same rows.
[[nodiscard]] ToyNumbers toy_numbers(record::StudyInfo const& study,
                                     record::RowSource const& rows,
                                     ensemble::Summary const& summary);

}  // namespace toyfarm::report
