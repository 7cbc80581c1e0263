#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "model/faddeeva.hpp"
#include "model/gauss_legendre.hpp"
#include "model/pdf.hpp"
#include "model/pseudo_voigt.hpp"

namespace toyfarm::model {
namespace {

// V(d; sigma, gamma) = Re W, W = w(z)/(sigma sqrt(2 pi)), z = (d + i gamma)/(sigma sqrt 2): a
// Gaussian folded with a Lorentzian of half width gamma. W is analytic in d + i gamma, so d/dgamma
// turns into i d/dd; and V obeys the heat equation dV/dsigma = sigma V_dd; and it is homogeneous of
// degree -1 in (d, sigma, gamma): sigma V_sigma = -V - d V_d - gamma V_gamma, and the same for its
// derivatives with degree -2.
struct Profile {
  double v, im;        // V and Im W
  double v_d, im_d;    // Re W', Im W'
  double v_dd, im_dd;  // Re W'', Im W''
  double v_g, v_s;     // by gamma, sigma
  double v_dg, v_gg;
  double v_ds, v_gs, v_ss;
};

Profile profile(double d, double sigma, double gamma) {
  double const r = 1 / (sigma * std::numbers::sqrt2);
  double const scale = r * std::numbers::inv_sqrtpi;
  auto const f = faddeeva(d * r, gamma * r);
  Profile p;
  p.v = f.w.real() * scale;
  p.im = f.w.imag() * scale;
  p.v_d = f.d.real() * scale * r;
  p.im_d = f.d.imag() * scale * r;
  p.v_dd = f.dd.real() * scale * r * r;
  p.im_dd = f.dd.imag() * scale * r * r;
  p.v_g = -p.im_d;
  p.v_s = sigma * p.v_dd;
  p.v_dg = -p.im_dd;
  p.v_gg = -p.v_dd;
  p.v_ds = -(2 * p.v_d + d * p.v_dd + gamma * p.v_dg) / sigma;
  p.v_gs = -(2 * p.v_g + d * p.v_dg + gamma * p.v_gg) / sigma;
  p.v_ss = -(2 * p.v_s + d * p.v_ds + gamma * p.v_gs) / sigma;
  return p;
}

// Parameters mu, sigma, gamma; d = x - mu.
struct Constants {
  double mu, sigma, gamma;
  double log_norm;
  double first[3];
  double second[6];
};

// Integral of Re w over [from, to] at height y.
double integral_near(double from, double to, double y, double panel) {
  auto const& rule = gauss_legendre<16>();
  auto const n = static_cast<std::size_t>(std::max(1.0, std::ceil((to - from) / panel)));
  double const half = 0.5 * (to - from) / static_cast<double>(n);
  double total = 0;
  for (std::size_t p = 0; p < n; ++p) {
    double const centre = from + half * static_cast<double>(2 * p + 1);
    for (std::size_t i = 0; i < 16; ++i) {
      total += half * rule.w[i] * faddeeva(centre + half * rule.x[i], y).w.real();
    }
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
Constants constants(double mu, double sigma, double gamma, spec::Interval window) {
  double const n = norm(window.lower - mu, window.upper - mu, sigma, gamma);
  auto const a = profile(window.lower - mu, sigma, gamma);
  auto const b = profile(window.upper - mu, sigma, gamma);
  Constants c{mu,
              sigma,
              gamma,
              std::log(n),
              {-(b.v - a.v) / n, sigma * (b.v_d - a.v_d) / n, -(b.im - a.im) / n},
              {}};
  c.second[packed(0, 0)] = (b.v_d - a.v_d) / n;
  c.second[packed(1, 0)] = -(b.v_s - a.v_s) / n;
  c.second[packed(1, 1)] = (b.v_d - a.v_d + sigma * (b.v_ds - a.v_ds)) / n;
  c.second[packed(2, 0)] = -(b.v_g - a.v_g) / n;
  c.second[packed(2, 1)] = -sigma * (b.im_dd - a.im_dd) / n;
  c.second[packed(2, 2)] = -(b.v_d - a.v_d) / n;
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      c.second[packed(k, l)] -= c.first[k] * c.first[l];
    }
  }
  return c;
}

void evaluate_point(
    Constants const& c, double x, std::size_t i, Derivatives order, LogDensityView out) {
  auto const p = profile(x - c.mu, c.sigma, c.gamma);
  out.value[i] = std::log(p.v) - c.log_norm;
  if (order == Derivatives::none) {
    return;
  }
  double const r = 1 / p.v;
  double const s[3] = {-p.v_d * r, p.v_s * r, p.v_g * r};
  for (std::size_t k = 0; k < 3; ++k) {
    out.d(k)[i] = s[k] - c.first[k];
  }
  if (order == Derivatives::second) {
    double const second[6] = {
        p.v_dd * r, -p.v_ds * r, p.v_ss * r, -p.v_dg * r, p.v_gs * r, p.v_gg * r};
    for (std::size_t k = 0; k < 3; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        out.dd(k, l)[i] = second[packed(k, l)] - s[k] * s[l] - c.second[packed(k, l)];
      }
    }
  }
}

class Voigtian final : public Density {
 public:
  explicit Voigtian(PdfSource const& source)
      : observable_(source.observable), window_(source.window) {}

  std::size_t n_params() const noexcept override { return 3; }
  std::size_t scratch_size() const noexcept override { return doubles_in<Constants>; }

  bool prepare(std::span<double const> theta,
               Derivatives,
               std::span<double> scratch) const override {
    bool const finite =
        std::isfinite(theta[0]) && std::isfinite(theta[1]) && std::isfinite(theta[2]);
    if (!finite || !(theta[1] > 0) || !(theta[2] > 0)) {
      return false;
    }
    auto const c = constants(theta[0], theta[1], theta[2], window_);
    if (!std::isfinite(c.log_norm)) {
      return false;
    }
    put(c, scratch);
    return true;
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override {
    auto const c = get<Constants>(scratch);
    double const* x = points.columns[observable_];
    for (std::size_t i = 0; i < points.size; ++i) {
      evaluate_point(c, x[i], i, order, out);
    }
  }

  std::vector<double> break_points(std::span<double const>) const override { return {}; }
  std::vector<double> guide_points(std::span<double const> theta) const override {
    return voigt_guide_points(theta);
  }

 private:
  std::size_t observable_;
  spec::Interval window_;
};

}  // namespace

std::vector<double> voigt_guide_points(std::span<double const> theta) {
  std::vector<double> points{theta[0]};
  for (double const width :
       {theta[1], 3 * theta[1], 8 * theta[1], theta[2], 4 * theta[2], 16 * theta[2]}) {
    points.insert(points.end(), {theta[0] - width, theta[0] + width});
  }
  return points;
}

DensityPtr make_voigtian(PdfSource const& source) {
  if (source.nextstat_variant()) {
    return make_pseudo_voigt(source);
  }
  return std::make_unique<Voigtian>(source);
}

}  // namespace toyfarm::model
