#include <numeric>

#include "model/reference_density.hpp"

namespace toyfarm::model::testing {

// Values by mpmath with 40 digits: the textbook sum over its numerical integral.
PdfCase bernstein_case() {
  PdfCase c{.type = "bernstein"};
  c.points = points_of(c.type,
                       z_window,
                       {{1, 1},
                        {2, 0.5},
                        {0, 1},
                        {1, 0.2, 3},
                        {0.5, -0.3, 0.8},
                        {1000, 400, -50, 900},
                        {1e-3, 2e-3, 1e-3},
                        {0, 1, 0},
                        {0.3, -0.1, 0.1, -0.1, 0.3},
                        {1, 0.5, 0.3, 0.2, 0.2, 0.3, 0.5, 1},
                        {3, 0, 0, 0, 0, 1}});
  c.reference.log_f = [](Case const& at, Theta const& t, Real s) {
    Real const y = s / static_cast<Real>(at.window.upper - at.window.lower);
    auto const n = static_cast<int>(t.size()) - 1;
    Real sum = 0;
    for (int k = 0; k <= n; ++k) {
      Real const ways = std::tgamma(n + 1.0L) / std::tgamma(k + 1.0L) / std::tgamma(n - k + 1.0L);
      sum += t[static_cast<std::size_t>(k)] * ways * std::pow(y, static_cast<Real>(k)) *
             std::pow(1 - y, static_cast<Real>(n - k));
    }
    return std::log(sum);
  };
  // Each term has the same integral; that of the density is checked by numbers elsewhere.
  c.reference.log_norm = [](Case const& at, Theta const& t) {
    return std::log((at.window.upper - at.window.lower) *
                    std::accumulate(t.begin(), t.end(), 0.0L) / static_cast<Real>(t.size()));
  };
  c.reference.scales = [](Case const& p) {
    Real const sum = std::accumulate(p.theta.begin(), p.theta.end(), 0.0L);
    return std::vector<Real>(p.theta.size(), 0.02L * sum / static_cast<Real>(p.theta.size()));
  };
  // Next to a zero at an end a step of a coefficient is large beside the density.
  c.reference.holds_at = [](Case const& p, double x) {
    return !((p.theta.front() == 0 && x < 62) || (p.theta.back() == 0 && x > 118));
  };
  c.reference.at_end = [](Case const& p, std::size_t k) {
    return p.theta[k] == 0 && (k == 0 || k + 1 == p.theta.size());
  };
  c.values = {{z_window,
               {1.2, 0.4, -0.1, 0.9},
               {60, 88.7, 117.25},
               {-3.4011973816621554, -4.5270388051610355, -3.842500069331952}},
              {z_window,
               {0.5, -0.3, 0.8},
               {60, 88.7, 117.25},
               {-3.6888794541139363, -4.7712723249055199, -3.3479059546635038}}};
  c.outside = {{{1, 1}, {1, -0.001}},
               {{1, 1}, {0, 0}},
               {{1, 1}, {-1, -1}},
               {{1, 1, 1}, {1, -1.001, 1}},
               {{0.5, -0.3, 0.8}, {0.5, -0.64, 0.8}},
               {{1, 1}, {std::numeric_limits<double>::quiet_NaN(), 1}},
               {{1, 1}, {1, std::numeric_limits<double>::infinity()}}};
  c.toys = {{"bernstein", {{"c0", 1.2}, {"c1", 0.4}, {"c2", -0.1, -5}, {"c3", 0.9}}},
            {"bernstein that touches zero", {{"c0", 1}, {"c1", -1, -5}, {"c2", 1}}}};
  std::string const parameters =
      std::string(gaussian_parameters) +
      R"(,{"name":"c0","init":1,"bounds":[1,1]},{"name":"c1","init":0.4,"bounds":[-3,9]},)" +
      R"({"name":"c2","init":0.3,"bounds":[-3,9]})";
  std::string const pdf = R"({"type":"bernstein","observable":"x","params":["c0","c1","c2"]})";
  c.studies = {peak_on("peak on bernstein", gaussian_peak, pdf, parameters),
               peak_on("weak peak on bernstein", gaussian_peak, pdf, parameters, 100)};
  c.bench = {{c.type, z_window, {1.2, 0.4, -0.1, 0.9}}};
  return c;
}

}  // namespace toyfarm::model::testing
