#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase gauss_exp_tail_case() {
  PdfCase c{.type = "gauss_exp_tail"};
  c.points = points_of(c.type,
                       z_window,
                       {{91.2, 2.5, 3, 1.1, 1.7},
                        {91, 0.2, 0.3, 0.5, 0.7},
                        {125, 4, 2, 1, 1},
                        {50, 3, 6, 1, 2},
                        {91, 5, 5, 8, 8}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const d = from_peak(p, t, s);
    Real const r = std::abs(d) / (d < 0 ? t[1] : t[2]);
    Real const alpha = d < 0 ? t[3] : t[4];
    return r < alpha ? -r * r / 2 : alpha * alpha / 2 - alpha * r;
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    auto marks = around(t[0] - nearest_to_peak(p), t[1]);
    auto const right = around(t[0] - nearest_to_peak(p), t[2]);
    marks.insert(marks.end(), right.begin(), right.end());
    marks.push_back(t[0] - nearest_to_peak(p) - t[1] * t[3]);
    marks.push_back(t[0] - nearest_to_peak(p) + t[2] * t[4]);
    return marks;
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    auto const& t = p.theta;
    return {
        std::max<Real>(std::min(t[1], t[2]), outside) / 2, t[1] / 2, t[2] / 2, t[3] / 2, t[4] / 2};
  };
  c.reference.holds_at = [](Case const& p, double x) {
    auto const near = [&](double joint, double sigma) {
      return std::abs(x - joint) < 0.03 * (sigma + std::abs(x - p.theta[0]));
    };
    auto const& t = p.theta;
    return !near(t[0], std::min(t[1], t[2])) && !near(t[0] - t[1] * t[3], t[1]) &&
           !near(t[0] + t[2] * t[4], t[2]);
  };
  c.values = {{z_window,
               {91.2, 2.5, 3, 1.1, 1.7},
               {60, 88.7, 117.25},
               {-15.119743832471202, -2.4967438324712015, -15.313410499137868}}};
  c.outside = {{{91, 2, 3, 1, 1}, {91, 0, 3, 1, 1}}, {{91, 2, 3, 1, 1}, {91, 2, 3, 0, 1}}};
  c.toys = {{"gauss_exp_tail", {{"m", 4}, {"sl", 0.5}, {"sr", 0.4}, {"al", 1.1}, {"ar", 1.7}}}};
  c.studies = {peak_on(
      "gauss_exp_tail on exponential",
      R"({"type":"gauss_exp_tail","observable":"x","params":["m","sl","sr","al","ar"]})",
      falling,
      std::string(falling_parameter) +
          R"(,{"name":"m","init":4,"bounds":[2,6]},{"name":"sl","init":0.4,"bounds":[0.1,2]})"
          R"(,{"name":"sr","init":0.5,"bounds":[0.1,2]})"
          R"(,{"name":"al","init":1.1,"bounds":[0.3,4]},{"name":"ar","init":1.4,"bounds":[0.3,4]})")};
  c.bench = {{c.type, z_window, {91.2, 2.5, 3, 1.1, 1.7}}};
  return c;
}

}  // namespace toyfarm::model::testing
