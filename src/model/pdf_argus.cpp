#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "toyfarm/kernels/math.hpp"

#include "model/gauss_legendre.hpp"
#include "model/pdf.hpp"

namespace toyfarm::model {
namespace {

// f = x u^p e^{c u}, u = 1 - (x/b)^2, for 0 < x < b.
// d ln p/dc = u - <u>, d ln p/dp = ln u - <ln u>, second derivatives minus the covariances, <>
// being means over p.
struct Constants {
  double c;
  double p;
  double log_norm;
  double mean_u;
  double mean_log;
  double var_u;
  double cov;
  double var_log;
};

// Sums over nodes with weights w_i about which only ratios matter; two passes, so that covariances
// do not cancel.
template <std::size_t Max>
class Moments {
 public:
  void add(double w, double u, double log_u) {
    w_[n_] = w;
    u_[n_] = u;
    log_u_[n_] = log_u;
    ++n_;
  }
  [[nodiscard]] bool full() const { return n_ == Max; }

  // log_norm gets ln(sum w) + log_scale.
  [[nodiscard]] Constants finish(double c, double p, double log_scale) const {
    Constants k{c, p, 0, 0, 0, 0, 0, 0};
    double total = 0;
    for (std::size_t i = 0; i < n_; ++i) {
      total += w_[i];
      k.mean_u += w_[i] * u_[i];
      k.mean_log += w_[i] * log_u_[i];
    }
    k.mean_u /= total;
    k.mean_log /= total;
    for (std::size_t i = 0; i < n_; ++i) {
      double const du = u_[i] - k.mean_u;
      double const dl = log_u_[i] - k.mean_log;
      k.var_u += w_[i] / total * du * du;
      k.cov += w_[i] / total * du * dl;
      k.var_log += w_[i] / total * dl * dl;
    }
    k.log_norm = std::log(total) + log_scale;
    return k;
  }

 private:
  std::array<double, Max> w_;
  std::array<double, Max> u_;
  std::array<double, Max> log_u_;
  std::size_t n_ = 0;
};

// With u = u_a e^{-tau}, u_a = u(a): integral of f dx = (b^2/2) u_a^{p+1} times the integral over
// tau > 0 of e^psi, psi = -(p+1) tau + k e^{-tau}, k = c u_a. The power at x = b has become an
// exponential tail and ln u is linear in tau: Gauss-Legendre panels see analytic functions only.
class ArgusIntegral {
 public:
  ArgusIntegral(double c, double p, double u_a) : c_(c), p_(p), u_a_(u_a), k_(c * u_a) {
    // Where psi is largest.
    tau_top_ = -k_ > p + 1 ? std::log(-k_ / (p + 1)) : 0;
    top_ = psi(tau_top_);
  }

  [[nodiscard]] Constants moments(double log_half_b2) {
    double tau = tau_top_;
    while (top_ - psi(tau) < depth && !sums_.full()) {
      double const step = width(tau, 1);
      panel(tau, tau + step);
      tau += step;
    }
    tau = tau_top_;
    while (tau > 0 && top_ - psi(tau) < depth && !sums_.full()) {
      double const step = std::min(tau, width(tau, -1));
      panel(tau - step, tau);
      tau -= step;
    }
    return sums_.finish(c_, p_, log_half_b2 + (p_ + 1) * std::log(u_a_) + top_);
  }

 private:
  static constexpr double depth =
      46;  // exponents of e: what lies deeper does not show in double precision
  static constexpr std::size_t n_nodes = 16;

  [[nodiscard]] double psi(double tau) const { return -(p_ + 1) * tau + k_ * std::exp(-tau); }

  // A panel on which psi changes by at most 10 and is nearly a parabola.
  [[nodiscard]] double width(double tau, double direction) const {
    double step = 2;
    for (;;) {
      double const end = tau + direction * step;
      double const bend = std::abs(k_) * std::exp(-std::min(tau, end)) * step * step;
      if (bend <= 9 && std::abs(psi(end) - psi(tau)) <= 10) {
        return step;
      }
      step *= 0.7;
    }
  }

  void panel(double from, double to) {
    auto const& rule = gauss_legendre<n_nodes>();
    double const half = 0.5 * (to - from);
    for (std::size_t i = 0; i < n_nodes; ++i) {
      double const tau = from + half * (1 + rule.x[i]);
      sums_.add(half * rule.w[i] * std::exp(psi(tau) - top_),
                u_a_ * std::exp(-tau),
                std::log(u_a_) - tau);
    }
  }

  double c_, p_, u_a_, k_;
  double tau_top_ = 0;
  double top_ = 0;
  Moments<96 * n_nodes> sums_;
};

class Argus final : public Density {
 public:
  explicit Argus(PdfSource const& source)
      : observable_(source.observable),
        window_(source.window),
        nextstat_(source.nextstat_variant()) {}

  std::size_t n_params() const noexcept override { return 2; }
  std::size_t scratch_size() const noexcept override { return doubles_in<Constants>; }

  bool prepare(std::span<double const> theta,
               Derivatives,
               std::span<double> scratch) const override {
    double const c = theta[0];
    double const p = theta[1];
    if (!std::isfinite(c) || !std::isfinite(p) || p < 0) {
      return false;
    }
    double const b = window_.upper;
    double const u_a = window_.lower > 0 ? u_of(window_.lower) : 1;
    auto const constants = nextstat_
                               ? sixty_four_nodes(c, p)
                               : ArgusIntegral(c, p, u_a).moments(2 * std::log(b) - std::log(2.0));
    if (!std::isfinite(constants.log_norm) || !std::isfinite(constants.var_log)) {
      return false;
    }
    put(constants, scratch);
    return true;
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override {
    auto const k = get<Constants>(scratch);
    for (std::size_t begin = 0; begin < points.size; begin += block) {
      std::size_t const n = std::min(block, points.size - begin);
      evaluate_block(k, points.columns[observable_] + begin, n, begin, order, out);
    }
  }

  SecondForm second_form() const noexcept override { return SecondForm::affine; }
  void second_coefficients(std::span<double const> scratch, std::span<double> out) const override {
    auto const k = get<Constants>(scratch);
    std::fill_n(out.begin(), packed_size(2) * 3, 0.0);
    out[packed(0, 0) * 3] = -k.var_u;
    out[packed(1, 0) * 3] = -k.cov;
    out[packed(1, 1) * 3] = -k.var_log;
  }

  std::vector<double> break_points(std::span<double const>) const override { return {}; }

  // Towards the cut-off, where the density goes to zero as a power of the distance.
  std::vector<double> guide_points(std::span<double const>) const override {
    std::vector<double> points;
    double const width = window_.upper - window_.lower;
    for (double fraction = 0.25; fraction > 1e-4; fraction *= 0.25) {
      points.push_back(window_.upper - fraction * width);
    }
    return points;
  }

 private:
  static constexpr std::size_t block = 128;

  [[nodiscard]] double u_of(double x) const {
    return (window_.upper - x) * (window_.upper + x) / (window_.upper * window_.upper);
  }

  // The old program's normalisation: 64 nodes over the window.
  [[nodiscard]] Constants sixty_four_nodes(double c, double p) const {
    auto const& rule = gauss_legendre<64>();
    double const half = 0.5 * (window_.upper - window_.lower);
    double top = -std::numeric_limits<double>::infinity();
    std::array<double, 64> log_f;
    std::array<double, 64> u;
    for (std::size_t i = 0; i < 64; ++i) {
      double const x = window_.lower + half * (1 + rule.x[i]);
      u[i] = u_of(x);
      bool const inside = x > 0 && u[i] > 0;
      log_f[i] = inside ? std::log(x) + p * std::log(u[i]) + c * u[i]
                        : -std::numeric_limits<double>::infinity();
      top = std::max(top, log_f[i]);
    }
    Moments<64> sums;
    for (std::size_t i = 0; i < 64; ++i) {
      if (std::isfinite(log_f[i])) {
        sums.add(half * rule.w[i] * std::exp(log_f[i] - top), u[i], std::log(u[i]));
      }
    }
    return sums.finish(c, p, top);
  }

  void evaluate_block(Constants const& k,
                      double const* __restrict x,
                      std::size_t n,
                      std::size_t begin,
                      Derivatives order,
                      LogDensityView out) const {
    std::array<double, block> u{};
    std::array<double, block> log_u;
    std::array<double, block> inside;
    double* __restrict value = out.value + begin;
    for (std::size_t i = 0; i < n; ++i) {
      u[i] = u_of(x[i]);
      inside[i] = x[i] > 0 && u[i] > 0 ? 1.0 : 0.0;
      u[i] = inside[i] > 0 ? u[i] : 1.0;
      value[i] = inside[i] > 0 ? x[i] : 0.0;  // ln 0 = -inf
    }
    kernels::log_n(u.data(), log_u.data(), n);
    kernels::log_n(value, value, n);
    for (std::size_t i = 0; i < n; ++i) {
      value[i] += k.p * log_u[i] + k.c * u[i] - k.log_norm;
    }
    if (order != Derivatives::none) {
      for (std::size_t i = 0; i < n; ++i) {
        out.d(0)[begin + i] = inside[i] * (u[i] - k.mean_u);
        out.d(1)[begin + i] = inside[i] * (log_u[i] - k.mean_log);
      }
    }
    if (order == Derivatives::second) {
      for (std::size_t i = 0; i < n; ++i) {
        out.dd(0, 0)[begin + i] = -inside[i] * k.var_u;
        out.dd(1, 0)[begin + i] = -inside[i] * k.cov;
        out.dd(1, 1)[begin + i] = -inside[i] * k.var_log;
      }
    }
  }

  std::size_t observable_;
  spec::Interval window_;
  bool nextstat_;
};

}  // namespace

DensityPtr make_argus(PdfSource const& source) {
  if (!(source.window.upper > 0)) {
    source.fail("observable",
                "argus needs an observable whose upper bound (the cut-off) is > 0, got " +
                    number_text(source.window.upper));
  }
  return std::make_unique<Argus>(source);
}

}  // namespace toyfarm::model
