#include <algorithm>
#include <cmath>

#include "model/pdf.hpp"
#include "model/truncated_normal.hpp"

namespace toyfarm::model {
namespace {

// Everything is a polynomial in d = x - anchor, the anchor being the point of the window nearest to
// mu: no digits are lost however far mu is outside.
struct Constants {
  double anchor;
  double value[3];
  double d_mu[2];
  double d_sigma[3];
  double dd_mu_mu;
  double dd_sigma_mu[2];
  double dd_sigma_sigma[3];
};

// ln p = -t^2/2 - ln(integral of e^{-t^2/2} dx), t = (x - mu)/sigma. For p = f / integral of f,
// with <> the mean over p and h = ln f: d ln p = dh - <dh>, d2 ln p = d2h - <d2h> - cov(dh, dh).
Constants constants(double mu, double sigma, double anchor, TruncatedNormal const& m) {
  double const r = 1 / sigma;
  double const r2 = r * r;
  double const t0 = (anchor - mu) * r;
  Constants c;
  c.anchor = anchor;
  c.value[0] = -std::log(sigma) - m.log_norm;
  c.value[1] = -t0 * r;
  c.value[2] = -0.5 * r2;
  c.d_mu[0] = -m.mean_s * r;
  c.d_mu[1] = r2;
  c.d_sigma[0] = -m.mean_q * r;
  c.d_sigma[1] = 2 * t0 * r2;
  c.d_sigma[2] = r2 * r;
  c.dd_mu_mu = -m.var_s * r2;
  c.dd_sigma_mu[0] = (2 * m.mean_s - m.cov_sq) * r2;
  c.dd_sigma_mu[1] = -2 * r2 * r;
  c.dd_sigma_sigma[0] = (3 * m.mean_q - m.var_q) * r2;
  c.dd_sigma_sigma[1] = -6 * t0 * r2 * r;
  c.dd_sigma_sigma[2] = -3 * r2 * r2;
  return c;
}

void evaluate_value(Constants const& c,
                    double const* __restrict x,
                    std::size_t n,
                    double* __restrict value) {
  for (std::size_t i = 0; i < n; ++i) {
    double const d = x[i] - c.anchor;
    value[i] = c.value[0] + d * (c.value[1] + d * c.value[2]);
  }
}

void evaluate_first(Constants const& c,
                    double const* __restrict x,
                    std::size_t n,
                    double* __restrict d_mu,
                    double* __restrict d_sigma) {
  for (std::size_t i = 0; i < n; ++i) {
    double const d = x[i] - c.anchor;
    d_mu[i] = c.d_mu[0] + d * c.d_mu[1];
    d_sigma[i] = c.d_sigma[0] + d * (c.d_sigma[1] + d * c.d_sigma[2]);
  }
}

void evaluate_second(Constants const& c,
                     double const* __restrict x,
                     std::size_t n,
                     double* __restrict mu_mu,
                     double* __restrict sigma_mu,
                     double* __restrict sigma_sigma) {
  for (std::size_t i = 0; i < n; ++i) {
    double const d = x[i] - c.anchor;
    mu_mu[i] = c.dd_mu_mu;
    sigma_mu[i] = c.dd_sigma_mu[0] + d * c.dd_sigma_mu[1];
    sigma_sigma[i] = c.dd_sigma_sigma[0] + d * (c.dd_sigma_sigma[1] + d * c.dd_sigma_sigma[2]);
  }
}

class Gaussian final : public Density {
 public:
  explicit Gaussian(PdfSource const& source)
      : observable_(source.observable), window_(source.window) {}

  std::size_t n_params() const noexcept override { return 2; }
  std::size_t scratch_size() const noexcept override { return doubles_in<Constants>; }

  bool prepare(std::span<double const> theta,
               Derivatives,
               std::span<double> scratch) const override {
    double const mu = theta[0];
    double const sigma = theta[1];
    if (!std::isfinite(mu) || !std::isfinite(sigma) || !(sigma > 0)) {
      return false;
    }
    double const anchor = std::clamp(mu, window_.lower, window_.upper);
    auto const moments = truncated_normal(
        (anchor - mu) / sigma, (window_.lower - anchor) / sigma, (window_.upper - anchor) / sigma);
    if (!std::isfinite(moments.log_norm)) {
      return false;
    }
    put(constants(mu, sigma, anchor, moments), scratch);
    return true;
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override {
    auto const c = get<Constants>(scratch);
    double const* x = points.columns[observable_];
    evaluate_value(c, x, points.size, out.value);
    if (order != Derivatives::none) {
      evaluate_first(c, x, points.size, out.d(0), out.d(1));
    }
    if (order == Derivatives::second) {
      evaluate_second(c, x, points.size, out.dd(0, 0), out.dd(1, 0), out.dd(1, 1));
    }
  }

  std::vector<double> break_points(std::span<double const>) const override { return {}; }

  std::vector<double> guide_points(std::span<double const> theta) const override {
    std::vector<double> points{theta[0]};
    for (double const k : {1.0, 3.0, 8.0}) {
      points.push_back(theta[0] - k * theta[1]);
      points.push_back(theta[0] + k * theta[1]);
    }
    return points;
  }

 private:
  std::size_t observable_;
  spec::Interval window_;
};

}  // namespace

DensityPtr make_gaussian(PdfSource const& source) {
  return std::make_unique<Gaussian>(source);
}

}  // namespace toyfarm::model
