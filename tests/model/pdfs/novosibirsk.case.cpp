#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase novosibirsk_case() {
  PdfCase c{.type = "novosibirsk"};
  c.points = points_of(c.type,
                       z_window,
                       {{91.2, 2.5, 0.3},
                        {91.2, 2.5, -0.3},
                        {91, 2.5, 1e-5},
                        {91, 2.5, 0},
                        {80, 15, 0.7},
                        {91, 0.05, -1.5},
                        {125, 3, 0.2},
                        {50, 4, -0.4}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const r = from_peak(p, t, s) / t[1];
    Real const root = std::sqrt(std::log(4.0L));
    if (std::abs(t[2]) < 1e-3L) {  // up to tail^3, and beyond it nothing is left of r tail
      Real const u = r * t[2];
      Real const v = root * t[2];
      Real const z = r * (1 + u * (1 / 2.0L + u * (1 / 3.0L + u * (1 / 4.0L + u / 5)))) /
                     (1 - v * v / 6 + 3 * v * v * v * v / 40);
      return -z * z / 2;
    }
    Real const z = std::log1p(-r * t[2]) / (std::asinh(root * t[2]) / root);
    return r * t[2] < 1 ? -z * z / 2 : -std::numeric_limits<Real>::infinity();
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    auto marks = around(t[0] - nearest_to_peak(p), t[1]);
    if (t[2] != 0) {
      marks.push_back(t[0] - nearest_to_peak(p) + t[1] / t[2]);
    }
    return marks;
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    return {std::max<Real>(p.theta[1], outside) / 4,
            p.theta[1] / 4,
            std::max(0.02L, static_cast<Real>(std::abs(p.theta[2])) / 5)};
  };
  // Where f ends, differences do not hold; nor where a series is cut.
  c.reference.holds_at = [](Case const& p, double x) {
    double const u = (x - p.theta[0]) / p.theta[1] * p.theta[2];
    return u < 0.8 && (std::abs(p.theta[2]) > 1e-3 || std::abs(x - p.theta[0]) < 4 * p.theta[1]);
  };
  c.reference.at_end = [](Case const& p, std::size_t k) {
    return k == 2 && std::abs(p.theta[2]) < 1e-3;
  };
  c.values = {{z_window,
               {91.2, 2.5, 0.3},
               {60, 88.7, 97.25},
               {-15.871411323937643, -2.2565159240385295, -11.548150625392463}},
              {z_window,
               {91.2, 2.5, -1e-9},
               {85, 88.7, 97.25},
               {-4.9104292727053238, -2.3352292655788278, -4.7634292579925841}},
              {z_window,
               {80, 15, -0.7},
               {60, 88.7, 117.25},
               {-12.571036849561862, -3.7114258423107311, -4.8145378132048107}}};
  c.outside = {{{91, 2, 0.3}, {91, 0, 0.3}},
               {{91, 2, 0.3}, {40, 2, 0.3}},
               {{91, 2, 0.3}, {91, 2, std::numeric_limits<double>::infinity()}}};
  c.toys = {{"novosibirsk", {{"m", 4}, {"s", 0.6}, {"t", 0.3, -2}}},
            {"novosibirsk to the right", {{"m", 4}, {"s", 0.6}, {"t", -0.5, -2}}}};
  c.studies = {peak_on(
      "novosibirsk on exponential",
      R"({"type":"novosibirsk","observable":"x","params":["m","s","t"]})",
      falling,
      std::string(falling_parameter) +
          R"(,{"name":"m","init":4,"bounds":[2,6]},{"name":"s","init":0.5,"bounds":[0.1,2]})"
          R"(,{"name":"t","init":-0.3,"bounds":[-2,2]})")};
  c.bench = {{c.type, z_window, {91.2, 2.5, 0.3}}};
  return c;
}

}  // namespace toyfarm::model::testing
