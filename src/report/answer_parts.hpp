#pragma once
#include <span>
#include <vector>

#include "toyfarm/report/answer_figures.hpp"
#include "toyfarm/report/plot.hpp"

namespace toyfarm::report {

/// Least and largest of the finite ones; 0 and 1 if there are none.
struct Extent {
  double low, high;
};
[[nodiscard]] Extent extent_of(std::span<double const> values);

/// Points of two lists, without those that are not finite.
[[nodiscard]] std::vector<Point> finite_points(std::span<double const> x,
                                               std::span<double const> y);

/// Points with their ranges as error bars.
[[nodiscard]] std::vector<ErrorPoint> points_with_ranges(std::span<double const> x,
                                                         std::span<Ranged const> y);

/// The members of a list of ranged numbers.
[[nodiscard]] std::vector<double> values_of(std::span<Ranged const> list);
[[nodiscard]] std::vector<double> lows_of(std::span<Ranged const> list);
[[nodiscard]] std::vector<double> highs_of(std::span<Ranged const> list);

/// "68.27 % CL"
[[nodiscard]] std::string cl_text(double cl);

}  // namespace toyfarm::report
