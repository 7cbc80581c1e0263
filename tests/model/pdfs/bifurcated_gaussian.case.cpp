#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase bifurcated_gaussian_case() {
  PdfCase c{.type = "bifurcated_gaussian"};
  c.points = points_of(c.type,
                       z_window,
                       {{91, 2.5, 4},
                        {91, 2.5, 2.5},
                        {91, 0.05, 30},
                        {60.1, 2, 3},
                        {119.9, 2, 3},
                        {50, 3, 8},
                        {130, 10, 3},
                        {90, 100, 5}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const d = from_peak(p, t, s);
    Real const sigma = d < 0 ? t[1] : t[2];
    return -d * d / (2 * sigma * sigma);
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    auto marks = around(t[0] - nearest_to_peak(p), t[1]);
    auto const right = around(t[0] - nearest_to_peak(p), t[2]);
    marks.insert(marks.end(), right.begin(), right.end());
    return marks;
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    return {std::max<Real>(std::min(p.theta[1], p.theta[2]), outside), p.theta[1], p.theta[2]};
  };
  c.reference.holds_at = [](Case const& p, double x) {
    return std::abs(x - p.theta[0]) > 0.03 * std::min(p.theta[1], p.theta[2]);
  };
  c.values = {{z_window,
               {91.2, 2.5, 4},
               {60, 88.7, 117.25},
               {-79.972793529545948, -2.5975935295459483, -23.303921654545948}},
              {z_window,
               {50, 2.5, 14},
               {60, 88.7, 117.25},
               {-2.3756154020753346, -5.9411511163610489, -13.657662595952886}}};
  c.outside = {{{91, 2, 3}, {91, 0, 3}},
               {{91, 2, 3}, {91, 2, -1}},
               {{91, 2, 3}, {std::numeric_limits<double>::infinity(), 2, 3}}};
  c.toys = {{"bifurcated_gaussian", {{"m", 4}, {"sl", 0.5}, {"sr", 1.2}}}};
  c.studies = {peak_on(
      "bifurcated_gaussian on exponential",
      R"({"type":"bifurcated_gaussian","observable":"x","params":["m","sl","sr"]})",
      falling,
      std::string(falling_parameter) +
          R"(,{"name":"m","init":4,"bounds":[2,6]},{"name":"sl","init":0.4,"bounds":[0.1,2]})"
          R"(,{"name":"sr","init":0.7,"bounds":[0.1,2]})")};
  c.bench = {{c.type, z_window, {91, 2.5, 4}}};
  return c;
}

}  // namespace toyfarm::model::testing
