#include "model/reference_density.hpp"

namespace toyfarm::model::testing {
namespace {

/// ln of (1/pi) times the integral of g(gamma sinh s)/cosh s: the mean of g over a Lorentzian of
/// half width gamma, resolved however narrow it is. g is structured at `marks`.
Real log_lorentz_mean(std::function<Real(Real)> const& log_g, Real gamma, std::vector<Real> marks) {
  for (auto& m : marks) {
    m = std::asinh(m / gamma);
  }
  for (Real s = -46; s <= 46; s += 2) {
    marks.push_back(s);
  }
  auto const log_f = [&](Real s) {
    return log_g(gamma * std::sinh(s)) - std::log(std::numbers::pi_v<Real> * std::cosh(s));
  };
  return log_integral(log_f, -46, 46, marks);
}

/// ln V(d; sigma, gamma): the Gaussian's mean over the Lorentzian.
Real reference_log_voigt(Real d, Real sigma, Real gamma) {
  std::vector<Real> marks;
  for (Real k = -12; k <= 12; k += 2) {
    marks.push_back(d + k * sigma);
  }
  Real const log_scale = -std::log(sigma * std::sqrt(2 * std::numbers::pi_v<Real>));
  return log_lorentz_mean(
      [=](Real u) { return log_scale - (d - u) * (d - u) / (2 * sigma * sigma); }, gamma, marks);
}

/// ln of the integral of a Voigt profile over the window: the Gaussian's content of the window,
/// shifted, as a mean over the Lorentzian.
Real reference_voigt_norm(Case const& c, Theta const& t) {
  Real const lo = c.window.lower - t[0];
  Real const hi = c.window.upper - t[0];
  std::vector<Real> marks;
  for (Real k = -12; k <= 12; k += 2) {
    marks.push_back(lo + k * t[1]);
    marks.push_back(hi + k * t[1]);
  }
  Real const r = 1 / (t[1] * std::sqrt(2.0L));
  auto const log_g = [=](Real u) {
    Real const v1 = (lo - u) * r;
    Real const v2 = (hi - u) * r;
    return std::log((v1 > 0   ? std::erfc(v1) - std::erfc(v2)
                     : v2 < 0 ? std::erfc(-v2) - std::erfc(-v1)
                              : std::erf(v2) - std::erf(v1)) /
                    2);
  };
  return log_lorentz_mean(log_g, t[2], marks);
}

}  // namespace

PdfCase voigtian_case() {
  PdfCase c{.type = "voigtian"};
  c.points = points_of(
      c.type, z_window, {{91, 1.8, 1.25}, {91, 0.05, 0.05}, {91, 0.3, 0.2},  {91, 2, 1e-4},
                         {91, 2, 1e-8},   {91, 1e-3, 2},    {91, 0.1, 10},   {91, 30, 30},
                         {91, 1e3, 1},    {91, 1, 1e3},     {60, 1, 1},      {120, 1, 1},
                         {40, 2, 1},      {150, 1, 2},      {-1000, 3, 2},   {91, 1e-2, 1e-2},
                         {57, 2, 0.01},   {90, 5, 28},      {91, 2.5, 2.49}, {119.5, 0.2, 0.1}});
  c.reference.log_f = [](Case const& p, Theta const& t, Real s) {
    return reference_log_voigt(from_peak(p, t, s), t[1], t[2]);
  };
  c.reference.home = nearest_to_peak;
  c.reference.log_norm = reference_voigt_norm;
  c.reference.scales = [](Case const& p) -> std::vector<Real> {
    auto const& t = p.theta;
    Real const outside = std::abs(nearest_to_peak(p) - t[0]);
    return {std::max<Real>({t[1], t[2], outside}),
            std::min(std::max(t[1], t[2] / 4), 100 * t[1]),
            t[2]};
  };
  c.reference.places = {0.0, 0.26, 0.505, 0.66, 0.999};  // each costs an integral
  Attributes const old{{"variant", std::string("nextstat")}};
  c.values = {{z_window,
               {91.2, 1.8, 1.25},
               {60, 88.7, 117.25},
               {-8.449698329464294, -2.684683142214589, -8.08959371016211},
               old},
              {z_window,
               {91.2, 0.05, 0.05},
               {60, 88.7, 117.25},
               {-9.108877586106548, -4.061020212036907, -8.748078048701071},
               old}};
  std::vector<double> const inside{91, 2, 1};
  c.outside = {{inside, {91, 0, 1}},
               {inside, {91, 2, -1}},
               {inside, {std::numeric_limits<double>::infinity(), 2, 1}}};
  c.toys = {{"voigtian", {{"m", 5}, {"s", 0.3}, {"g", 0.2}}},
            {"narrow voigtian", {{"m", 5.01}, {"s", 1e-3}, {"g", 1e-3}}},
            {"voigtian nextstat",
             {{"m", 5}, {"s", 0.3}, {"g", 0.2}},
             R"("variant":"nextstat",)",
             Integral::its_own}};
  c.bench = {{c.type, z_window, {91, 1.8, 1.25}}};
  return c;
}

}  // namespace toyfarm::model::testing
