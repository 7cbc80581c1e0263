#include "model/reference_density.hpp"

namespace toyfarm::model::testing {
namespace {

/// ln of the normalisation of an argus: (m^2/2) times the integral of u^p e^{cu} over [0, u(a)], by
/// the tanh-sinh rule (Takahasi & Mori 1974).
Real reference_argus_norm(Case const& c, Theta const& t) {
  Real const m = c.window.upper;
  Real const a = c.window.lower;
  Real const end = (m - a) * (m + a) / (m * m);
  Real const top = std::max(0.0L, t[0] * end);
  Real total = 0;
  Real const h = 1.0L / 512;
  for (int k = -2400; k <= 2400; ++k) {
    Real const s = k * h;
    Real const e = std::exp(-std::numbers::pi_v<Real> * std::sinh(s));
    Real const share = 1 / (1 + e);
    Real const u = end * share;
    Real const weight = end * std::numbers::pi_v<Real> * std::cosh(s) * e * share * share;
    if (u > 0 && weight > 0) {
      total += weight * std::exp(t[1] * std::log(u) + t[0] * u - top);
    }
  }
  return std::log(total * h * m * m / 2) + top;
}

}  // namespace

PdfCase argus_case() {
  PdfCase c{.type = "argus"};
  spec::Interval const b{5.2, 5.29};
  c.points = points_of(c.type,
                       b,
                       {{-20, 0.5},
                        {-20, 0},
                        {-20, 0.1},
                        {0, 0},
                        {0, 0.5},
                        {5, 0.5},
                        {50, 0.5},
                        {-300, 0.5},
                        {-1e4, 0.5},
                        {1e4, 0.5},
                        {-20, 3.7},
                        {-20, 40},
                        {-20, 1000},
                        {300, 1.5},
                        {-3e4, 10}});
  auto const from_zero =
      points_of(c.type, {0, 10}, {{-3, 0.5}, {2, 0.1}, {-100, 2}, {700, 0.5}, {-700, 0}});
  c.points.insert(c.points.end(), from_zero.begin(), from_zero.end());
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) {
    Real const x = p.window.lower + s;
    Real const m = p.window.upper;
    Real const u = (m - x) * (m + x) / (m * m);
    return std::log(x) + t[1] * std::log(u) + t[0] * u;
  };
  c.reference.log_norm = reference_argus_norm;
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    return {std::max(1.0, std::abs(p.theta[0])), p.theta[1] == 0 ? 1.0 : p.theta[1]};
  };
  c.reference.holds_at = [](Case const&, double x) { return x > 0; };
  c.reference.at_end = [](Case const& p, std::size_t k) { return k == 1 && p.theta[1] == 0; };
  Attributes const old{{"variant", std::string("nextstat")}};
  c.values = {{b,
               {-21.0, 0.47},
               {5.2, 5.25, 5.289},
               {2.480032101877708, 2.5027969134578854, 1.0866014654922562},
               old}};
  c.outside = {{{-20, 0.5}, {-20, -1e-9}},
               {{-20, 0.5}, {std::numeric_limits<double>::quiet_NaN(), 0.5}},
               {{-20, 0.5}, {-20, std::numeric_limits<double>::infinity()}}};
  c.toys = {{"argus", {{"c", -5, -50}, {"p", 0.5}}},
            {"argus nextstat",
             {{"c", -5, -50}, {"p", 0.5}},
             R"("variant":"nextstat",)",
             Integral::its_own}};
  c.bench = {{c.type, b, {-20, 0.5}}};
  return c;
}

}  // namespace toyfarm::model::testing
