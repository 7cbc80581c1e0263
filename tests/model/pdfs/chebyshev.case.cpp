#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

PdfCase chebyshev_case() {
  PdfCase c{.type = "chebyshev"};
  c.points = points_of(c.type,
                       z_window,
                       {{0.0},
                        {0.5},
                        {-0.99},
                        {0.98},
                        {0.1, -0.2},
                        {0.3, 0.3},
                        {0, 0.99},
                        {0, -0.99},
                        {0.2, 0.1, -0.3},
                        {-0.5, 0.2, 0.1, -0.05},
                        {0.1, 0.05, 0.02, 0.01, -0.3},
                        {0, 0, 0.9},
                        {0, 0, 0, 0.9},
                        {0.5, 0.25},
                        {-0.5, 0.25},
                        {0.6, 0.3, -0.1},
                        {1.3, 0.35},
                        {0, 0, 0, 0, 0.5, 0.3},
                        {0.3},
                        {-0.3}});
  c.reference.log_f = [](Case const& at, Theta const& t, Real s) {
    Real const y =
        std::clamp(2 * s / static_cast<Real>(at.window.upper - at.window.lower) - 1, -1.0L, 1.0L);
    Real p = 1;
    for (std::size_t k = 0; k < t.size(); ++k) {
      p += t[k] * std::cos(static_cast<Real>(k + 1) * std::acos(y));
    }
    return std::log(p);
  };
  c.reference.scales = [](Case const& p) { return std::vector<Real>(p.theta.size(), 0.02L); };
  c.values = {{z_window,
               {-0.4, 0.2, 0.05},
               {60, 88.7, 117.25},
               {-3.5870967598039947, -4.21824715027393, -4.273387422439791}}};
  c.outside = {{{0.1}, {1.2}},
               {{0.1}, {1.006}},
               {{0.1}, {std::numeric_limits<double>::quiet_NaN()}},
               {{0, 0}, {0, 1.1}}};
  c.toys = {{"chebyshev", {{"c1", -0.4, -50}, {"c2", 0.2, -50}}},
            {"chebyshev with a zero at the end", {{"c1", -1, -50}}}};
  c.studies = {peak_on(
      "peak on chebyshev",
      gaussian_peak,
      R"({"type":"chebyshev","observable":"x","params":["c1","c2"]})",
      std::string(gaussian_parameters) +
          R"(,{"name":"c1","init":-0.4,"bounds":[-1,1]},{"name":"c2","init":0.1,"bounds":[-1,1]})")};
  c.bench = {{c.type, z_window, {0.2, 0.1, -0.05}}};
  return c;
}

}  // namespace toyfarm::model::testing
