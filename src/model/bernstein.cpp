#include "model/bernstein.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "toyfarm/kernels/math.hpp"
#include "toyfarm/kernels/shapes.hpp"

#include "model/bernstein_terms.hpp"
#include "model/chebyshev_minima.hpp"

namespace toyfarm::model {
namespace {

constexpr std::size_t block = 128;

/// Points of a block: t, 1 - t, and P or what is made of it.
struct Block {
  std::array<double, block> t, u, p, power;
  std::size_t n;
};

// p = P / ((b - a) N), P = sum c_k B_k(t), t from 0 to 1 over the window, N = mean of the c_k.
// Scratch: ln(b - a), 1 / N, then c_k / N; then what the search for minima of P needs. The domain
// is P >= 0 on all of the window.
class Bernstein final : public Density {
 public:
  Bernstein(std::size_t observable,
            spec::Interval const& window,
            std::size_t n,
            BernsteinRoom const& room)
      : observable_(observable), window_(window), n_(n), minima_(n - 1), room_(room) {
    to_chebyshev();
  }

  std::size_t n_params() const noexcept override { return n_; }
  std::size_t scratch_size() const noexcept override { return 2 + 2 * n_ + minima_.scratch_size(); }

  bool prepare(std::span<double const> theta,
               Derivatives,
               std::span<double> scratch) const override {
    double const sum = std::accumulate(theta.begin(), theta.end(), 0.0);
    if (!(sum > 0) || !std::isfinite(sum) || !nowhere_negative(theta, scratch.subspan(2 + n_))) {
      return false;
    }
    double const inverse = static_cast<double>(n_) / sum;
    scratch[0] = std::log(window_.upper - window_.lower);
    scratch[1] = inverse;
    for (std::size_t k = 0; k < n_; ++k) {
      scratch[2 + k] = theta[k] * inverse;
    }
    return std::isfinite(inverse);
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override {
    double const* const x = points.columns[observable_];
    double const r = 1 / (window_.upper - window_.lower);
    Block b;
    for (std::size_t first = 0; first < points.size; first += block) {
      b.n = std::min(block, points.size - first);
      for (std::size_t i = 0; i < b.n; ++i) {
        b.t[i] = (x[first + i] - window_.lower) * r;
        b.u[i] = (window_.upper - x[first + i]) * r;
      }
      values(scratch, b, out.value + first);
      if (order != Derivatives::none) {
        first_derivatives(scratch, b, {nullptr, out.first + first, nullptr, out.stride});
      }
    }
    if (order == Derivatives::second) {
      second_derivatives(scratch, points.size, out);
    }
  }

  double rounding(std::span<double const> scratch) const override {
    double largest = 0;
    for (std::size_t k = 0; k < n_; ++k) {
      largest = std::max(largest, std::abs(scratch[2 + k]));
    }
    return 4 * std::numeric_limits<double>::epsilon() * static_cast<double>(n_) * largest *
           std::exp(-scratch[0]);
  }

  // p_kl / p = -m (d_k + d_l), m = N_k / N, one for all k.
  SecondForm second_form() const noexcept override { return SecondForm::affine_product; }
  void second_sums(std::span<double const> scratch,
                   std::span<double const> sums,
                   std::span<double> out) const override {
    double const m = scratch[1] / static_cast<double>(n_);
    for (std::size_t k = 0; k < n_; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        out[packed(k, l)] = -m * (sums[1 + k] + sums[1 + l]);
      }
    }
  }

  std::vector<double> break_points(std::span<double const>) const override { return {}; }
  std::vector<double> guide_points(std::span<double const>) const override { return {}; }

  bool has_edge() const noexcept override { return room_.has_edge; }
  EdgeRoom edge_room(std::size_t) const override { return {room_.unit, room_.reach}; }

  // In units of the coefficients at the start, and in y = 2 t - 1.
  std::vector<EdgePoint> edge_points(std::span<double const> theta) const override {
    std::vector<EdgePoint> points;
    if (!std::ranges::all_of(theta, [](double c) { return std::isfinite(c); })) {
      return points;
    }
    std::vector<double> c(n_);
    chebyshev_sum(theta, room_.unit, c);
    for (auto const& m : minima_.all(std::span(c).subspan(1), c[0])) {
      points.push_back(edge_point(m));
    }
    return points;
  }

 private:
  /// [j * n + k]: coefficient of T_j in B_k, by the mean of B_k T_j over angles, which is exact.
  void to_chebyshev() {
    matrix_.resize(n_ * n_);
    std::size_t const m = 2 * n_ + 2;
    std::vector<long double> terms(n_);
    std::vector<long double> sums(n_ * n_, 0.0L);
    for (std::size_t i = 0; i < m; ++i) {
      long double const phi = std::numbers::pi_v<long double> *
                              (static_cast<long double>(i) + 0.5L) / static_cast<long double>(m);
      long double const cosine = std::cos(phi / 2);
      long double const sine = std::sin(phi / 2);
      bernstein_terms<long double>(cosine * cosine, sine * sine, terms, {});
      for (std::size_t j = 0; j < n_; ++j) {
        long double const weight = (j == 0 ? 1 : 2) * std::cos(static_cast<long double>(j) * phi);
        for (std::size_t k = 0; k < n_; ++k) {
          sums[j * n_ + k] += weight * terms[k];
        }
      }
    }
    for (std::size_t e = 0; e < sums.size(); ++e) {
      matrix_[e] = static_cast<double>(sums[e] / static_cast<long double>(m));
    }
  }

  /// Coefficients of P / unit as a sum of T_j.
  void chebyshev_sum(std::span<double const> theta, double unit, std::span<double> out) const {
    for (std::size_t j = 0; j < n_; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < n_; ++k) {
        sum += matrix_[j * n_ + k] * (theta[k] / unit);
      }
      out[j] = sum;
    }
  }

  bool nowhere_negative(std::span<double const> theta, std::span<double> scratch) const {
    if (std::ranges::all_of(theta, [](double c) { return c >= 0; })) {
      return true;
    }
    if (theta.front() < 0 || theta.back() < 0) {
      return false;  // values of P at the ends
    }
    auto const c = scratch.first(n_);
    chebyshev_sum(theta, room_.unit, c);
    double const mean = c[0];  // over angles
    if (!(mean > 0)) {
      return false;
    }
    for (double& a : c) {
      a /= mean;
    }
    return minima_.nowhere_negative(c.subspan(1), scratch.subspan(n_));
  }

  EdgePoint edge_point(ChebyshevMinimum const& m) const {
    EdgePoint point{m.value,
                    0,
                    std::vector<double>(n_),
                    std::vector<double>(n_),
                    observable_,
                    chebyshev_place(m.angle, window_)};
    auto const phi = static_cast<long double>(m.angle);
    bool const last = m.angle == std::numbers::pi;
    long double const cosine = last ? 0 : std::cos(phi / 2);
    long double const sine = last ? 1 : std::sin(phi / 2);
    std::vector<long double> value(n_);
    std::vector<long double> slope(n_);
    bernstein_terms<long double>(cosine * cosine, sine * sine, value, slope);
    for (std::size_t k = 0; k < n_; ++k) {
      point.gradient[k] = static_cast<double>(value[k]) / room_.unit;
      point.slope[k] = 0.5 * static_cast<double>(slope[k]) / room_.unit;
    }
    if (m.angle != 0 && !last) {
      double const full_sine = std::sin(m.angle);
      point.curvature = m.curvature / (full_sine * full_sine);
    }
    return point;
  }

  /// ln p; leaves N_k / P in b.p, 0 where P = 0.
  void values(std::span<double const> scratch, Block& b, double* out) const {
    std::fill_n(b.power.begin(), b.n, 1.0);
    std::fill_n(b.p.begin(), b.n, 0.0);
    // sum c_k C(n, k) t^k u^(n - k), multiplied by u from term to term.
    double binomial = 1;
    for (std::size_t k = 0; k < n_; ++k) {
      double const c = binomial * scratch[2 + k];
      for (std::size_t i = 0; i < b.n; ++i) {
        b.p[i] = b.p[i] * b.u[i] + c * b.power[i];
        b.power[i] *= b.t[i];
      }
      binomial = binomial * static_cast<double>(n_ - 1 - k) / static_cast<double>(k + 1);
    }
    for (std::size_t i = 0; i < b.n; ++i) {
      b.p[i] = b.p[i] > kernels::chebyshev_zero ? b.p[i] : 0;
    }
    kernels::log_n(b.p.data(), out, b.n);
    for (std::size_t i = 0; i < b.n; ++i) {
      out[i] -= scratch[0];
      b.p[i] = b.p[i] > 0 ? scratch[1] / b.p[i] : 0;
    }
  }

  /// B_k / P - m, 0 where P = 0.
  void first_derivatives(std::span<double const> scratch, Block& b, LogDensityView out) const {
    double const m = scratch[1] / static_cast<double>(n_);
    b.power = b.p;
    double binomial = 1;
    for (std::size_t k = 0; k < n_; ++k) {
      for (std::size_t i = 0; i < b.n; ++i) {
        out.d(k)[i] = binomial * b.power[i];
        b.power[i] *= b.t[i];
      }
      binomial = binomial * static_cast<double>(n_ - 1 - k) / static_cast<double>(k + 1);
    }
    std::fill_n(b.power.begin(), b.n, 1.0);
    for (std::size_t k = n_; k-- > 0;) {
      for (std::size_t i = 0; i < b.n; ++i) {
        out.d(k)[i] = out.d(k)[i] * b.power[i] - (b.p[i] > 0 ? m : 0);
        b.power[i] *= b.u[i];
      }
    }
  }

  void second_derivatives(std::span<double const> scratch,
                          std::size_t n,
                          LogDensityView out) const {
    double const m = scratch[1] / static_cast<double>(n_);
    for (std::size_t k = 0; k < n_; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        for (std::size_t i = 0; i < n; ++i) {
          double const a = out.d(k)[i];
          double const b = out.d(l)[i];
          out.dd(k, l)[i] = -m * (a + b) - a * b;
        }
      }
    }
  }

  std::size_t observable_;
  spec::Interval window_;
  std::size_t n_;
  ChebyshevMinima minima_;
  std::vector<double> matrix_;
  BernsteinRoom room_;
};

}  // namespace

DensityPtr make_bernstein_density(std::size_t observable,
                                  spec::Interval const& window,
                                  std::size_t n,
                                  BernsteinRoom const& room) {
  return std::make_unique<Bernstein>(observable, window, n, room);
}

}  // namespace toyfarm::model
