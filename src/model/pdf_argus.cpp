#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "toyfarm/kernels/math.hpp"
#include "toyfarm/kernels/shapes.hpp"

#include "model/gauss_legendre.hpp"
#include "model/window_density.hpp"

namespace toyfarm::model {
namespace {

// f = x u^p e^{c u}, u = 1 - (x/b)^2, for 0 < x < b.
// d ln p/dc = u - <u>, d ln p/dp = ln u - <ln u>, second derivatives minus the covariances, <>
// being means over p.
// Scratch is a kernels::Argus.

// Sums over nodes with weights about which only ratios matter; two passes, so that covariances do
// not cancel.
template <std::size_t Max>
struct Moments {
  std::array<double, Max> weights;
  std::array<double, Max> u;
  std::array<double, Max> log_u;
  std::size_t n = 0;

  void add(double weight, double at, double log_at) {
    weights[n] = weight;
    u[n] = at;
    log_u[n] = log_at;
    ++n;
  }

  // Writes means, covariances and log_norm = ln(sum of weights) + log_scale; uses up the nodes.
  void finish(double log_scale, kernels::Argus& k) {
    double const total = kernels::sum(weights.data(), n);
    k.mean_first[0] = kernels::dot(weights.data(), u.data(), n) / total;
    k.mean_first[1] = kernels::dot(weights.data(), log_u.data(), n) / total;
    for (std::size_t i = 0; i < n; ++i) {
      u[i] -= k.mean_first[0];
      log_u[i] -= k.mean_first[1];
    }
    double const* const columns[2] = {u.data(), log_u.data()};
    double covariances[3] = {};
    kernels::gram(weights.data(), columns, 2, n, covariances);
    for (std::size_t e = 0; e < 3; ++e) {
      k.mean_second[e] = covariances[e] / total;
    }
    k.log_norm = std::log(total) + log_scale;
  }
};

// With u = u_a e^{-tau}, u_a = u(a): integral of f dx = (b^2/2) u_a^{p+1} times the integral over
// tau > 0 of e^psi, psi = -(p+1) tau + k e^{-tau}, k = c u_a. The power at x = b has become an
// exponential tail and ln u is linear in tau: Gauss-Legendre panels see analytic functions only.
class ArgusIntegral {
 public:
  ArgusIntegral(double c, double p, double u_a) : p_(p), u_a_(u_a), k_(c * u_a) {
    // Where psi is largest.
    tau_top_ = -k_ > p + 1 ? std::log(-k_ / (p + 1)) : 0;
    top_ = psi(tau_top_);
  }

  void moments(double log_half_b2, kernels::Argus& k) {
    double tau = tau_top_;
    while (top_ - psi(tau) < depth && !full()) {
      double const step = width(tau, 1);
      panel(tau, tau + step);
      tau += step;
    }
    tau = tau_top_;
    while (tau > 0 && top_ - psi(tau) < depth && !full()) {
      double const step = std::min(tau, width(tau, -1));
      panel(tau - step, tau);
      tau -= step;
    }
    weigh();
    sums_.finish(log_half_b2 + (p_ + 1) * std::log(u_a_) + top_, k);
  }

 private:
  static constexpr double depth =
      46;  // exponents of e: what lies deeper does not show in double precision
  static constexpr std::size_t n_nodes = 16;
  static constexpr std::size_t max_nodes = 96 * n_nodes;

  [[nodiscard]] double psi(double tau) const { return -(p_ + 1) * tau + k_ * std::exp(-tau); }

  // A panel on which psi changes by at most 10 and is nearly a parabola.
  [[nodiscard]] double width(double tau, double direction) const {
    double const here = std::exp(-tau);
    double step = 2;
    for (;;) {
      double const there = std::exp(-(tau + direction * step));
      double const bend = std::abs(k_) * std::max(here, there) * step * step;
      double const change = k_ * (there - here) - (p_ + 1) * direction * step;
      if (bend <= 9 && std::abs(change) <= 10) {
        return step;
      }
      step *= 0.7;
    }
  }

  [[nodiscard]] bool full() const { return sums_.n == max_nodes; }

  // Nodes as tau for the time being, in place of ln u.
  void panel(double from, double to) {
    auto const& rule = gauss_legendre<n_nodes>();
    double const half = 0.5 * (to - from);
    for (std::size_t i = 0; i < n_nodes; ++i) {
      sums_.add(half * rule.w[i], 0, from + half * (1 + rule.x[i]));
    }
  }

  void weigh() {
    std::size_t const n = sums_.n;
    std::array<double, max_nodes> exponent;
    for (std::size_t i = 0; i < n; ++i) {
      sums_.u[i] = -sums_.log_u[i];
    }
    kernels::exp_n(sums_.u.data(), sums_.u.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
      exponent[i] = -(p_ + 1) * sums_.log_u[i] + k_ * sums_.u[i] - top_;
    }
    kernels::exp_n(exponent.data(), exponent.data(), n);
    kernels::multiply(sums_.weights.data(), exponent.data(), sums_.weights.data(), n);
    double const log_u_a = std::log(u_a_);
    for (std::size_t i = 0; i < n; ++i) {
      sums_.u[i] *= u_a_;
      sums_.log_u[i] = log_u_a - sums_.log_u[i];
    }
  }

  double p_, u_a_, k_;
  double tau_top_ = 0;
  double top_ = 0;
  Moments<max_nodes> sums_;
};

class Argus final : public WindowDensity<kernels::Argus> {
 public:
  explicit Argus(PdfSource const& source)
      : WindowDensity(source), nextstat_(source.is_variant("nextstat")) {}

  std::optional<kernels::Argus> constants_at(std::span<double const> theta,
                                             Derivatives) const override {
    double const c = theta[0];
    double const p = theta[1];
    if (!std::isfinite(c) || !std::isfinite(p) || p < 0) {
      return std::nullopt;
    }
    double const b = window_.upper;
    double const u_a = window_.lower > 0 ? u_of(window_.lower) : 1;
    kernels::Argus k{b, c, p, 0, {}, {}};
    if (nextstat_) {
      sixty_four_nodes(k);
    } else {
      ArgusIntegral(c, p, u_a).moments(2 * std::log(b) - std::log(2.0), k);
    }
    if (!std::isfinite(k.log_norm) || !std::isfinite(k.mean_second[2])) {
      return std::nullopt;
    }
    return k;
  }

  void fill(kernels::Argus const& k,
            std::span<double const> x,
            Derivatives order,
            LogDensityView const& out) const override {
    kernels::argus_n(k, x.data(), x.size(), wanted(out, order));
  }

  SecondForm second_form() const noexcept override { return SecondForm::affine; }
  void second_sums(std::span<double const> scratch,
                   std::span<double const> sums,
                   std::span<double> out) const override {
    auto const k = get<kernels::Argus>(scratch);
    for (std::size_t e = 0; e < packed_size(2); ++e) {
      out[e] = -k.mean_second[e] * sums[0];
    }
  }

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
  [[nodiscard]] double u_of(double x) const {
    return (window_.upper - x) * (window_.upper + x) / (window_.upper * window_.upper);
  }

  // The old program's normalisation: 64 nodes over the window.
  void sixty_four_nodes(kernels::Argus& k) const {
    auto const& rule = gauss_legendre<64>();
    double const half = 0.5 * (window_.upper - window_.lower);
    double top = -std::numeric_limits<double>::infinity();
    std::array<double, 64> log_f;
    std::array<double, 64> u;
    for (std::size_t i = 0; i < 64; ++i) {
      double const x = window_.lower + half * (1 + rule.x[i]);
      u[i] = u_of(x);
      bool const inside = x > 0 && u[i] > 0;
      log_f[i] = inside ? std::log(x) + k.power * std::log(u[i]) + k.slope * u[i]
                        : -std::numeric_limits<double>::infinity();
      top = std::max(top, log_f[i]);
    }
    Moments<64> sums;
    for (std::size_t i = 0; i < 64; ++i) {
      if (std::isfinite(log_f[i])) {
        sums.add(half * rule.w[i] * std::exp(log_f[i] - top), u[i], std::log(u[i]));
      }
    }
    sums.finish(top, k);
  }

  bool nextstat_;
};

DensityPtr make_argus(PdfSource const& source) {
  if (!(source.window.upper > 0)) {
    source.fail("observable",
                "argus needs an observable whose upper bound (the cut-off) is > 0, got " +
                    number_text(source.window.upper));
  }
  return std::make_unique<Argus>(source);
}

}  // namespace

PdfType argus_pdf() {
  return {.name = "argus",
          .make = make_argus,
          .params = {{"c"}, {"p", Domain::some_non_negative}},
          .variants = {{"exact", "is normalised exactly"}, {"nextstat", "gives the old formula"}}};
}

}  // namespace toyfarm::model
