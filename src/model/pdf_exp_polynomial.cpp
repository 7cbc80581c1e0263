#include <algorithm>
#include <array>
#include <cmath>

#include "model/quadrature_density.hpp"

namespace toyfarm::model {
namespace {

// p = e^{g(x)} / N, g = a_1 x + … + a_n x^n.
class ExpPolynomial final : public QuadratureDensity {
 public:
  explicit ExpPolynomial(PdfSource const& source)
      : QuadratureDensity(source, source.pdf.params.size()) {}

  // Terms of a Taylor series bound how g changes over an interval: by e-folds of its slope, by
  // widths of its higher derivatives.
  double scale(std::span<double const> theta, double lower, double upper) const override {
    double const middle = 0.5 * (lower + upper);
    double const half = 0.5 * (upper - lower);
    double const top = std::max({g(theta, window().lower),
                                 g(theta, window().upper),
                                 g(theta, 0.5 * (window().lower + window().upper))});
    double reach = 0;
    double least = HUGE_VAL;
    double power = 1;
    double factorial = 1;
    for (std::size_t j = 1; j <= theta.size(); ++j) {
      double largest = 0;
      double step = 1;
      double steps = 1;
      for (std::size_t i = j; i <= theta.size(); ++i) {
        largest += std::abs(derivative(theta, i, middle)) * step / steps;
        step *= half;
        steps *= static_cast<double>(i - j + 1);
      }
      power *= half;
      factorial *= static_cast<double>(j);
      reach += std::abs(derivative(theta, j, middle)) * power / factorial;
      if (largest > 0) {
        least =
            std::min(least, j == 1 ? 8 / largest : std::pow(largest, -1 / static_cast<double>(j)));
      }
    }
    return g(theta, middle) + reach < top - 40 ? HUGE_VAL : least;
  }

 protected:
  bool is_inside(std::span<double const>) const override { return true; }
  bool is_linear() const noexcept override { return true; }

  void log_f(std::span<double const> theta,
             Points points,
             Derivatives order,
             LogDensityView out) const override {
    double const* const x = points.columns[0];
    std::fill_n(out.value, points.size, 0.0);
    for (std::size_t k = theta.size(); k-- > 0;) {
      for (std::size_t i = 0; i < points.size; ++i) {
        out.value[i] = (out.value[i] + theta[k]) * x[i];
      }
    }
    for (std::size_t k = 0; order != Derivatives::none && k < theta.size(); ++k) {
      for (std::size_t i = 0; i < points.size; ++i) {
        out.d(k)[i] = k == 0 ? x[i] : out.d(k - 1)[i] * x[i];
      }
    }
  }

 private:
  static double g(std::span<double const> theta, double x) {
    double sum = 0;
    for (std::size_t k = theta.size(); k-- > 0;) {
      sum = (sum + theta[k]) * x;
    }
    return sum;
  }

  /// The j-th derivative of g, j >= 1.
  static double derivative(std::span<double const> theta, std::size_t j, double x) {
    double sum = 0;
    for (std::size_t k = theta.size(); k >= j; --k) {  // the term of x^k
      double falling = 1;
      for (std::size_t i = 0; i < j; ++i) {
        falling *= static_cast<double>(k - i);
      }
      sum = sum * x + falling * theta[k - 1];
    }
    return sum;
  }
};

}  // namespace

PdfType exp_polynomial_pdf() {
  return {.name = "exp_polynomial", .make = make_density<ExpPolynomial>, .least_params = 1};
}

}  // namespace toyfarm::model
