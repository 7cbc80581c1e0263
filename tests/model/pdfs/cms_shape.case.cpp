#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase cms_shape_case() {
  PdfCase c{.type = "cms_shape"};
  c.points = points_of(c.type,
                       z_window,
                       {{65, 0.05, 0.03, 90},
                        {90, 0.1, 0.05, 90},
                        {75, 3, 0.4, 90},
                        {130, 0.2, 0.01, 0},
                        {40, 0.2, -0.1, 90},
                        {90, -0.1, 0.02, 90},
                        {90, -0.3, -0.5, 90},
                        {90, 1e-3, 0.05, 90},
                        {200, 0.5, 9, 90}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const d = from_peak(p, t, s);
    return log_erfc(-t[1] * d) - t[2] * d;
  };
  c.reference.home = nearest_to_peak;
  c.reference.marks = [](Case const& p, Theta const& t) {
    return around(t[0] - nearest_to_peak(p), 1 / std::abs(t[1]));
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(nearest_to_peak(p) - p.theta[0]);
    Real const beta = std::abs(p.theta[1]);
    return {std::min(0.3L, 10 * beta) / (beta * (1 + beta * outside)),
            std::min(beta / 2, 1 / (60 + outside)),
            0.02L,
            1.0L};
  };
  c.values = {{z_window,
               {65, 0.05, 0.03, 90},
               {60, 88.7, 117.25},
               {-4.0782011598576959, -3.9706583282634194, -4.7792492843000716}},
              {z_window,
               {90, -0.1, 0.02, 90},
               {60, 88.7, 117.25},
               {-3.1038641872562747, -4.2348386665783027, -14.001071747917383}}};
  c.outside = {{{65, 0.05, 0.03, 90}, {65, std::numeric_limits<double>::infinity(), 0.03, 90}}};
  c.toys = {{"cms_shape", {{"a", 3}, {"b", 0.7}, {"g", 0.4}, {"p", 4}}},
            {"cms_shape of a steep edge", {{"a", 3}, {"b", 400}, {"g", 0.4}, {"p", 4}}}};
  c.studies = {peak_on(
      "peak on cms_shape",
      gaussian_peak,
      R"({"type":"cms_shape","observable":"x","params":["a","b","g","p"]})",
      std::string(gaussian_parameters) +
          R"(,{"name":"a","init":2,"bounds":[-2,6]},{"name":"b","init":0.8,"bounds":[0.1,9]})"
          R"(,{"name":"g","init":0.3,"bounds":[-1,3]},{"name":"p","init":4,"bounds":[4,4]})")};
  c.bench = {{c.type, z_window, {65, 0.05, 0.03, 90}}};
  return c;
}

}  // namespace toyfarm::model::testing
