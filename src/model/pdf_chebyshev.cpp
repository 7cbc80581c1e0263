#include <algorithm>
#include <array>
#include <cmath>

#include "toyfarm/kernels/shapes.hpp"

#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

constexpr std::size_t n_grid = 128;

// p = P(x') / ((b - a) N), P = 1 + sum c_k T_k(x'), N = 1 + sum over even k of c_k / (1 - k^2).
// Scratch: ln((b - a) N), then c_k, then N_k / N with N_k = dN/dc_k.
class Chebyshev final : public Density {
 public:
  explicit Chebyshev(PdfSource const& source)
      : observable_(source.observable), window_(source.window), n_(source.pdf.params.size()) {}

  std::size_t n_params() const noexcept override { return n_; }
  std::size_t scratch_size() const noexcept override { return 1 + 2 * n_; }

  bool prepare(std::span<double const> theta,
               Derivatives,
               std::span<double> scratch) const override {
    double norm = 1;
    for (std::size_t k = 0; k < n_; ++k) {
      if (!std::isfinite(theta[k])) {
        return false;
      }
      norm += theta[k] * integral(k);
    }
    if (!positive_on_grid(theta) || !(norm > 0) || !std::isfinite(norm)) {
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

 private:
  // Half the integral of T_{k+1} over [-1, 1].
  static double integral(std::size_t k) {
    auto const order = static_cast<double>(k + 1);
    return (k + 1) % 2 == 0 ? 1 / (1 - order * order) : 0;
  }

  bool positive_on_grid(std::span<double const> c) const {
    static std::array<double, n_grid> const y = [] {
      std::array<double, n_grid> grid;
      for (std::size_t i = 0; i < n_grid; ++i) {
        grid[i] = -1 + 2 * (static_cast<double>(i) + 0.5) / static_cast<double>(n_grid);
      }
      return grid;
    }();
    std::array<double, n_grid> value;
    kernels::chebyshev_sum_n({-1, 1, 0, n_, c.data(), nullptr}, y.data(), n_grid, value.data());
    return std::all_of(value.begin(), value.end(), [](double v) { return v > 0; });
  }

  std::size_t observable_;
  spec::Interval window_;
  std::size_t n_;
};

}  // namespace

DensityPtr make_chebyshev(PdfSource const& source) {
  return std::make_unique<Chebyshev>(source);
}

}  // namespace toyfarm::model
