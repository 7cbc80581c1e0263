#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "model/quadrature_density.hpp"
#include "model/scales.hpp"

namespace toyfarm::model {
namespace {

// f = sum of c_k x^p_k, c_k >= 0, and p_k >= 0 where the window begins at 0; parameters c_1, p_1,
// c_2, p_2 …
class Powers final : public QuadratureDensity {
 public:
  explicit Powers(PdfSource const& source) : QuadratureDensity(source, source.pdf.params.size()) {}

  // ln f is convex in ln x, with a slope of p_k at most: what is nothing at both ends is so between
  // them.
  double scale(std::span<double const> theta, double lower, double upper) const override {
    auto const larger = [&](double a, double b) {
      return std::max(log_of(theta, a), log_of(theta, b));
    };
    if (larger(lower, upper) < larger(window().lower, window().upper) - 32) {
      return HUGE_VAL;
    }
    double least = 0;
    double most = 0;
    for (std::size_t k = 1; k < theta.size(); k += 2) {
      least = std::min(least, theta[k]);
      most = std::max(most, theta[k]);
    }
    return std::max(lower * std::min(pole_scale(1), 8 / (most - least)),
                    std::numeric_limits<double>::min());
  }

 protected:
  bool is_inside(std::span<double const> theta) const override {
    double sum = 0;
    for (std::size_t k = 0; k < theta.size(); k += 2) {
      if (!(theta[k] >= 0) || (window().lower == 0 && theta[k + 1] < 0)) {
        return false;
      }
      sum += theta[k];
    }
    return sum > 0;
  }

  void log_f(std::span<double const> theta,
             Points points,
             Derivatives order,
             LogDensityView out) const override {
    for (std::size_t i = 0; i < points.size; ++i) {
      double const log_x = log_of_place(points.columns[0][i]);
      out.value[i] = log_at(theta, log_x);
      if (order != Derivatives::none) {
        derivatives(theta, log_x, order, out, i);
      }
    }
  }

 private:
  /// Finite also at 0, where no power is below 0.
  static double log_of_place(double x) {
    return std::log(std::max(x, std::numeric_limits<double>::min()));
  }
  static double log_of(std::span<double const> theta, double x) {
    return log_at(theta, log_of_place(x));
  }

  static double log_at(std::span<double const> theta, double log_x) {
    double top = -HUGE_VAL;
    for (std::size_t k = 0; k < theta.size(); k += 2) {
      top = theta[k] > 0 ? std::max(top, theta[k + 1] * log_x) : top;
    }
    double sum = 0;
    for (std::size_t k = 0; k < theta.size(); k += 2) {
      sum += theta[k] > 0 ? theta[k] * std::exp(theta[k + 1] * log_x - top) : 0;
    }
    return top + std::log(sum);
  }

  /// With g_k = x^p_k / f, w_k = c_k g_k and L = ln x: first derivatives g_k and w_k L; second ones
  /// those of the terms less products of first ones.
  static void derivatives(std::span<double const> theta,
                          double log_x,
                          Derivatives order,
                          LogDensityView const& out,
                          std::size_t i) {
    for (std::size_t k = 0; k < theta.size(); k += 2) {
      double const g = std::exp(theta[k + 1] * log_x - out.value[i]);
      out.d(k)[i] = g;
      out.d(k + 1)[i] = theta[k] * g * log_x;
    }
    if (order != Derivatives::second) {
      return;
    }
    for (std::size_t k = 0; k < theta.size(); ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        out.dd(k, l)[i] = -out.d(k)[i] * out.d(l)[i];
      }
    }
    for (std::size_t k = 0; k < theta.size(); k += 2) {
      out.dd(k + 1, k)[i] += out.d(k)[i] * log_x;
      out.dd(k + 1, k + 1)[i] += out.d(k + 1)[i] * log_x;
    }
  }
};

DensityPtr make_powers(PdfSource const& source) {
  if (source.pdf.params.size() % 2 != 0) {
    source.fail("params",
                "powers params are pairs c_1, p_1, c_2, p_2 …, got " +
                    std::to_string(source.pdf.params.size()) + " of them");
  }
  if (!(source.window.lower >= 0)) {
    source.fail("observable",
                "powers requires an observable that is nowhere negative, '" +
                    source.pdf.observable + "' begins at " + number_text(source.window.lower));
  }
  return make_density<Powers>(source);
}

}  // namespace

PdfType powers_pdf() {
  return {.name = "powers", .make = make_powers, .least_params = 2};
}

}  // namespace toyfarm::model
