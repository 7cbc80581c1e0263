#include <limits>

#include "toyfarm/kernels/math.hpp"

#include "model/template_density.hpp"

namespace toyfarm::model {
namespace {

constexpr double largest_knot = 1e100;

// Slopes of the monotone cubic interpolant (Fritsch & Carlson 1980, doi:10.1137/0717021), limited
// interval by interval from the left in place.
std::vector<double> monotone_slopes(std::vector<double> const& x, std::vector<double> const& y) {
  std::size_t const n = x.size();
  std::vector<double> secant(n - 1);
  for (std::size_t i = 0; i + 1 < n; ++i) {
    secant[i] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
  }
  std::vector<double> m(n);
  m.front() = secant.front();
  m.back() = secant.back();
  for (std::size_t i = 1; i + 1 < n; ++i) {
    m[i] = std::signbit(secant[i - 1]) != std::signbit(secant[i])
               ? 0
               : 0.5 * (secant[i - 1] + secant[i]);
  }
  for (std::size_t i = 0; i + 1 < n; ++i) {
    if (std::abs(secant[i]) < 1e-30) {
      m[i] = m[i + 1] = 0;
      continue;
    }
    double const alpha = m[i] / secant[i];
    double const beta = m[i + 1] / secant[i];
    double const square = alpha * alpha + beta * beta;
    if (square > 9) {
      double const tau = 3 / std::sqrt(square);
      m[i] = tau * alpha * secant[i];
      m[i + 1] = tau * beta * secant[i];
    }
  }
  return m;
}

class Spline final : public FixedDensity {
 public:
  Spline(PdfSource const& source, std::vector<double> x, std::vector<double> const& y)
      : FixedDensity(source), find_(std::move(x)) {
    auto const& knots = find_.edges();
    auto const m = monotone_slopes(knots, y);
    double total = 0;
    for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
      double const h = knots[i + 1] - knots[i];
      double const rise = y[i + 1] - y[i];
      cubics_.push_back({knots[i],
                         1 / h,
                         y[i],
                         h * m[i],
                         3 * rise - h * (2 * m[i] + m[i + 1]),
                         h * (m[i] + m[i + 1]) - 2 * rise});
      total += h * (0.5 * (y[i] + y[i + 1]) + h * (m[i] - m[i + 1]) / 12);
    }
    log_norm_ = std::log(total);
  }

  void fill(double const* x, std::size_t n, double* ln_p) const override {
    for (std::size_t i = 0; i < n; ++i) {
      Cubic const& c = cubics_[find_(x[i])];
      double const t = std::clamp((x[i] - c.from) * c.inverse_width, 0.0, 1.0);
      ln_p[i] =
          std::max(c.c0 + t * (c.c1 + t * (c.c2 + t * c.c3)), std::numeric_limits<double>::min());
    }
    kernels::log_n(ln_p, ln_p, n);
    for (std::size_t i = 0; i < n; ++i) {
      ln_p[i] -= log_norm_;
    }
  }

  std::vector<double> break_points(std::span<double const>) const override { return find_.inner(); }

 private:
  // Hermite cubic on one interval, in t = (x - from) / width.
  struct Cubic {
    double from, inverse_width, c0, c1, c2, c3;
  };
  IntervalFinder find_;
  std::vector<Cubic> cubics_;
  double log_norm_ = 0;
};

DensityPtr make_spline(PdfSource const& source) {
  auto x = source.numbers("knots_x");
  auto const y = source.numbers("knots_y");
  check_support(source, "knots_x", x);
  if (y.size() != x.size()) {
    source.fail("knots_y",
                "spline knots_y must have one value per knot: expected " +
                    std::to_string(x.size()) + ", got " + std::to_string(y.size()));
  }
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!std::isfinite(y[i]) || !(y[i] > 0)) {
      source.fail("knots_y/" + std::to_string(i),
                  "spline knots_y must be finite and > 0, got " + number_text(y[i]));
    }
    // Only their ratios matter; beyond this, sums and slopes overflow or lose their digits.
    if (y[i] < 1 / largest_knot || y[i] > largest_knot) {
      source.fail("knots_y/" + std::to_string(i),
                  "spline knots_y must be between " + number_text(1 / largest_knot) + " and " +
                      number_text(largest_knot) + ", got " + number_text(y[i]) +
                      "; only ratios matter");
    }
  }
  return std::make_unique<Spline>(source, std::move(x), y);
}

}  // namespace

PdfType spline_pdf() {
  return {.name = "spline", .make = make_spline, .fields = {"knots_x", "knots_y"}};
}

}  // namespace toyfarm::model
