#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase relativistic_breit_wigner_case() {
  PdfCase c{.type = "relativistic_breit_wigner"};
  c.points =
      points_of(c.type,
                z_window,
                {{91.1876, 2.4952}, {91, 0.01}, {91, 50}, {60, 1}, {125, 3}, {20, 2}, {5, 100}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const d = from_peak(p, t, s);
    Real const difference = d * (d + 2 * t[0]);
    return -std::log(difference * difference + t[0] * t[0] * t[1] * t[1]);
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    return around(t[0] - nearest_to_peak(p), t[1]);
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    return {std::max<Real>(p.theta[1], std::min<Real>(outside, p.theta[0])) / 2, p.theta[1]};
  };
  c.values = {{z_window,
               {91.1876, 2.4952},
               {60, 88.7, 117.25},
               {-7.4062625593186454, -2.9241019186692528, -7.6888721641167495}},
              {z_window,
               {130, 20},
               {60, 88.7, 117.25},
               {-5.3474107902864235, -4.6156017264432795, -2.9496597167585146}}};
  c.outside = {{{91, 2}, {91, 0}}, {{91, 2}, {0, 1}}, {{91, 2}, {-91, 1}}};
  c.toys = {{"relativistic_breit_wigner", {{"m", 4}, {"g", 0.3}}}};
  c.studies = {peak_on(
      "relativistic_breit_wigner on exponential",
      R"({"type":"relativistic_breit_wigner","observable":"x","params":["mz","g"]})",
      falling,
      std::string(falling_parameter) +
          R"(,{"name":"mz","init":4,"bounds":[2,6]},{"name":"g","init":0.3,"bounds":[0.02,2]})")};
  c.bench = {{c.type, z_window, {91.1876, 2.4952}}};
  return c;
}

}  // namespace toyfarm::model::testing
