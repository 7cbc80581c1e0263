#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "model/gauss_legendre.hpp"
#include "model/jet.hpp"
#include "model/pseudo_voigt.hpp"
#include "model/scales.hpp"
#include "model/window_density.hpp"

namespace toyfarm::model {
namespace {

using Jet3 = Jet<3>;  // by mu, sigma, gamma
constexpr double sqrt_two_pi = 2.5066282746310005;

// ln f(x) = ln[eta gamma / (pi (d^2 + gamma^2)) + (1 - eta) e^{-d^2/2 sigma^2} / (sigma sqrt(2
// pi))], d = x - mu.
struct Shape {
  Jet3 mu, gamma, lorentz, gauss, inverse_sigma;

  Shape() = default;
  Shape(double mu_value, double sigma_value, double gamma_value) {
    mu = Jet3::variable(mu_value, 0);
    auto const sigma = Jet3::variable(sigma_value, 1);
    gamma = Jet3::variable(gamma_value, 2);
    auto const eta = mixing(sigma, gamma);
    inverse_sigma = inverse(sigma);
    lorentz = std::numbers::inv_pi * (eta * gamma);
    gauss = (1 / sqrt_two_pi) * ((1.0 + -1.0 * eta) * inverse_sigma);
  }

  static Jet3 mixing(Jet3 const& sigma, Jet3 const& gamma) {
    auto const g = (2 * std::sqrt(2 * std::numbers::ln2)) * sigma;
    auto const l = 2.0 * gamma;
    auto const g2 = g * g;
    auto const l2 = l * l;
    auto const fifth = g2 * g2 * g + 2.69269 * (g2 * g2 * l) + 2.42843 * (g2 * g * l2) +
                       4.47163 * (g2 * l2 * l) + 0.07842 * (g * l2 * l2) + l2 * l2 * l;
    auto const r = l * pow(fifth, -0.2);
    auto const eta = r * (1.36603 + r * (-0.47719 + 0.11116 * r));
    if (eta.v < 0 || eta.v > 1) {
      Jet3 end;
      end.v = std::clamp(eta.v, 0.0, 1.0);
      return end;
    }
    return eta;
  }

  [[nodiscard]] Jet3 log_f(double x) const {
    auto const d = x + -1.0 * mu;
    auto const t = d * inverse_sigma;
    auto const f = lorentz * inverse(d * d + gamma * gamma) + gauss * exp(-0.5 * (t * t));
    return f.v > 0 ? log(f) : Jet3{-std::numeric_limits<double>::infinity(), {}, {}};
  }
};

struct PseudoVoigtConstants {
  Shape shape;
  Jet3 log_norm;
};

class PseudoVoigt final : public WindowDensity<PseudoVoigtConstants> {
 public:
  using WindowDensity::WindowDensity;

  std::optional<PseudoVoigtConstants> constants_at(std::span<double const> theta,
                                                   Derivatives) const override {
    if (!is_voigt(theta)) {
      return std::nullopt;
    }
    Shape const shape(theta[0], theta[1], usable_gamma(theta[1], theta[2]));
    auto const& rule = gauss_legendre<64>();
    double const half = 0.5 * (window_.upper - window_.lower);
    Jet3 total;
    for (std::size_t i = 0; i < 64; ++i) {
      total = total + (half * rule.w[i]) * exp(shape.log_f(window_.lower + half * (1 + rule.x[i])));
    }
    if (!(total.v > 0) || !std::isfinite(total.v)) {
      return std::nullopt;
    }
    return PseudoVoigtConstants{shape, log(total)};
  }

  void fill(PseudoVoigtConstants const& c,
            std::span<double const> x,
            Derivatives order,
            LogDensityView const& out) const override {
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto const p = c.shape.log_f(x[i]) - c.log_norm;
      out.value[i] = p.v;
      for (std::size_t k = 0; order != Derivatives::none && k < 3; ++k) {
        out.d(k)[i] = p.d[k];
      }
      for (std::size_t e = 0; order == Derivatives::second && e < packed_size(3); ++e) {
        out.second[e * out.stride + i] = p.dd[e];
      }
    }
  }

  double scale(std::span<double const> theta, double lower, double upper) const override {
    double const pole = pole_scale(std::hypot(theta[2], distance_to(theta[0], lower, upper)));
    return std::min(pole, gaussian_scale(theta[0], theta[1], window_, lower, upper));
  }

  std::vector<double> guide_points(std::span<double const> theta) const override {
    return voigt_guide_points(theta);
  }
};

}  // namespace

DensityPtr make_pseudo_voigt(PdfSource const& source) {
  return std::make_unique<PseudoVoigt>(source);
}

}  // namespace toyfarm::model
