#include <algorithm>
#include <cmath>

#include "toyfarm/kernels/mixture.hpp"

#include "model/scales.hpp"
#include "model/truncated_normal.hpp"
#include "model/window_density.hpp"

namespace toyfarm::model {
namespace {

// Columns are polynomials sum_k c_k d^k in d = x - anchor, the anchor being the point of the window
// nearest to mu: no digits are lost however far mu is outside.
struct GaussianConstants {
  double anchor;
  double columns[6][3];  // ln p; by mu, sigma; by mu mu, sigma mu, sigma sigma
  double r;              // 1 / sigma
  double constant_second[3];
};

// ln p = -t^2/2 - ln(integral of e^{-t^2/2} dx), t = (x - mu)/sigma. For p = f / integral of f,
// with <> the mean over p and h = ln f: d ln p = dh - <dh>, d2 ln p = d2h - <d2h> - cov(dh, dh).
GaussianConstants constants(double mu, double sigma, double anchor, TruncatedNormal const& m) {
  double const r = 1 / sigma;
  double const r2 = r * r;
  double const t0 = (anchor - mu) * r;
  return {anchor,
          {{-std::log(sigma) - m.log_norm, -t0 * r, -0.5 * r2},
           {-m.mean_s * r, r2, 0},
           {-m.mean_q * r, 2 * t0 * r2, r2 * r},
           {-m.var_s * r2, 0, 0},
           {(2 * m.mean_s - m.cov_sq) * r2, -2 * r2 * r, 0},
           {(3 * m.mean_q - m.var_q) * r2, -6 * t0 * r2 * r, -3 * r2 * r2}},
          r,
          {-m.var_s * r2, -m.cov_sq * r2, -m.var_q * r2}};
}

class Gaussian final : public WindowDensity<GaussianConstants> {
 public:
  using WindowDensity::WindowDensity;

  std::optional<GaussianConstants> constants_at(std::span<double const> theta,
                                                Derivatives) const override {
    double const mu = theta[0];
    double const sigma = theta[1];
    if (!std::isfinite(mu) || !std::isfinite(sigma) || !(sigma > 0)) {
      return std::nullopt;
    }
    double const anchor = std::clamp(mu, window_.lower, window_.upper);
    auto const moments = truncated_normal(
        (anchor - mu) / sigma, (window_.lower - anchor) / sigma, (window_.upper - anchor) / sigma);
    if (!std::isfinite(moments.log_norm)) {
      return std::nullopt;
    }
    return constants(mu, sigma, anchor, moments);
  }

  void fill(GaussianConstants const& c,
            std::span<double const> x,
            Derivatives order,
            LogDensityView const& out) const override {
    double* columns[6] = {out.value};
    std::size_t n = 1;
    for (std::size_t k = 0; order != Derivatives::none && k < 2; ++k) {
      columns[n++] = out.d(k);
    }
    for (std::size_t kl = 0; order == Derivatives::second && kl < 3; ++kl) {
      columns[n++] = out.second + kl * out.stride;
    }
    kernels::quadratics_n(x.data(), c.anchor, &c.columns[0][0], n, x.size(), columns);
  }

  // The derivatives by x of dd are those of d ln p / d mu or d sigma, times a factor.
  SecondForm second_form() const noexcept override { return SecondForm::affine; }
  void second_sums(std::span<double const> scratch,
                   std::span<double const> sums,
                   std::span<double> out) const override {
    auto const c = get<GaussianConstants>(scratch);
    out[0] = c.constant_second[0] * sums[0];
    out[1] = c.constant_second[1] * sums[0] - 2 * c.r * sums[1];
    out[2] = c.constant_second[2] * sums[0] - 3 * c.r * sums[2];
  }

  double scale(std::span<double const> theta, double lower, double upper) const override {
    return gaussian_scale(theta[0], theta[1], window_, lower, upper);
  }

  std::vector<double> guide_points(std::span<double const> theta) const override {
    std::vector<double> points{theta[0]};
    for (double const k : {1.0, 3.0, 8.0}) {
      points.push_back(theta[0] - k * theta[1]);
      points.push_back(theta[0] + k * theta[1]);
    }
    return points;
  }
};

}  // namespace

PdfType gaussian_pdf() {
  return {.name = "gaussian", .make = make_density<Gaussian>, .params = {mu_rule, sigma_rule}};
}

}  // namespace toyfarm::model
