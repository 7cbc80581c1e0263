#include "model/reference_density.hpp"

namespace toyfarm::model::testing {
namespace {

Real home_of(Case const& c) {
  return std::clamp(c.theta[1], c.window.lower, c.window.upper);
}

/// ln of the decay towards larger d, smeared.
Real log_smeared(Theta const& t, Real d) {
  Real const ratio = t[2] / t[0];
  return ratio * ratio / 2 - d / t[0] + log_erfc((ratio - d / t[2]) / std::sqrt(2.0L));
}

}  // namespace

// Values by mpmath with 30 digits. Laws are of decays towards larger x; the others are made of
// these.
PdfCase decay_case() {
  PdfCase c{.type = "decay"};
  c.points = points_of(c.type,
                       z_window,
                       {{10, 65, 1},
                        {1.5, 90, 0.05},
                        {2, 80, 10},
                        {0.5, 90, 20},
                        {30, 50, 2},
                        {20, 135, 4},
                        {1e3, 60, 0.3}});
  for (char const* side : {"flipped", "double"}) {
    for (std::vector<double> const& theta :
         {std::vector<double>{10, 100, 2}, {2, 80, 10}, {3, 50, 0.5}}) {
      c.points.push_back({c.type, z_window, theta, {{"side", std::string(side)}}});
    }
  }
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) -> Real {
    Real const d = s + (home_of(p) - t[1]);
    if (p.attributes.empty()) {
      return log_smeared(t, d);
    }
    if (p.attributes.at("side") == spec::Attribute(std::string("flipped"))) {
      return log_smeared(t, -d);
    }
    Real const one = log_smeared(t, std::abs(d));
    return one + std::log1p(std::exp(log_smeared(t, -std::abs(d)) - one));
  };
  c.reference.home = home_of;
  c.reference.marks = [](Case const& p, Theta const& t) {
    auto marks = around(t[1] - home_of(p), t[2]);
    auto const others = around(t[1] - home_of(p), t[0]);
    marks.insert(marks.end(), others.begin(), others.end());
    return marks;
  };
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    Real const outside = std::abs(home_of(p) - p.theta[1]);
    Real const sigma = p.theta[2];
    return {
        p.theta[0] / 4, std::max<Real>(sigma, outside) / 4, sigma / (4 * (1 + outside / sigma))};
  };
  c.values = {{z_window,
               {10, 65, 1},
               {60, 88.7, 117.25},
               {-17.381956465182107, -4.6634693733106394, -7.5184693733106398}},
              {z_window,
               {0.5, 90, 20},
               {60, 88.7, 117.25},
               {-4.9333591635357932, -3.775323582592049, -4.6651811121105995}},
              {z_window,
               {10, 90, 3},
               {60, 88.7, 117.25},
               {-5.2041013375331877, -2.9264351149773065, -46.671498987757211},
               {{"side", std::string("flipped")}}},
              {z_window,
               {10, 90, 3},
               {60, 88.7, 117.25},
               {-5.8972485180931331, -3.1856527087832323, -5.6222485180931328},
               {{"side", std::string("double")}}}};
  c.outside = {{{10, 65, 1}, {0, 65, 1}}, {{10, 65, 1}, {10, 65, 0}}, {{10, 65, 1}, {-1, 65, 1}}};
  std::vector<ToyParameter> const parameters{{"t", 1.5}, {"m", 2}, {"s", 0.1}};
  c.toys = {{"decay", parameters},
            {"flipped decay", parameters, R"("side":"flipped",)"},
            {"double decay", parameters, R"("side":"double",)"}};
  auto const study = [](std::string const& side) {
    return peak_on(
        side + " decay on exponential",
        R"({"type":"decay","observable":"x","side":")" + side + R"(","params":["t","m","s"]})",
        falling,
        std::string(falling_parameter) +
            R"(,{"name":"t","init":0.7,"bounds":[0.1,5]},{"name":"m","init":5,"bounds":[4,6]})"
            R"(,{"name":"s","init":0.3,"bounds":[0.05,2]})");
  };
  c.studies = {study("single"), study("flipped"), study("double")};
  c.bench = {{c.type, z_window, {10, 65, 1}}};
  return c;
}

}  // namespace toyfarm::model::testing
