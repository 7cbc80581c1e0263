#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase johnson_su_case() {
  PdfCase c{.type = "johnson_su"};
  c.points = points_of(c.type,
                       z_window,
                       {{91.2, 2.5, 0.3, 1.2},
                        {80, 10, -2, 1.5},
                        {91, 5, 0, 3},
                        {130, 4, 1, 1},
                        {50, 20, -1, 2},
                        {40, 3, 0, 2},
                        {91, 0.1, 0.2, 0.8}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const r = from_peak(p, t, s) / t[1];
    Real const z = t[2] + t[3] * std::asinh(r);
    return -z * z / 2 - std::log1p(r * r) / 2;
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    return around(t[0] - nearest_to_peak(p), t[1]);
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    return {std::max<Real>(p.theta[1], outside) / 3, p.theta[1] / 2, 0.5L, p.theta[3] / 2};
  };
  c.values = {{z_window,
               {91.2, 2.5, 0.3, 1.2},
               {60, 88.7, 117.25},
               {-10.526268707821857, -2.2862893713172188, -11.790426067205013}},
              {z_window,
               {80, 10, -2, 1.5},
               {60, 88.7, 117.25},
               {-12.160769226542087, -3.2988521138535474, -4.5698031071544678}}};
  c.outside = {{{91, 2, 0, 1}, {91, 0, 0, 1}}, {{91, 2, 0, 1}, {91, 2, 0, 0}}};
  c.toys = {{"johnson_su", {{"m", 4}, {"l", 0.5}, {"g", 0.3}, {"d", 1.2}}}};
  c.studies = {peak_on(
      "johnson_su on exponential",
      R"({"type":"johnson_su","observable":"x","params":["m","w","g","d"]})",
      falling,
      std::string(falling_parameter) +
          R"(,{"name":"m","init":4,"bounds":[2,6]},{"name":"w","init":0.5,"bounds":[0.1,2]})"
          R"(,{"name":"g","init":0.3,"bounds":[-5,5]},{"name":"d","init":1.2,"bounds":[0.3,9]})")};
  c.bench = {{c.type, z_window, {91.2, 2.5, 0.3, 1.2}}};
  return c;
}

}  // namespace toyfarm::model::testing
