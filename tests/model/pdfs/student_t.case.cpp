#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase student_t_case() {
  PdfCase c{.type = "student_t"};
  c.points = points_of(c.type,
                       z_window,
                       {{91.2, 2.5, 3.5},
                        {91, 2.5, 0.5},
                        {91, 0.05, 2},
                        {130, 5, 4},
                        {40, 3, 10},
                        {91, 2.5, 200},
                        {40, 2, 1e6}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const r = from_peak(p, t, s) / t[1];
    return -(t[2] + 1) / 2 * std::log1p(r * r / t[2]);
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    return around(t[0] - nearest_to_peak(p), t[1]);
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    return {std::max<Real>(p.theta[1], outside) / 2, p.theta[1] / 2, p.theta[2] / 2};
  };
  c.values = {{z_window,
               {91.2, 2.5, 3.5},
               {60, 88.7, 117.25},
               {-10.495041043544012, -2.4706401222887467, -9.7046227381388656}}};
  c.outside = {{{91, 2, 3}, {91, 0, 3}}, {{91, 2, 3}, {91, 2, 0}}};
  c.toys = {{"student_t", {{"m", 4}, {"s", 0.5}, {"n", 3.5}}}};
  c.studies = {peak_on(
      "student_t on exponential",
      R"({"type":"student_t","observable":"x","params":["m","s","n"]})",
      falling,
      std::string(falling_parameter) +
          R"(,{"name":"m","init":4,"bounds":[2,6]},{"name":"s","init":0.4,"bounds":[0.1,2]})"
          R"(,{"name":"n","init":4,"bounds":[0.5,50]})")};
  c.bench = {{c.type, z_window, {91.2, 2.5, 3.5}}};
  return c;
}

}  // namespace toyfarm::model::testing
