#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 30 digits.
PdfCase powers_case() {
  PdfCase c{.type = "powers"};
  c.points = points_of(c.type,
                       z_window,
                       {{1, -4},
                        {1, 0},
                        {1, -1, 0.01, 0.5},
                        {2, -4, 1e3, -5, 0.01, -3},
                        {0, -3, 1, -2},
                        {1, -90},
                        {1, 120, 1, 3}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const x = p.window.lower + s;
    Real sum = 0;
    for (std::size_t k = 0; k < t.size(); k += 2) {
      sum += t[k] * std::pow(x, t[k + 1]);
    }
    return std::log(sum);
  };
  // Steps that change a term by some per cent.
  c.reference.scales = [](Case const& p) {
    std::vector<Real> h;
    auto const term = [&](std::size_t k, double x) -> Real {
      return std::pow(static_cast<Real>(x), static_cast<Real>(p.theta[k + 1]));
    };
    for (std::size_t k = 0; k < p.theta.size(); k += 2) {
      Real steepest = 0;
      for (double const x : {p.window.lower, p.window.upper}) {
        Real sum = 0;
        for (std::size_t l = 0; l < p.theta.size(); l += 2) {
          sum += p.theta[l] * term(l, x);
        }
        steepest = std::max(steepest, term(k, x) / sum);
      }
      h.push_back(0.3L / steepest);
      h.push_back(0.05L);
    }
    return h;
  };
  c.reference.at_end = [](Case const& p, std::size_t k) { return p.theta[k / 2 * 2] == 0; };
  c.values = {{z_window,
               {1, -4},
               {60, 88.7, 117.25},
               {-2.8622008809294686, -4.4258621893032011, -5.5420562613466204}},
              {z_window,
               {2, -4, 1e3, -5, 0.01, -3},
               {60, 88.7, 117.25},
               {-2.6866286169434792, -4.5581777303744158, -5.865161849604215}}};
  c.outside = {{{1, -4}, {0, -4}}, {{1, -4}, {-1, -4}}, {{1, 1, 1, 2}, {1, 1, -1e-9, 2}}};
  c.toys = {{"powers", {{"c1", 1}, {"p1", 0.5}, {"c2", 0.1}, {"p2", 2}}}};
  c.studies = {peak_on(
      "peak on powers",
      gaussian_peak,
      R"({"type":"powers","observable":"x","params":["c1","p1","c2","p2"]})",
      std::string(gaussian_parameters) +
          R"(,{"name":"c1","init":1,"bounds":[1,1]},{"name":"p1","init":0,"bounds":[0,0]})"
          R"(,{"name":"c2","init":0.5,"bounds":[0,9]},{"name":"p2","init":1.5,"bounds":[0.5,4]})")};
  c.bench = {{c.type, z_window, {2, -4, 1e3, -5, 0.01, -3}}};
  return c;
}

}  // namespace toyfarm::model::testing
