#include "model/crystal_ball.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toyfarm/kernels/crystal_ball.hpp"

#include "model/crystal_ball_integral.hpp"
#include "model/scales.hpp"
#include "model/window_density.hpp"

namespace toyfarm::model {
namespace {

class CrystalBall final : public WindowDensity<kernels::CrystalBall> {
 public:
  CrystalBall(PdfSource const& source, std::size_t n_tails)
      : WindowDensity(source), n_tails_(n_tails) {}

  std::optional<kernels::CrystalBall> constants_at(std::span<double const> theta,
                                                   Derivatives order) const override {
    if (!in_domain(theta)) {
      return std::nullopt;
    }
    auto c = constants(theta);
    double const alpha_l = c.tails[0].alpha;
    double const alpha_r =
        n_tails_ == 2 ? c.tails[1].alpha : std::numeric_limits<double>::infinity();
    // The window in s = t - t0, its lower end also as distances beyond the joints.
    double const lower = (window_.lower - c.anchor) * c.inverse_sigma;
    double const upper = (window_.upper - c.anchor) * c.inverse_sigma;
    CrystalBallIntegral integral(c, order);
    integral.core(std::max(lower, -alpha_l - c.t0), std::min(upper, alpha_r - c.t0));
    if (c.t0 + lower < -alpha_l) {
      integral.tail(0, std::max(0.0, -(c.t0 + upper) - alpha_l), -(c.t0 + lower) - alpha_l);
    }
    if (c.t0 + upper > alpha_r) {
      integral.tail(1, std::max(0.0, c.t0 + lower - alpha_r), c.t0 + upper - alpha_r);
    }
    auto prepared = c;
    if (!integral.finish(prepared)) {
      return std::nullopt;
    }
    return prepared;
  }

  void fill(kernels::CrystalBall const& c,
            std::span<double const> x,
            Derivatives order,
            LogDensityView const& out) const override {
    auto const kernel = n_tails_ == 1 ? kernels::crystal_ball_n : kernels::double_crystal_ball_n;
    kernel(c, x.data(), x.size(), wanted(out, order));
  }

  std::vector<double> break_points(std::span<double const> theta) const override {
    std::vector<double> points;
    for (std::size_t tail = 0; tail < n_tails_; ++tail) {
      double const x = joint(theta, tail);
      if (x > window_.lower && x < window_.upper) {
        points.push_back(x);
      }
    }
    return points;
  }

  std::vector<double> guide_points(std::span<double const> theta) const override {
    std::vector<double> points{theta[0]};
    for (double const k : {1.0, 3.0, 8.0}) {
      points.insert(points.end(), {theta[0] - k * theta[1], theta[0] + k * theta[1]});
    }
    return points;
  }

  // The core, and a side without a tail, are a Gaussian's; a tail (B - t)^-n is singular at t = B.
  double scale(std::span<double const> theta, double lower, double upper) const override {
    double least = std::numeric_limits<double>::infinity();
    double const sigma = theta[1];
    double core_lower = lower;
    double core_upper = upper;
    for (std::size_t tail = 0; tail < n_tails_; ++tail) {
      double const side = tail == 0 ? -1 : 1;
      double const at = joint(theta, tail);
      double const n = theta[3 + 2 * tail];
      double const outer = tail == 0 ? lower : upper;
      if (side * (outer - at) > 0) {
        double const inner = tail == 0 ? std::min(upper, at) : std::max(lower, at);
        double const singular = side * (inner - at) + n / theta[2 + 2 * tail] * sigma;
        least = std::min(least, pole_scale(singular) / std::sqrt(n));
      }
      (tail == 0 ? core_lower : core_upper) = tail == 0 ? std::max(lower, at) : std::min(upper, at);
    }
    return core_lower < core_upper
               ? std::min(least, gaussian_scale(theta[0], sigma, window_, core_lower, core_upper))
               : least;
  }

  std::size_t n_moving_break_points() const noexcept override { return n_tails_; }
  std::size_t moving_break_points(std::span<double const> theta,
                                  std::span<double> out) const override {
    for (std::size_t tail = 0; tail < n_tails_; ++tail) {
      out[tail] = joint(theta, tail);
    }
    return n_tails_;
  }

 private:
  static double joint(std::span<double const> theta, std::size_t tail) {
    return theta[0] + (tail == 0 ? -1 : 1) * theta[1] * theta[2 + 2 * tail];
  }

  bool in_domain(std::span<double const> theta) const {
    bool ok = std::isfinite(theta[0]) && std::isfinite(theta[1]) && theta[1] > 0;
    for (std::size_t tail = 0; tail < n_tails_; ++tail) {
      double const alpha = theta[2 + 2 * tail];
      double const n = theta[3 + 2 * tail];
      ok = ok && std::isfinite(alpha) && alpha > 0 && std::isfinite(n) && n > 1;
    }
    return ok;
  }

  kernels::CrystalBall constants(std::span<double const> theta) const {
    kernels::CrystalBall c{};
    c.inverse_sigma = 1 / theta[1];
    c.tails[0] = {theta[2], theta[3]};
    c.tails[1] = n_tails_ == 2 ? kernels::CrystalBallTail{theta[4], theta[5]}
                               : kernels::CrystalBallTail{1, 2};
    c.anchor = std::clamp(theta[0], window_.lower, window_.upper);
    c.t0 = (c.anchor - theta[0]) * c.inverse_sigma;
    c.reference = -0.5 * c.t0 * c.t0;
    for (std::size_t tail = 0; tail < n_tails_; ++tail) {
      double const v = (tail == 0 ? -c.t0 : c.t0) - c.tails[tail].alpha;
      if (v > 0) {
        double const a = c.tails[tail].alpha;
        c.reference = -0.5 * a * a - c.tails[tail].n * std::log1p(a * v / c.tails[tail].n);
      }
    }
    return c;
  }

  std::size_t n_tails_;
};

}  // namespace

DensityPtr make_crystal_ball_density(PdfSource const& source, Tails tails) {
  return std::make_unique<CrystalBall>(source, tails == Tails::left ? 1 : 2);
}

}  // namespace toyfarm::model
