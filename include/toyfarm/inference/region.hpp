#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "toyfarm/inference/p_value.hpp"

// Confidence regions of two parameters: as belt.hpp, on a grid of true values.
namespace toyfarm::inference {

/// Toys against the data at every pair of values.
struct RegionGrid {
  std::vector<double> x;  ///< increasing, at least two
  std::vector<double> y;  ///< increasing, at least two
  std::vector<double> k;  ///< [x * n_y + y] toys whose statistic is not below the data's
  std::vector<double> n;  ///< [x * n_y + y] toys that have one, above 0
};

/// What is said of a point of the grid.
struct RegionPoint {
  bool accepted = false;
  bool noise = false;     ///< it was outvoted by its surroundings, or stands in a run of such
  std::size_t piece = 0;  ///< of the accepted ones, from 1; 0 where rejected
};

using ContourPoint = std::array<double, 2>;

/// Accepted values. A connected run of points (neighbours in x or y) that are all within two
/// deviations of 1 - cl and do not touch the grid's edge takes the side of its surroundings.
struct Region {
  double cl = 0;
  std::vector<RegionPoint> points;  ///< as in the grid
  std::size_t n_pieces = 0;
  std::vector<std::vector<ContourPoint>> contours;  ///< lines, closed where first and last agree
  std::optional<Range> x;  ///< least and largest accepted, interpolated as the contours are
  std::optional<Range> y;
};

/// Contours by marching squares through probits of p-values, linear along the grid's lines
/// (Lorensen, Cline 1987, doi:10.1145/37402.37422).
[[nodiscard]] Region region(RegionGrid const& grid, double cl);

}  // namespace toyfarm::inference
