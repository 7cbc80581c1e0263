#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "toyfarm/kernels/shapes.hpp"

#include "model/chebyshev_minima.hpp"
#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

// p = P(x') / ((b - a) N), P = 1 + sum c_k T_k(x'), N = 1 + sum over even k of c_k / (1 - k^2).
// Scratch: ln((b - a) N), then c_k, then N_k / N with N_k = dN/dc_k; then what the search for
// minima of P needs. The domain is P >= 0 on all of the window.
class Chebyshev final : public Density {
 public:
  explicit Chebyshev(PdfSource const& source)
      : observable_(source.observable),
        window_(source.window),
        n_(source.pdf.params.size()),
        minima_(n_),
        has_edge_(may_be_negative(source)) {}

  std::size_t n_params() const noexcept override { return n_; }
  std::size_t scratch_size() const noexcept override { return 1 + 2 * n_ + minima_.scratch_size(); }

  bool prepare(std::span<double const> theta,
               Derivatives,
               std::span<double> scratch) const override {
    if (!minima_.nowhere_negative(theta, scratch.subspan(1 + 2 * n_))) {
      return false;
    }
    double norm = 1;
    for (std::size_t k = 0; k < n_; ++k) {
      norm += theta[k] * integral(k);
    }
    if (!(norm > 0)) {
      return false;
    }
    scratch[0] = std::log(norm) + std::log(window_.upper - window_.lower);
    for (std::size_t k = 0; k < n_; ++k) {
      scratch[1 + k] = theta[k];
      scratch[1 + n_ + k] = integral(k) / norm;
    }
    return true;
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override {
    kernels::Chebyshev const c{
        window_.lower, window_.upper, scratch[0], n_, scratch.data() + 1, scratch.data() + 1 + n_};
    kernels::chebyshev_n(c, points.columns[observable_], points.size, wanted(out, order));
  }

  double rounding(std::span<double const> scratch) const override {
    double sum = 1;
    for (std::size_t k = 0; k < n_; ++k) {
      sum += static_cast<double>(k + 1) * std::abs(scratch[1 + k]);
    }
    return 4 * std::numeric_limits<double>::epsilon() * sum * std::exp(-scratch[0]);
  }

  // p_kl / p = -m_k d_l - m_l d_k with m = N_k / N.
  SecondForm second_form() const noexcept override { return SecondForm::affine_product; }
  void second_sums(std::span<double const> scratch,
                   std::span<double const> sums,
                   std::span<double> out) const override {
    auto const m = scratch.subspan(1 + n_, n_);
    for (std::size_t k = 0; k < n_; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        out[packed(k, l)] = -m[l] * sums[1 + k] - m[k] * sums[1 + l];
      }
    }
  }

  std::vector<double> break_points(std::span<double const>) const override { return {}; }
  std::vector<double> guide_points(std::span<double const>) const override { return {}; }

  // In x', on which nothing here depends otherwise.
  bool has_edge() const noexcept override { return has_edge_; }
  std::vector<EdgePoint> edge_points(std::span<double const> theta) const override {
    std::vector<EdgePoint> points;
    if (!std::all_of(theta.begin(), theta.end(), [](double c) { return std::isfinite(c); })) {
      return points;
    }
    for (auto const& m : minima_.all(theta)) {
      EdgePoint point{m.value,
                      0,
                      std::vector<double>(n_),
                      std::vector<double>(n_),
                      observable_,
                      chebyshev_place(m.angle, window_)};
      chebyshev_slopes(m.angle, point.gradient, point.slope);
      double const sine = std::sin(m.angle);
      if (m.angle != 0 && m.angle != std::numbers::pi) {
        point.curvature = m.curvature / (sine * sine);
      }
      points.push_back(std::move(point));
    }
    return points;
  }

 private:
  // Half the integral of T_{k+1} over [-1, 1].
  static double integral(std::size_t k) {
    auto const order = static_cast<double>(k + 1);
    return (k + 1) % 2 == 0 ? 1 / (1 - order * order) : 0;
  }

  // |P - 1| <= sum |c_k|.
  static bool may_be_negative(PdfSource const& source) {
    double largest = 0;
    for (auto const& name : source.pdf.params) {
      auto const& all = *source.context.parameters;
      auto const found = std::find_if(
          all.begin(), all.end(), [&](spec::Parameter const& p) { return p.name == name; });
      largest += std::max(std::abs(found->bounds.lower), std::abs(found->bounds.upper));
    }
    return largest > 1;
  }

  std::size_t observable_;
  spec::Interval window_;
  std::size_t n_;
  ChebyshevMinima minima_;
  bool has_edge_;
};

}  // namespace

PdfType chebyshev_pdf() {
  return {.name = "chebyshev", .make = make_density<Chebyshev>, .least_params = 1};
}

}  // namespace toyfarm::model
