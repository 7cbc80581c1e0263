#include "model/crystal_ball.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "toyfarm/kernels/math.hpp"

#include "model/crystal_ball_shape.hpp"
#include "model/gauss_legendre.hpp"

namespace toyfarm::model {
namespace {

template <std::size_t NTails>
inline constexpr std::size_t n_cb = 2 + 2 * NTails;

// ln p = ln f(t) - reference - log_norm; f in units of its largest value in the window.
template <std::size_t NTails>
struct Constants {
  double inverse_sigma;
  double anchor;  // point of the window nearest to mu; t = t0 + (x - anchor) / sigma
  double t0;
  double
      reference;  // of the tails: ln f at t0; the core is measured from t0^2/2 without cancellation
  double log_norm;
  CbTail tails[2];
  double mean_first[n_cb<NTails>];
  double offset_second[packed_size(n_cb<NTails>)];  // <second> + cov(first, first)
};

// Sums over the window of f and its derivatives: Gauss-Legendre in t for the core, in y = ln(1 + r)
// for the tails, where f dt is an exponential in y.
template <std::size_t NTails>
class CbIntegral {
 public:
  CbIntegral(Constants<NTails> const& c, Derivatives order) : c_(c), order_(order) {}

  void core(double lower, double upper) {
    // s = t - t0 up to where f has fallen by e^-depth.
    double const reach = 2 * depth / (std::abs(c_.t0) + std::sqrt(c_.t0 * c_.t0 + 2 * depth));
    double const from = std::max(lower, -reach);
    double const to = std::min(upper, reach);
    if (!(from < to)) {
      return;
    }
    double const fall = 0.5 * std::abs(to * (to + 2 * c_.t0) - from * (from + 2 * c_.t0));
    panels(from, to, std::max((to - from) / 3, fall / 12), [&](double s, double weight) {
      double const t = c_.t0 + s;
      add({0, t, 0, 1, 0}, weight * std::exp(-0.5 * s * (s + 2 * c_.t0)));
    });
  }

  // v from `near` to `far`, both >= 0.
  void tail(double side, double near, double far) {
    CbTail const tail = c_.tails[side < 0 ? 1 : 0];
    double const a = tail.alpha;
    double const n = tail.n;
    double const from = std::log1p(a * near / n);
    double const to = std::min(std::log1p(a * far / n), from + depth / (n - 1));
    if (!(from < to)) {
      return;
    }
    double const log_scale = std::log(n) - std::log(a) - 0.5 * a * a - c_.reference;
    panels(from, to, (n + 1) * (to - from) / 12, [&](double y, double weight) {
      double const v = n / a * std::expm1(y);
      add({side, -side * (v + a), y, std::exp(-y), -std::expm1(-y)},
          weight * std::exp(log_scale - (n - 1) * y));
    });
  }

  // False where the integral is not positive and finite.
  [[nodiscard]] bool finish(Constants<NTails>& out) const {
    if (!(total_ > 0) || !std::isfinite(total_)) {
      return false;
    }
    out.log_norm = std::log(total_) - std::log(c_.inverse_sigma);
    if (order_ == Derivatives::none) {
      return true;
    }
    for (std::size_t k = 0; k < n_cb<NTails>; ++k) {
      out.mean_first[k] = first_[k] / total_;
    }
    for (std::size_t e = 0; e < packed_size(n_cb<NTails>); ++e) {
      out.offset_second[e] = second_[e] / total_;
    }
    covariances(out);
    return true;
  }

 private:
  static constexpr double depth = 44;
  static constexpr std::size_t n_nodes = 16;
  static constexpr std::size_t max_panels = 12;  // of one part
  static constexpr std::size_t max_nodes = 3 * max_panels * n_nodes;

  template <class Body>
  void panels(double from, double to, double wanted, Body const& body) {
    auto const& rule = gauss_legendre<n_nodes>();
    auto const n = static_cast<std::size_t>(
        std::clamp(std::ceil(wanted), 1.0, static_cast<double>(max_panels)));
    double const half = 0.5 * (to - from) / static_cast<double>(n);
    for (std::size_t p = 0; p < n; ++p) {
      double const start = from + 2 * half * static_cast<double>(p);
      for (std::size_t i = 0; i < n_nodes; ++i) {
        body(start + half * (1 + rule.x[i]), half * rule.w[i]);
      }
    }
  }

  void add(CbPoint const& point, double weight) {
    total_ += weight;
    if (order_ == Derivatives::none) {
      return;
    }
    CbScore score;
    cb_score<NTails>(point, c_.tails, c_.inverse_sigma, score);
    for (std::size_t k = 0; k < n_cb<NTails>; ++k) {
      first_[k] += weight * score.first[k];
      nodes_[n_added_][k] = score.first[k];
    }
    for (std::size_t e = 0; e < packed_size(n_cb<NTails>); ++e) {
      second_[e] += weight * score.second[e];
    }
    weights_[n_added_] = weight;
    ++n_added_;
  }

  void covariances(Constants<NTails>& out) const {
    for (std::size_t i = 0; i < n_added_; ++i) {
      double const w = weights_[i] / total_;
      for (std::size_t k = 0; k < n_cb<NTails>; ++k) {
        double const dk = w * (nodes_[i][k] - out.mean_first[k]);
        for (std::size_t l = 0; l <= k; ++l) {
          out.offset_second[packed(k, l)] += dk * (nodes_[i][l] - out.mean_first[l]);
        }
      }
    }
  }

  Constants<NTails> const& c_;
  Derivatives order_;
  double total_ = 0;
  std::array<double, n_cb<NTails>> first_{};
  std::array<double, packed_size(n_cb<NTails>)> second_{};
  std::size_t n_added_ = 0;
  std::array<double, max_nodes> weights_;
  std::array<std::array<double, n_cb<NTails>>, max_nodes> nodes_;
};

template <std::size_t NTails>
class CrystalBall final : public Density {
 public:
  explicit CrystalBall(PdfSource const& source)
      : observable_(source.observable), window_(source.window) {}

  std::size_t n_params() const noexcept override { return n_cb<NTails>; }
  std::size_t scratch_size() const noexcept override { return doubles_in<Constants<NTails>>; }

  bool prepare(std::span<double const> theta,
               Derivatives order,
               std::span<double> scratch) const override {
    if (!in_domain(theta)) {
      return false;
    }
    auto c = constants(theta);
    double const alpha_l = c.tails[0].alpha;
    double const alpha_r = NTails == 2 ? c.tails[1].alpha : std::numeric_limits<double>::infinity();
    // The window in s = t - t0, its lower end also as distances beyond the joints.
    double const lower = (window_.lower - c.anchor) * c.inverse_sigma;
    double const upper = (window_.upper - c.anchor) * c.inverse_sigma;
    CbIntegral<NTails> integral(c, order);
    integral.core(std::max(lower, -alpha_l - c.t0), std::min(upper, alpha_r - c.t0));
    if (c.t0 + lower < -alpha_l) {
      integral.tail(+1, std::max(0.0, -(c.t0 + upper) - alpha_l), -(c.t0 + lower) - alpha_l);
    }
    if (c.t0 + upper > alpha_r) {
      integral.tail(-1, std::max(0.0, c.t0 + lower - alpha_r), c.t0 + upper - alpha_r);
    }
    auto prepared = c;
    if (!integral.finish(prepared)) {
      return false;
    }
    put(prepared, scratch);
    return true;
  }

  void evaluate(std::span<double const> scratch,
                Points points,
                Derivatives order,
                LogDensityView out) const override {
    auto const c = get<Constants<NTails>>(scratch);
    std::array<CbPoint, block> where;
    for (std::size_t begin = 0; begin < points.size; begin += block) {
      std::size_t const n = std::min(block, points.size - begin);
      evaluate_values(c, points.columns[observable_] + begin, n, out.value + begin, where);
      if (order == Derivatives::first) {
        evaluate_derivatives<Derivatives::first>(c, where, n, begin, out);
      } else if (order == Derivatives::second) {
        evaluate_derivatives<Derivatives::second>(c, where, n, begin, out);
      }
    }
  }

  std::vector<double> break_points(std::span<double const> theta) const override {
    std::vector<double> points;
    for (std::size_t tail = 0; tail < NTails; ++tail) {
      double const x = theta[0] + (tail == 0 ? -1 : 1) * theta[1] * theta[2 + 2 * tail];
      if (x > window_.lower && x < window_.upper) {
        points.push_back(x);
      }
    }
    return points;
  }

  std::vector<double> guide_points(std::span<double const> theta) const override {
    std::vector<double> points{theta[0]};
    for (double const k : {1.0, 3.0, 8.0}) {
      points.insert(points.end(), {theta[0] - k * theta[1], theta[0] + k * theta[1]});
    }
    return points;
  }

  bool has_moving_break_points() const noexcept override { return true; }
  std::size_t moving_break_points(std::span<double const> theta,
                                  std::span<double> out) const override {
    for (std::size_t tail = 0; tail < NTails; ++tail) {
      out[tail] = theta[0] + (tail == 0 ? -1 : 1) * theta[1] * theta[2 + 2 * tail];
    }
    return NTails;
  }

 private:
  static constexpr std::size_t block = 64;

  static bool in_domain(std::span<double const> theta) {
    bool ok = std::isfinite(theta[0]) && std::isfinite(theta[1]) && theta[1] > 0;
    for (std::size_t tail = 0; tail < NTails; ++tail) {
      double const alpha = theta[2 + 2 * tail];
      double const n = theta[3 + 2 * tail];
      ok = ok && std::isfinite(alpha) && alpha > 0 && std::isfinite(n) && n > 1;
    }
    return ok;
  }

  Constants<NTails> constants(std::span<double const> theta) const {
    Constants<NTails> c{};
    c.inverse_sigma = 1 / theta[1];
    c.tails[0] = {theta[2], theta[3]};
    c.tails[1] = NTails == 2 ? CbTail{theta[4], theta[5]} : CbTail{1, 2};
    c.anchor = std::clamp(theta[0], window_.lower, window_.upper);
    c.t0 = (c.anchor - theta[0]) * c.inverse_sigma;
    c.reference = -0.5 * c.t0 * c.t0;
    for (std::size_t tail = 0; tail < NTails; ++tail) {
      double const v = (tail == 0 ? -c.t0 : c.t0) - c.tails[tail].alpha;
      if (v > 0) {
        double const a = c.tails[tail].alpha;
        c.reference = -0.5 * a * a - c.tails[tail].n * std::log1p(a * v / c.tails[tail].n);
      }
    }
    return c;
  }

  // Left tail: the joint belongs to it when there is one tail, to the core when there are two (the
  // old program's conventions; only second derivatives jump).
  static double side_of(double t, CbTail const (&tails)[2]) {
    if constexpr (NTails == 1) {
      return t <= -tails[0].alpha ? 1.0 : 0.0;
    } else {
      return t < -tails[0].alpha ? 1.0 : t > tails[1].alpha ? -1.0 : 0.0;
    }
  }

  static void evaluate_values(Constants<NTails> const& c,
                              double const* x,
                              std::size_t n,
                              double* value,
                              std::array<CbPoint, block>& where) {
    std::array<double, block> one_plus_r;
    std::array<double, block> log_one_plus_r;
    std::array<double, block> core;
    for (std::size_t i = 0; i < n; ++i) {
      double const s = (x[i] - c.anchor) * c.inverse_sigma;
      double const t = c.t0 + s;
      double const side = side_of(t, c.tails);
      CbTail const& tail = c.tails[side < 0 ? 1 : 0];
      double const r = side == 0 ? 0.0 : tail.alpha * (-side * t - tail.alpha) / tail.n;
      double const u = 1 + r;
      core[i] = -0.5 * s * (s + 2 * c.t0);
      one_plus_r[i] = u;
      // What rounding 1 + r lost, to first order, so that ln(1 + r) is right for large n, too.
      where[i] = {side, t, (r - (u - 1)) / u, 1 / u, r / u};
    }
    kernels::log_n(one_plus_r.data(), log_one_plus_r.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
      where[i].y += log_one_plus_r[i];
      CbTail const& tail = c.tails[where[i].side < 0 ? 1 : 0];
      double const in_tail = -0.5 * tail.alpha * tail.alpha - c.reference - tail.n * where[i].y;
      value[i] = (where[i].side == 0 ? core[i] : in_tail) - c.log_norm;
    }
  }

  // Point by point into a small table, then out of it column by column: columns of the caller lie a
  // power of two apart and would share cache sets.
  template <Derivatives Order>
  static void evaluate_derivatives(Constants<NTails> const& c,
                                   std::array<CbPoint, block> const& where,
                                   std::size_t n,
                                   std::size_t begin,
                                   LogDensityView out) {
    constexpr std::size_t n_first = n_cb<NTails>;
    constexpr std::size_t n_second = Order == Derivatives::second ? packed_size(n_first) : 0;
    std::array<std::array<double, block + 8>, n_first + n_second> table;
    CbScore score;
    for (std::size_t i = 0; i < n; ++i) {
      cb_score<NTails>(where[i], c.tails, c.inverse_sigma, score);
      for (std::size_t k = 0; k < n_first; ++k) {
        table[k][i] = score.first[k];
      }
      for (std::size_t e = 0; e < n_second; ++e) {
        table[n_first + e][i] = score.second[e];
      }
    }
    for (std::size_t column = 0; column < n_first + n_second; ++column) {
      bool const is_first = column < n_first;
      double const offset = is_first ? c.mean_first[column] : c.offset_second[column - n_first];
      double* __restrict to = (is_first ? out.first + column * out.stride
                                        : out.second + (column - n_first) * out.stride) +
                              begin;
      for (std::size_t i = 0; i < n; ++i) {
        to[i] = table[column][i] - offset;
      }
    }
  }

  std::size_t observable_;
  spec::Interval window_;
};

}  // namespace

DensityPtr make_crystal_ball_density(PdfSource const& source, Tails tails) {
  if (tails == Tails::left) {
    return std::make_unique<CrystalBall<1>>(source);
  }
  return std::make_unique<CrystalBall<2>>(source);
}

}  // namespace toyfarm::model
