#include <algorithm>
#include <cmath>

#include "toyfarm/kernels/mixture.hpp"

#include "model/scales.hpp"
#include "model/window_density.hpp"

namespace toyfarm::model {
namespace {

// ln p = value + lambda (x - anchor); d ln p / d lambda = (x - centre) - shift.
struct ExponentialConstants {
  double anchor;
  double lambda;
  double value;
  double centre;
  double shift;
  double dd;
};

// L(k) = coth k - 1/k and its derivative: mean and variance of x in half windows from the centre,
// for k = lambda (b - a)/2.
struct Langevin {
  double value;
  double slope;
};

Langevin langevin(double k) {
  double const magnitude = std::abs(k);
  if (magnitude < 0.3) {
    // L(k) = sum 2^{2j} B_{2j} k^{2j-1} / (2j)!
    constexpr double c[] = {1.0 / 3,
                            -1.0 / 45,
                            2.0 / 945,
                            -1.0 / 4725,
                            2.0 / 93555,
                            -1382.0 / 638512875,
                            4.0 / 18243225,
                            -3617.0 / 162820783125};
    double const k2 = k * k;
    double value = 0;
    double slope = 0;
    for (int j = 7; j >= 0; --j) {
      value = value * k2 + c[j];
      slope = slope * k2 + (2 * j + 1) * c[j];
    }
    return {value * k, slope};
  }
  double const e = std::exp(-2 * magnitude);
  double const value = (1 + e) / (1 - e) - 1 / magnitude;
  return {std::copysign(value, k), 1 / (k * k) - 4 * e / ((1 - e) * (1 - e))};
}

// ln of (1/(b - a)) times the integral of e^{lambda (x - anchor)}.
double log_norm(double k, bool from_centre) {
  double const magnitude = std::abs(k);
  if (from_centre) {
    return magnitude < 1e-4 ? k * k / 6 : std::log(std::sinh(magnitude) / magnitude);
  }
  return std::log(-std::expm1(-2 * magnitude) / (2 * magnitude));
}

class Exponential final : public WindowDensity<ExponentialConstants> {
 public:
  using WindowDensity::WindowDensity;

  std::optional<ExponentialConstants> constants_at(std::span<double const> theta,
                                                   Derivatives) const override {
    double const lambda = theta[0];
    double const width = window_.upper - window_.lower;
    double const k = 0.5 * lambda * width;
    if (!std::isfinite(k)) {
      return std::nullopt;
    }
    // Steep slopes are measured from the end where the density is: no large numbers cancel there.
    bool const from_centre = std::abs(k) < 1;
    double const centre = window_.lower + 0.5 * width;
    double const anchor = from_centre ? centre : lambda > 0 ? window_.upper : window_.lower;
    auto const moments = langevin(k);
    return ExponentialConstants{anchor,
                                lambda,
                                -std::log(width) - log_norm(k, from_centre),
                                centre,
                                0.5 * width * moments.value,
                                -0.25 * width * width * moments.slope};
  }

  void fill(ExponentialConstants const& c,
            std::span<double const> x,
            Derivatives order,
            LogDensityView const& out) const override {
    double const coefficients[6] = {c.value, c.lambda, 0, (c.anchor - c.centre) - c.shift, 1, 0};
    double* const columns[2] = {out.value, order == Derivatives::none ? nullptr : out.d(0)};
    kernels::quadratics_n(
        x.data(), c.anchor, coefficients, order == Derivatives::none ? 1 : 2, x.size(), columns);
    if (order == Derivatives::second) {
      std::fill_n(out.dd(0, 0), x.size(), c.dd);
    }
  }

  SecondForm second_form() const noexcept override { return SecondForm::affine; }
  void second_sums(std::span<double const> scratch,
                   std::span<double const> sums,
                   std::span<double> out) const override {
    out[0] = get<ExponentialConstants>(scratch).dd * sums[0];
  }

  // Places where the density has fallen by e^1, e^4, e^16, … from its upper end, as far as the
  // window goes.
  double scale(std::span<double const> theta, double lower, double upper) const override {
    double const slope = std::abs(theta[0]);
    double const high_end = theta[0] > 0 ? window_.upper : window_.lower;
    return distance_to(high_end, lower, upper) * slope < 40 ? 8 / slope : HUGE_VAL;
  }

  std::vector<double> guide_points(std::span<double const> theta) const override {
    std::vector<double> points;
    double const slope = std::abs(theta[0]);
    double const from = theta[0] > 0 ? window_.upper : window_.lower;
    double const inward = theta[0] > 0 ? -1 : 1;
    for (double fall = 1; fall < 1e4 && fall < slope * (window_.upper - window_.lower); fall *= 4) {
      points.push_back(from + inward * fall / slope);
    }
    return points;
  }
};

}  // namespace

PdfType exponential_pdf() {
  return {.name = "exponential", .make = make_density<Exponential>, .params = {{"lambda"}}};
}

}  // namespace toyfarm::model
