#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace toyfarm::inference {

/// Counts at one value of the POI: the ratio (k/n) / (k_b/n_b), or k/n where the defaults stay.
struct RatioPoint {
  double x = 0;
  double k = 0;
  double n = 0;
  double k_b = 1;
  double n_b = 1;
};

/// The points a crossing is made of, as places in the list: fitted are [first, last], the crossing
/// lies in [low, high].
struct Window {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t low = 0;
  std::size_t high = 0;
};

/// Where the ratio passes a level.
struct Crossing {
  double x = 0;
  double error = 0;  ///< statistical, all counts taken as independent
  bool falling = false;
  Window window;
  /// Where a curve through more points does not describe the counts: what is not known of where
  /// within the step the ratio passes; `error` is not below it.
  double least_error = 0;
};

/// How a point's ratio stands to a level, in standard deviations that it would have at the level.
[[nodiscard]] double distance(RatioPoint const& point, double level);

/// From how many standard deviations on a point is surely on its side.
inline constexpr double decided_from = 2;

/// All crossings of `level`, points in order of x, no two at the same x, each with n > 0 and k_b >
/// 0. A change of sides between points that are not surely on theirs is noise; but where the list
/// ends the points' own side holds. Between grid points both probabilities follow probit curves
/// fitted to the counts of near points (within one unit of the probit, fewer where the curve does
/// not describe the counts, two where there is a step).
[[nodiscard]] std::vector<Crossing> find_crossings(std::span<RatioPoint const> points,
                                                   double level);

/// The crossing within the same window, of other counts; nothing where they do not cross.
[[nodiscard]] std::optional<double> solve(Window const& window,
                                          std::span<RatioPoint const> points,
                                          double level);

}  // namespace toyfarm::inference
