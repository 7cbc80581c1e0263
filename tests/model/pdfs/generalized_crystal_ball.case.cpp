#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase generalized_crystal_ball_case() {
  PdfCase c{.type = "generalized_crystal_ball"};
  c.points = points_of(c.type,
                       z_window,
                       {{91.2, 2.5, 1.3, 2.7, 3, 0.9, 4.1},
                        {91, 0.2, 0.5, 1.1, 0.3, 0.7, 30},
                        {125, 4, 1, 3, 2, 1, 4},
                        {50, 3, 1, 3, 6, 1.5, 4},
                        {91, 5, 8, 3, 5, 8, 3}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const d = from_peak(p, t, s);
    std::size_t const side = d < 0 ? 1 : 4;
    Real const r = std::abs(d) / t[side];
    Real const alpha = t[side + 1];
    Real const n = t[side + 2];
    return r < alpha
               ? -r * r / 2
               : n * std::log(n / alpha) - alpha * alpha / 2 - n * std::log(n / alpha - alpha + r);
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    auto marks = around(t[0] - nearest_to_peak(p), t[1]);
    auto const right = around(t[0] - nearest_to_peak(p), t[4]);
    marks.insert(marks.end(), right.begin(), right.end());
    marks.push_back(t[0] - nearest_to_peak(p) - t[1] * t[2]);
    marks.push_back(t[0] - nearest_to_peak(p) + t[4] * t[5]);
    return marks;
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    auto const& t = p.theta;
    auto const width = std::max<Real>(std::min(t[1], t[4]), outside) / 2;
    return {width, t[1] / 2, t[2] / 2, (t[3] - 1) / 2, t[4] / 2, t[5] / 2, (t[6] - 1) / 2};
  };
  c.reference.holds_at = [](Case const& p, double x) {
    auto const near = [&](double joint, double sigma) {
      return std::abs(x - joint) < 0.03 * (sigma + std::abs(x - p.theta[0]));
    };
    auto const& t = p.theta;
    return !near(t[0], std::min(t[1], t[4])) && !near(t[0] - t[1] * t[2], t[1]) &&
           !near(t[0] + t[4] * t[5], t[4]);
  };
  c.values = {{z_window,
               {91.2, 2.5, 1.3, 2.7, 3, 0.9, 4.1},
               {60, 88.7, 117.25},
               {-8.0460895377598142, -2.6962820474801267, -6.6865568303882541}}};
  c.outside = {{{91, 2, 1, 3, 2, 1, 3}, {91, 2, 1, 1, 2, 1, 3}},
               {{91, 2, 1, 3, 2, 1, 3}, {91, 2, 1, 3, 0, 1, 3}}};
  c.toys = {{"generalized_crystal_ball",
             {{"m", 4},
              {"sl", 0.5},
              {"al", 1.3},
              {"nl", 3, 1.01},
              {"sr", 0.4},
              {"ar", 1.7},
              {"nr", 5, 1.01}}}};
  c.studies = {peak_on(
      "generalized_crystal_ball on exponential",
      R"({"type":"generalized_crystal_ball","observable":"x","params":["m","sl","al","nl","sr","ar","nr"]})",
      falling,
      std::string(falling_parameter) +
          R"(,{"name":"m","init":4,"bounds":[2,6]},{"name":"sl","init":0.4,"bounds":[0.1,2]})"
          R"(,{"name":"sr","init":0.5,"bounds":[0.1,2]})"
          R"(,{"name":"al","init":1.3,"bounds":[0.3,4]},{"name":"ar","init":1.6,"bounds":[0.3,4]})"
          R"(,{"name":"nl","init":3,"bounds":[3,3]},{"name":"nr","init":5,"bounds":[5,5]})")};
  c.bench = {{c.type, z_window, {91.2, 2.5, 1.3, 2.7, 3, 0.9, 4.1}}};
  return c;
}

}  // namespace toyfarm::model::testing
