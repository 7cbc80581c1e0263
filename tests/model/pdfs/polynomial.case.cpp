#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase polynomial_case() {
  PdfCase c{.type = "polynomial"};
  c.points = points_of(c.type,
                       z_window,
                       {{0},
                        {0.02},
                        {-0.008},
                        {-0.0215, 1.2e-4},
                        {1e3, 5},
                        {-0.03, 3e-4, -9e-7},
                        {0.1, 0, 0, 1e-7}});
  auto const near_zero =
      points_of(c.type, {-1, 2}, {{0.9}, {-0.3, 0.5}, {-2, 1}, {0, -0.2, 0.1, 0.05}});
  c.points.insert(c.points.end(), near_zero.begin(), near_zero.end());
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) {
    Real const x = p.window.lower + s;
    Real sum = 0;
    for (std::size_t k = t.size(); k-- > 0;) {
      sum = (sum + t[k]) * x;
    }
    return std::log(1 + sum);
  };
  c.reference.log_norm = [](Case const& p, Theta const& t) {
    Real const a = p.window.lower;
    Real const b = p.window.upper;
    Real sum = b - a;
    for (std::size_t k = 0; k < t.size(); ++k) {
      auto const n = static_cast<Real>(k + 2);
      sum += t[k] * (std::pow(b, n) - std::pow(a, n)) / n;
    }
    return std::log(sum);
  };
  // Steps that change P by a little of what it is where it is least.
  c.reference.scales = [](Case const& p) {
    std::vector<Real> h;
    Real least = HUGE_VAL;
    for (int i = 0; i <= 100; ++i) {
      Real const x = p.window.lower + (p.window.upper - p.window.lower) * i / 100;
      Real sum = 0;
      for (std::size_t k = p.theta.size(); k-- > 0;) {
        sum = (sum + p.theta[k]) * x;
      }
      least = std::min(least, 1 + sum);
    }
    for (std::size_t k = 1; k <= p.theta.size(); ++k) {
      h.push_back(std::max(least, 0.01L) /
                  std::pow(static_cast<Real>(p.window.upper), static_cast<Real>(k)));
    }
    return h;
  };
  // Where P is zero.
  c.reference.holds_at = [](Case const& p, double x) {
    return !(p.theta == std::vector<double>{-2, 1} && std::abs(x - 1) < 0.3);
  };
  c.values = {{z_window,
               {-0.0215, 1.2e-4},
               {60, 88.7, 117.25},
               {-3.428976945769231, -4.7719204562844775, -3.5262908923373484}},
              {{-1, 2},
               {0, -0.2, 0.1, 0.05},
               {-1, 0.25, 1.75},
               {-1.4206957878372231, -1.1438140167362119, -0.80199718230136707}}};
  c.outside = {{{0.1}, {-0.1}},
               {{0.1}, {-1.0 / 119}},
               {{-0.0215, 1.2e-4}, {-0.0225, 1.2e-4}},
               {{0.1}, {std::numeric_limits<double>::infinity()}}};
  c.toys = {{"polynomial", {{"a1", 0.5, -5}, {"a2", -0.04, -5}}},
            {"polynomial that touches zero", {{"a1", -0.4, -5}, {"a2", 0.04, -5}}}};
  c.studies = {peak_on(
      "peak on polynomial",
      gaussian_peak,
      R"({"type":"polynomial","observable":"x","params":["a1","a2"]})",
      std::string(gaussian_parameters) +
          R"(,{"name":"a1","init":-0.12,"bounds":[-1,5]},{"name":"a2","init":0.006,"bounds":[-1,3]})")};
  c.bench = {{c.type, z_window, {-0.0215, 1.2e-4}}};
  return c;
}

}  // namespace toyfarm::model::testing
