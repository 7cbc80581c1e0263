#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "toyfarm/kernels/math.hpp"

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
    double const* x = points.columns[observable_];
    auto const c = scratch.subspan(1, n_);
    if (order == Derivatives::none) {
      polynomial(c, x, points.size, out.value);
    } else {
      polynomial_with_terms(c, x, points.size, out);
      derivatives(scratch.subspan(1 + n_, n_), points.size, order, out);
    }
    // A polynomial that is not positive is a density of 0.
    double* __restrict value = out.value;
    for (std::size_t i = 0; i < points.size; ++i) {
      value[i] = value[i] > 0 ? value[i] : 0;
    }
    kernels::log_n(value, value, points.size);
    for (std::size_t i = 0; i < points.size; ++i) {
      value[i] -= scratch[0];
    }
  }

  // p_kl / p = -m_k d_l - m_l d_k with m = N_k / N.
  SecondForm second_form() const noexcept override { return SecondForm::affine_product; }
  void second_coefficients(std::span<double const> scratch, std::span<double> out) const override {
    auto const m = scratch.subspan(1 + n_, n_);
    std::fill_n(out.begin(), packed_size(n_) * (1 + n_), 0.0);
    for (std::size_t k = 0; k < n_; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        double* const b = out.data() + packed(k, l) * (1 + n_) + 1;
        b[k] -= m[l];
        b[l] -= m[k];
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
    std::array<double, n_grid> y;
    std::array<double, n_grid> value;
    for (std::size_t i = 0; i < n_grid; ++i) {
      y[i] = -1 + 2 * (static_cast<double>(i) + 0.5) / static_cast<double>(n_grid);
    }
    clenshaw(c, y.data(), n_grid, value.data());
    return std::all_of(value.begin(), value.end(), [](double v) { return v > 0; });
  }

  // value = 1 + sum c_k T_k(y), in blocks: one recurrence over a block at a time stays in registers
  // and L1.
  static void clenshaw(std::span<double const> c,
                       double const* __restrict y,
                       std::size_t n,
                       double* __restrict value) {
    constexpr std::size_t block = 64;
    std::array<double, block> b1;
    std::array<double, block> b2;
    for (std::size_t begin = 0; begin < n; begin += block) {
      std::size_t const size = std::min(block, n - begin);
      b1.fill(0);
      b2.fill(0);
      for (std::size_t k = c.size(); k-- > 0;) {
        for (std::size_t i = 0; i < size; ++i) {
          double const next = c[k] + 2 * y[begin + i] * b1[i] - b2[i];
          b2[i] = b1[i];
          b1[i] = next;
        }
      }
      for (std::size_t i = 0; i < size; ++i) {
        value[begin + i] = 1 + y[begin + i] * b1[i] - b2[i];
      }
    }
  }

  double unit(double x) const {
    return std::clamp(
        (2 * x - window_.lower - window_.upper) / (window_.upper - window_.lower), -1.0, 1.0);
  }

  void polynomial(std::span<double const> c, double const* x, std::size_t n, double* value) const {
    constexpr std::size_t block = 64;
    std::array<double, block> y;
    for (std::size_t begin = 0; begin < n; begin += block) {
      std::size_t const size = std::min(block, n - begin);
      for (std::size_t i = 0; i < size; ++i) {
        y[i] = unit(x[begin + i]);
      }
      clenshaw(c, y.data(), size, value + begin);
    }
  }

  // Leaves P in value and T_k in the column of the k-th derivative.
  void polynomial_with_terms(std::span<double const> c,
                             double const* __restrict x,
                             std::size_t n,
                             LogDensityView out) const {
    double* __restrict p = out.value;
    double* t1 = out.d(0);
    for (std::size_t i = 0; i < n; ++i) {
      t1[i] = unit(x[i]);
      p[i] = 1 + c[0] * t1[i];
    }
    for (std::size_t k = 1; k < n_; ++k) {
      double const* before = out.d(k - 1);
      double const* two_before = k == 1 ? nullptr : out.d(k - 2);
      double* __restrict t = out.d(k);
      for (std::size_t i = 0; i < n; ++i) {
        t[i] = 2 * t1[i] * before[i] - (two_before == nullptr ? 1.0 : two_before[i]);
        p[i] += c[k] * t[i];
      }
    }
  }

  // d_k = T_k/P - m_k, d_kl = -T_k T_l / P^2 + m_k m_l with m = N_k/N; all 0 where P <= 0.
  void derivatives(std::span<double const> m,
                   std::size_t n,
                   Derivatives order,
                   LogDensityView out) const {
    double const* __restrict p = out.value;
    for (std::size_t k = 0; k < n_; ++k) {
      double* __restrict d = out.d(k);
      for (std::size_t i = 0; i < n; ++i) {
        d[i] = p[i] > 0 ? d[i] / p[i] : m[k];
      }
    }
    for (std::size_t k = 0; order == Derivatives::second && k < n_; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        double const* dk = out.d(k);
        double const* dl = out.d(l);
        double* __restrict dd = out.dd(k, l);
        double const mm = m[k] * m[l];
        for (std::size_t i = 0; i < n; ++i) {
          dd[i] = mm - dk[i] * dl[i];
        }
      }
    }
    for (std::size_t k = 0; k < n_; ++k) {
      double* __restrict d = out.d(k);
      for (std::size_t i = 0; i < n; ++i) {
        d[i] -= m[k];
      }
    }
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
