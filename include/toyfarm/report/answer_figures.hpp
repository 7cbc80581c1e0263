#pragma once
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/report/page.hpp"

// Figures of answers to questions. Numbers that there are none of are NaN.
namespace toyfarm::report {

inline constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// A number with asymmetric errors or a range; NaN ends: none.
struct Ranged {
  double value = no_number;
  double low = no_number;
  double high = no_number;
};

/// Accepted values of a parameter; an end that is no crossing says what it is.
struct AcceptedRange {
  double cl = no_number;
  double low = no_number;
  double high = no_number;
  std::string low_state{}, high_state{};
};
/// "[1.12, 2.22]", with words at ends that are no crossings.
[[nodiscard]] std::string range_text(AcceptedRange const& range);

/// A profile likelihood over one parameter, or over two of which the second changes fastest.
struct ScanNumbers {
  std::vector<std::string> parameters;      ///< 1 or 2
  std::vector<double> best;                 ///< [parameter]
  std::vector<std::vector<double>> values;  ///< [parameter][point]
  std::vector<double> two_delta_nll;        ///< [point]
  std::vector<double> stat_only;            ///< [point], or none
  std::vector<AcceptedRange> intervals;
};
/// The curve with the levels and ends of its intervals.
[[nodiscard]] Figure scan_figure(ScanNumbers const& scan);
/// A map of both, with the contours of 68.27 % and 95 % (2.296, 5.991) and the best fit.
[[nodiscard]] Figure scan_map_figure(ScanNumbers const& scan);

/// A number that was observed, and quantiles of what was expected of it: -2, -1, 0, +1, +2 sigma.
struct BandNumbers {
  struct Row {
    std::string name;
    double observed = no_number;
    std::array<double, 5> expected{no_number, no_number, no_number, no_number, no_number};
  };
  std::string quantity;  ///< at the axis
  std::vector<Row> rows;
};
/// Bands of one and two sigma with the median and what was observed.
[[nodiscard]] Figure band_figure(BandNumbers const& numbers,
                                 std::string key,
                                 std::string const& title);

/// CLs at values of the parameter of interest.
struct ClsNumbers {
  std::string poi;
  double cl = no_number;
  double observed = no_number;  ///< limit
  std::vector<double> values;   ///< [point]
  std::vector<Ranged> cls;      ///< [point]
};
[[nodiscard]] Figure cls_figure(ClsNumbers const& numbers);

/// What a nuisance does to the parameter of interest.
struct ImpactNumbers {
  std::string name;
  double pull = no_number;        ///< (estimate - prior's) / prior's error
  double constraint = no_number;  ///< error / prior's error
  double post_up = no_number, post_down = no_number;
  double pre_up = no_number, pre_down = no_number;
};
/// Pulls on the left, impacts on the right, the largest first; of at most 40 nuisances.
[[nodiscard]] Figure impacts_figure(std::string const& poi, std::vector<ImpactNumbers> impacts);

/// A statistic at true values: its quantiles over toys, and what it is for the data.
struct BeltNumbers {
  std::string poi;
  std::vector<double> truths;
  std::vector<double> observed;  ///< [truth]
  struct Critical {
    double cl = no_number;
    std::vector<Ranged> values;  ///< [truth]
  };
  std::vector<Critical> critical;
  std::vector<AcceptedRange> accepted;
};
[[nodiscard]] Figure belt_figure(BeltNumbers const& belt);

/// Shares of toys whose interval holds the truth.
struct CoverageNumbers {
  std::string poi;
  struct Curve {
    std::string method;
    double cl = no_number;
    std::vector<double> truths;
    std::vector<Ranged> shares;  ///< [truth]
  };
  std::vector<Curve> curves;  ///< at most four are told apart by colour
};
[[nodiscard]] Figure coverage_figure(CoverageNumbers const& coverage);

}  // namespace toyfarm::report
