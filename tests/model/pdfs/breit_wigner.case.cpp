#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase breit_wigner_case() {
  PdfCase c{.type = "breit_wigner"};
  c.points =
      points_of(c.type,
                z_window,
                {{91.1876, 2.4952}, {91, 0.01}, {91, 50}, {60, 1}, {125, 3}, {20, 2}, {91, 1e3}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const d = from_peak(p, t, s);
    return -std::log(d * d + t[1] * t[1] / 4);
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    return around(t[0] - nearest_to_peak(p), t[1]);
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    return {std::max<Real>(p.theta[1], outside) / 2, p.theta[1]};
  };
  c.values = {{z_window,
               {91.1876, 2.4952},
               {60, 88.7, 117.25},
               {-7.778289766112302, -2.9436531506791629, -7.4199258536397906}},
              {z_window,
               {91, 0.01},
               {60, 88.7, 117.25},
               {-13.31091546042232, -8.1087639971944213, -12.978273039793904}}};
  c.outside = {{{91, 2}, {91, 0}},
               {{91, 2}, {91, -1}},
               {{91, 2}, {std::numeric_limits<double>::quiet_NaN(), 1}}};
  c.toys = {{"breit_wigner", {{"m", 4}, {"g", 0.3}}},
            {"narrow breit_wigner", {{"m", 4.01}, {"g", 1e-3}}}};
  c.studies = {peak_on(
      "breit_wigner on exponential",
      R"({"type":"breit_wigner","observable":"x","params":["m","g"]})",
      falling,
      std::string(falling_parameter) +
          R"(,{"name":"m","init":4,"bounds":[2,6]},{"name":"g","init":0.3,"bounds":[0.02,2]})")};
  c.bench = {{c.type, z_window, {91.1876, 2.4952}}};
  return c;
}

}  // namespace toyfarm::model::testing
