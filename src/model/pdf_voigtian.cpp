#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "toyfarm/kernels/math.hpp"

#include "model/faddeeva.hpp"
#include "model/gauss_legendre.hpp"
#include "model/pseudo_voigt.hpp"
#include "model/scales.hpp"
#include "model/window_density.hpp"

namespace toyfarm::model {
namespace {

// What norm and means need of W = w(z)/(sigma sqrt(2 pi)) at an end of the window: V = Re W, with
// dV/dgamma = -Im W', dV/dsigma = sigma V_dd, and sigma V_d,sigma = -2 V_d - d V_dd - gamma
// V_d,gamma (see kernels/voigt.cpp).
struct End {
  double v, im;        // V and Im W
  double v_d, im_d;    // Re W', Im W'
  double v_dd, im_dd;  // Re W'', Im W''
  double v_ds;
};

std::array<End, 2> ends(std::array<double, 2> const& d, double sigma, double gamma) {
  double const r = 1 / (sigma * std::numbers::sqrt2);
  double const scale = r * std::numbers::inv_sqrtpi;
  std::array<double, 2> const x{d[0] * r, d[1] * r};
  std::array<double, 12> w;
  kernels::faddeeva_n(x.data(), 2, gamma * r, w.data(), 2);
  std::array<End, 2> at;
  for (std::size_t i = 0; i < 2; ++i) {
    End& e = at[i];
    e.v = w[i] * scale;
    e.im = w[2 + i] * scale;
    e.v_d = w[4 + i] * scale * r;
    e.im_d = w[6 + i] * scale * r;
    e.v_dd = w[8 + i] * scale * r * r;
    e.im_dd = w[10 + i] * scale * r * r;
    e.v_ds = -(2 * e.v_d + d[i] * e.v_dd - gamma * e.im_dd) / sigma;
  }
  return at;
}

// Integral of Re w over [from, to] at height y.
double integral_near(double from, double to, double y, double panel) {
  constexpr std::size_t n_nodes = 16;
  constexpr std::size_t chunk = 8 * n_nodes;
  auto const& rule = gauss_legendre<n_nodes>();
  auto const n = static_cast<std::size_t>(std::max(1.0, std::ceil((to - from) / panel)));
  double const half = 0.5 * (to - from) / static_cast<double>(n);
  std::array<double, chunk> x;
  std::array<double, chunk> weights;
  std::array<double, chunk> re;
  double total = 0;
  for (std::size_t first = 0; first < n; first += 8) {
    std::size_t const panels = std::min<std::size_t>(8, n - first);
    for (std::size_t p = 0; p < panels; ++p) {
      double const centre = from + half * static_cast<double>(2 * (first + p) + 1);
      for (std::size_t i = 0; i < n_nodes; ++i) {
        x[p * n_nodes + i] = centre + half * rule.x[i];
        weights[p * n_nodes + i] = half * rule.w[i];
      }
    }
    kernels::faddeeva_real_n(x.data(), panels * n_nodes, y, re.data());
    total += kernels::dot(weights.data(), re.data(), panels * n_nodes);
  }
  return total;
}

// Far from the origin the integral is known; short pieces there, where its ends nearly cancel, are
// summed.
double integral_far(double from, double to, double y) {
  double const nearest = std::min(std::abs(from), std::abs(to));
  bool const gauss_shows = y < faddeeva_thin && nearest < 28;
  if (to - from < 0.3 * std::max(nearest, y)) {
    return integral_near(from, to, y, gauss_shows ? 0.5 : to - from);
  }
  double const gauss = gauss_shows ? std::erfc(nearest) / std::numbers::inv_sqrtpi / 2 : 0;
  return faddeeva_integral(to, y) - faddeeva_integral(from, y) + gauss;
}

// Integral of V over the window.
double norm(double lower, double upper, double sigma, double gamma) {
  double const r = 1 / (sigma * std::numbers::sqrt2);
  double const from = lower * r;
  double const to = upper * r;
  double const y = gamma * r;
  double const edge = y >= faddeeva_far ? 0 : std::sqrt(faddeeva_far * faddeeva_far - y * y);
  double total = 0;
  if (std::max(from, -edge) < std::min(to, edge)) {
    total += integral_near(std::max(from, -edge), std::min(to, edge), y, 2);
  }
  if (edge == 0) {
    total += integral_far(from, to, y);
  } else {
    if (from < -edge) {
      total += integral_far(from, std::min(to, -edge), y);
    }
    if (to > edge) {
      total += integral_far(std::max(from, edge), to, y);
    }
  }
  return total * std::numbers::inv_sqrtpi;
}

// Derivatives of N = integral of V over [a, b] are boundary terms: with [.] the difference between
// b and a,
//   N_mu = -[V], N_gamma = -[Im W] (V_gamma = -Im W'), N_sigma = sigma [V_d] (V_sigma = sigma
//   V_dd), and so on once more.
kernels::Voigt constants(double mu, double sigma, double gamma, spec::Interval window) {
  double const n = norm(window.lower - mu, window.upper - mu, sigma, gamma);
  auto const [a, b] = ends({window.lower - mu, window.upper - mu}, sigma, gamma);
  kernels::Voigt c{mu,
                   sigma,
                   gamma,
                   std::log(n),
                   {-(b.v - a.v) / n, sigma * (b.v_d - a.v_d) / n, -(b.im - a.im) / n},
                   {}};
  c.mean_second[packed(0, 0)] = (b.v_d - a.v_d) / n;
  c.mean_second[packed(1, 0)] = -sigma * (b.v_dd - a.v_dd) / n;
  c.mean_second[packed(1, 1)] = (b.v_d - a.v_d + sigma * (b.v_ds - a.v_ds)) / n;
  c.mean_second[packed(2, 0)] = (b.im_d - a.im_d) / n;
  c.mean_second[packed(2, 1)] = -sigma * (b.im_dd - a.im_dd) / n;
  c.mean_second[packed(2, 2)] = -(b.v_d - a.v_d) / n;
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      c.mean_second[packed(k, l)] -= c.mean_first[k] * c.mean_first[l];
    }
  }
  return c;
}

class Voigtian final : public WindowDensity<kernels::Voigt> {
 public:
  using WindowDensity::WindowDensity;

  std::optional<kernels::Voigt> constants_at(std::span<double const> theta,
                                             Derivatives) const override {
    if (!is_voigt(theta)) {
      return std::nullopt;
    }
    auto const c = constants(theta[0], theta[1], usable_gamma(theta[1], theta[2]), window_);
    return std::isfinite(c.log_norm) ? std::optional(c) : std::nullopt;
  }

  void fill(kernels::Voigt const& c,
            std::span<double const> x,
            Derivatives order,
            LogDensityView const& out) const override {
    kernels::voigt_n(c, x.data(), x.size(), wanted(out, order));
  }

  double scale(std::span<double const> theta, double lower, double upper) const override {
    return voigt_scale(theta[0], theta[1], theta[2], lower, upper);
  }

  std::vector<double> guide_points(std::span<double const> theta) const override {
    return voigt_guide_points(theta);
  }
};

DensityPtr make_voigtian(PdfSource const& source) {
  return source.is_variant("nextstat") ? make_pseudo_voigt(source)
                                       : std::make_unique<Voigtian>(source);
}

}  // namespace

std::vector<double> voigt_guide_points(std::span<double const> theta) {
  std::vector<double> points{theta[0]};
  for (double const width :
       {theta[1], 3 * theta[1], 8 * theta[1], theta[2], 4 * theta[2], 16 * theta[2]}) {
    points.insert(points.end(), {theta[0] - width, theta[0] + width});
  }
  return points;
}

PdfType voigtian_pdf() {
  return {
      .name = "voigtian",
      .make = make_voigtian,
      .params = {mu_rule, sigma_rule, {"gamma", Domain::some_positive, ParamRole::width}},
      .variants = {{"exact", "is the true Voigt profile"}, {"nextstat", "gives the old formula"}}};
}

}  // namespace toyfarm::model
