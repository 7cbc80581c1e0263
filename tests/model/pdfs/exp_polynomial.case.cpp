#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 40 digits.
PdfCase exp_polynomial_case() {
  PdfCase c{.type = "exp_polynomial"};
  c.points = points_of(c.type,
                       z_window,
                       {{-0.03},
                        {0.0},
                        {10},
                        {-150},
                        {0.02, -3e-4},
                        {14.56, -0.08},
                        {-14.4, 0.08},
                        {0, 0, 0},
                        {0.05, -6e-4, 1.5e-6},
                        {0.3, -5e-3, 2e-5, 1e-8}});
  auto const near_zero =
      points_of(c.type, {-1, 2}, {{3}, {-1, 2}, {0, -300}, {1, -20, 30, -12}, {0, 8, 0, -9}});
  c.points.insert(c.points.end(), near_zero.begin(), near_zero.end());
  // Up to a factor without x.
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) {
    Real const x = p.window.lower + s;
    Real sum = 0;
    for (std::size_t k = t.size(); k-- > 0;) {
      sum = (sum + t[k]) * x;
    }
    return sum;
  };
  c.reference.marks = [](Case const& p, Theta const&) {
    std::vector<Real> marks;
    for (int i = 1; i < 40; ++i) {
      marks.push_back((p.window.upper - p.window.lower) * i / 40.0L);
    }
    return marks;
  };
  c.reference.scales = [](Case const& p) {
    std::vector<Real> h;
    for (std::size_t k = 1; k <= p.theta.size(); ++k) {
      auto const power = [k](double x) {
        return std::pow(static_cast<Real>(x), static_cast<Real>(k));
      };
      h.push_back(3 / std::max(std::abs(power(p.window.upper) - power(p.window.lower)), 3.0L));
    }
    return h;
  };
  c.values = {{z_window,
               {-0.031},
               {60, 88.7, 117.25},
               {-3.3045530936162138, -4.1942530936162138, -5.0793030936162138}},
              {z_window,
               {0.05, -6e-4, 1.5e-6},
               {60, 88.7, 117.25},
               {-3.6676201956624441, -4.0704380411624441, -4.7998051409749441}},
              {z_window,
               {14.56, -0.08},
               {60, 88.7, 117.25},
               {-78.715229265078828, -2.2584292650788278, -56.960229265078828}}};
  c.outside = {{{0.1}, {std::numeric_limits<double>::infinity()}},
               {{0.1, 0}, {0.1, std::numeric_limits<double>::quiet_NaN()}},
               {{0.1}, {1e308}}};
  c.toys = {{"exp_polynomial", {{"a1", -0.4, -50}, {"a2", 0.02, -50}}},
            {"exp_polynomial with a peak", {{"a1", 40, -50}, {"a2", -4, -50}}},
            {"exp_polynomial with two peaks",
             {{"a1", 37.5, -50}, {"a2", -13.75, -50}, {"a3", 2}, {"a4", -0.1, -50}}}};
  std::string const parameters =
      std::string(gaussian_parameters) +
      R"(,{"name":"a1","init":-0.3,"bounds":[-9,9]},{"name":"a2","init":0.01,"bounds":[-3,3]})";
  std::string const pdf = R"({"type":"exp_polynomial","observable":"x","params":["a1","a2"]})";
  c.studies = {peak_on("peak on exp_polynomial", gaussian_peak, pdf, parameters),
               peak_on("weak peak on exp_polynomial", gaussian_peak, pdf, parameters, 100)};
  c.bench = {{c.type, z_window, {0.05, -6e-4, 1.5e-6}}};
  return c;
}

}  // namespace toyfarm::model::testing
