#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase gamma_case() {
  PdfCase c{.type = "gamma"};
  c.points = points_of(c.type,
                       z_window,
                       {{2.5, 8, 55},
                        {1, 10, 0},
                        {9, 4, 50},
                        {0.5, 20, 59},
                        {4, 3, 59.9},
                        {40, 1, 50},
                        {900, 0.1, 0},
                        {2.5, 8, 60},
                        {1.1, 8, 60}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const d = s + (p.window.lower - t[2]);
    return (t[0] - 1) * std::log(d) - d / t[1];
  };
  c.reference.marks = [](Case const& p, Theta const&) {
    std::vector<Real> marks;
    for (int i = 1; i < 40; ++i) {
      marks.push_back((p.window.upper - p.window.lower) * i / 40.0L);
    }
    return marks;
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    return {p.theta[0] / 10, p.theta[1] / 10, (p.window.lower - p.theta[2]) / 10};
  };
  c.reference.holds_at = [](Case const& p, double x) { return x > p.theta[2]; };
  c.reference.at_end = [](Case const& p, std::size_t k) {
    return k == 2 && p.theta[2] == p.window.lower;
  };
  c.values = {{z_window,
               {2.5, 8, 55},
               {60, 88.7, 117.25},
               {-3.6256648719851779, -4.3510749845988544, -6.999333937619103}}};
  c.outside = {{{2.5, 8, 55}, {0, 8, 55}},
               {{2.5, 8, 55}, {2.5, 0, 55}},
               {{2.5, 8, 55}, {2.5, 8, 61}},
               {{1.5, 8, 60}, {1, 8, 60}}};
  c.toys = {{"gamma", {{"g", 2.5}, {"b", 1.2}, {"m", -0.1, -5}}},
            {"gamma from its border", {{"g", 1.6}, {"b", 1.2}, {"m", 0, -5}}}};
  c.studies = {peak_on(
      "peak on gamma",
      gaussian_peak,
      R"({"type":"gamma","observable":"x","params":["g","b","z"]})",
      std::string(gaussian_parameters) +
          R"(,{"name":"g","init":2.5,"bounds":[1.01,50]},{"name":"b","init":1.2,"bounds":[0.1,20]})"
          R"(,{"name":"z","init":0,"bounds":[0,0],"fixed":true})")};
  c.bench = {{c.type, z_window, {2.5, 8, 55}}};
  return c;
}

}  // namespace toyfarm::model::testing
