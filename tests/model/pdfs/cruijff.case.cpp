#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase cruijff_case() {
  PdfCase c{.type = "cruijff"};
  c.points = points_of(c.type,
                       z_window,
                       {{91.2, 2.5, 3, 0.15, 0.1},
                        {91, 2.5, 4, 0, 0.2},
                        {125, 4, 2, 0.1, 0.1},
                        {50, 3, 6, 0.1, 0.2},
                        {91, 0.1, 0.2, 0.05, 0.05}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const d = from_peak(p, t, s);
    Real const sigma = d < 0 ? t[1] : t[2];
    return -d * d / (2 * sigma * sigma + (d < 0 ? t[3] : t[4]) * d * d);
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
    auto const alpha = [](double a) { return a > 0 ? a / 2 : 0.01; };
    auto const& t = p.theta;
    return {std::max<Real>(std::min(t[1], t[2]), outside) / 2,
            t[1] / 2,
            t[2] / 2,
            alpha(t[3]),
            alpha(t[4])};
  };
  c.reference.holds_at = [](Case const& p, double x) {
    return std::abs(x - p.theta[0]) > 0.03 * std::min(p.theta[1], p.theta[2]);
  };
  c.values = {{z_window,
               {91.2, 2.5, 3, 0.15, 0.1},
               {60, 88.7, 117.25},
               {-8.1971389665234543, -2.521297865896535, -9.9597516323367678}}};
  c.outside = {{{91, 2, 3, 0.1, 0.1}, {91, 0, 3, 0.1, 0.1}},
               {{91, 2, 3, 0.1, 0.1}, {91, 2, 3, -0.1, 0.1}}};
  c.toys = {{"cruijff", {{"m", 4}, {"sl", 0.5}, {"sr", 0.4}, {"al", 0.1}, {"ar", 0.2}}}};
  c.studies = {peak_on(
      "cruijff on exponential",
      R"({"type":"cruijff","observable":"x","params":["m","sl","sr","al","ar"]})",
      falling,
      std::string(falling_parameter) +
          R"(,{"name":"m","init":4,"bounds":[2,6]},{"name":"sl","init":0.4,"bounds":[0.1,2]})"
          R"(,{"name":"sr","init":0.5,"bounds":[0.1,2]})"
          R"(,{"name":"al","init":0.15,"bounds":[0.01,1]},{"name":"ar","init":0.1,"bounds":[0.01,1]})")};
  c.bench = {{c.type, z_window, {91.2, 2.5, 3, 0.15, 0.1}}};
  return c;
}

}  // namespace toyfarm::model::testing
