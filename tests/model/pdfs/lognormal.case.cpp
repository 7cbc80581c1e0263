#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase lognormal_case() {
  PdfCase c{.type = "lognormal"};
  c.points =
      points_of(c.type,
                z_window,
                {{4.5, 0.1}, {4.5, 0.01}, {4.5, 2}, {5.2, 0.3}, {3, 0.4}, {-5, 0.5}, {9, 0.4}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const log_x = std::log(p.window.lower + s);
    return -(log_x - t[0]) * (log_x - t[0]) / (2 * t[1] * t[1]) - log_x;
  };
  c.reference.marks = [](Case const& p, Theta const& t) {
    std::vector<Real> marks;
    for (int k = -12; k <= 12; ++k) {
      marks.push_back(std::exp(t[0] + k * t[1]) - p.window.lower);
    }
    return marks;
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    return {std::max(p.theta[1], 0.1) / 4, p.theta[1] / 4};
  };
  c.values = {{z_window,
               {4.5, 0.1},
               {60, 88.7, 117.25},
               {-10.936467050497085, -3.1104292108010763, -6.871560894833027}},
              {{0.05, 10},
               {0.5, 0.8},
               {0.1, 1.7, 9.5},
               {-4.5173222369465988, -1.2149534609174115, -5.3309958163548968}}};
  c.outside = {{{4.5, 0.1}, {4.5, 0}}, {{4.5, 0.1}, {std::numeric_limits<double>::infinity(), 1}}};
  c.toys = {{"lognormal", {{"m", 1.2}, {"s", 0.4}}}};
  c.studies = {peak_on(
      "peak on lognormal",
      gaussian_peak,
      R"({"type":"lognormal","observable":"x","params":["u","w"]})",
      std::string(gaussian_parameters) +
          R"(,{"name":"u","init":1.5,"bounds":[-2,5]},{"name":"w","init":0.6,"bounds":[0.1,3]})")};
  c.bench = {{c.type, z_window, {4.5, 0.1}}};
  return c;
}

}  // namespace toyfarm::model::testing
