#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

PdfCase gaussian_case() {
  PdfCase c{.type = "gaussian"};
  c.points =
      points_of(c.type, z_window, {{91, 2.5},      {91, 0.01}, {91, 1e3},   {60, 2},    {120, 2},
                                   {50, 2},        {50, 3.3},  {130, 3},    {52, 10},   {41, 5},
                                   {59.999, 1e-2}, {20, 1},    {160, 1},    {-940, 1},  {90, 30},
                                   {90, 29.999},   {90, 1e6},  {-1e4, 300}, {119, 0.5}, {30, 7.5}});
  // Up to a factor without x, which keeps large squares from cancelling.
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) {
    return -s * (s + 2 * (nearest_to_peak(p) - t[0])) / (2 * t[1] * t[1]);
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    return around(t[0] - nearest_to_peak(p), t[1]);
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    return {std::max<Real>(p.theta[1], outside), p.theta[1]};
  };
  c.values = {{z_window,
               {91.2, 2.5},
               {60, 88.7, 117.25},
               {-79.71042926507883, -2.3352292650788278, -56.12342926507881}}};
  double const inf = std::numeric_limits<double>::infinity();
  double const nan = std::numeric_limits<double>::quiet_NaN();
  c.outside = {{{91, 2}, {91, 0}},
               {{91, 2}, {91, -2}},
               {{91, 2}, {nan, 2}},
               {{91, 2}, {91, inf}},
               {{91, 2}, {91, nan}}};
  c.toys = {{"gaussian", {{"m", 4}, {"s", 0.7}}},
            {"gaussian at the border", {{"m", 10.5}, {"s", 0.4}}},
            {"narrow gaussian", {{"m", 3.3}, {"s", 1e-5}}}};
  c.bench = {{c.type, z_window, {91, 2.5}}};
  return c;
}

}  // namespace toyfarm::model::testing
