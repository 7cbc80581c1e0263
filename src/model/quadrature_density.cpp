#include "model/quadrature_density.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "toyfarm/kernels/math.hpp"

#include "model/gauss_legendre.hpp"
#include "model/score_sums.hpp"

namespace toyfarm::model {
namespace {

constexpr std::size_t n_nodes = 16;
constexpr std::size_t most_panels = 512;
constexpr double depth = 46;  // exponents of e: what lies deeper does not show
// Where 16 nodes agree with 16 on each half to this, the latter are right to rounding: halving a
// panel divides the error of an analytic function by some 2^32.
constexpr double agreement = 1e-10;

/// ln of a sum of two numbers given as logarithms.
double log_add(double a, double b) {
  double const top = std::max(a, b);
  return std::isfinite(top) ? top + std::log1p(std::exp(std::min(a, b) - top)) : top;
}

struct Panel {
  double lower, upper;
};

std::array<double, n_nodes> nodes_of(Panel const& panel) {
  auto const& rule = gauss_legendre<n_nodes>();
  double const half = 0.5 * (panel.upper - panel.lower);
  std::array<double, n_nodes> x;
  for (std::size_t i = 0; i < n_nodes; ++i) {
    x[i] = panel.lower + half * (1 + rule.x[i]);
  }
  return x;
}

/// Writes weight times f / e^top to `weights`; returns top + ln of their sum.
double weigh(Panel const& panel, double const* log_f, double top, double* weights) {
  auto const& rule = gauss_legendre<n_nodes>();
  double const half = 0.5 * (panel.upper - panel.lower);
  for (std::size_t i = 0; i < n_nodes; ++i) {
    weights[i] = log_f[i] - top;
  }
  kernels::exp_n(weights, weights, n_nodes);
  for (std::size_t i = 0; i < n_nodes; ++i) {
    weights[i] *= half * rule.w[i];
  }
  return top + std::log(kernels::sum(weights, n_nodes));
}

}  // namespace

/// Panels on which f is integrated, in order.
class QuadratureDensity::Panels {
 public:
  Panels(QuadratureDensity const& density, std::span<double const> theta)
      : density_(density), theta_(theta) {}

  /// False where f cannot be resolved, or vanishes.
  bool find() {
    auto const& window = density_.window_;
    auto places = density_.marks(theta_);
    std::sort(places.at.begin(), places.at.begin() + static_cast<std::ptrdiff_t>(places.n));
    std::array<double, most_first + 1> ends;
    std::size_t n = 0;
    ends[n++] = window.lower;
    for (std::size_t i = 0; i < places.n; ++i) {
      double const place = places.at[i];
      if (place > ends[n - 1] && place < window.upper) {
        ends[n++] = place;
      }
    }
    ends[n] = window.upper;
    std::array<double, most_first> wholes;
    for (std::size_t i = 0; i < n; ++i) {
      wholes[i] = log_integral({ends[i], ends[i + 1]});
      total_ = log_add(total_, wholes[i]);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (!refine({ends[i], ends[i + 1]}, wholes[i])) {
        return false;
      }
    }
    return n_ > 0 && std::isfinite(total_);
  }

  [[nodiscard]] std::span<Panel const> all() const { return {panels_.data(), n_}; }
  /// ln of the integral, to some digits.
  [[nodiscard]] double log_total() const { return total_; }

 private:
  static constexpr std::size_t most_first = 25;

  double log_integral(Panel const& panel) {
    auto const x = nodes_of(panel);
    double const* columns[1] = {x.data()};
    std::array<double, n_nodes> value;
    density_.log_f(
        theta_, {columns, n_nodes}, Derivatives::none, {value.data(), nullptr, nullptr, n_nodes});
    double const top = *std::max_element(value.begin(), value.end());
    if (!std::isfinite(top)) {
      return top;
    }
    std::array<double, n_nodes> weights;
    return weigh(panel, value.data(), top, weights.data());
  }

  bool refine(Panel const& panel, double whole) {
    double const middle = panel.lower + 0.5 * (panel.upper - panel.lower);
    Panel const left{panel.lower, middle};
    Panel const right{middle, panel.upper};
    double const one = log_integral(left);
    double const two = log_integral(right);
    double const halves = log_add(one, two);
    if (std::isnan(halves) || halves == HUGE_VAL || !(middle > panel.lower)) {
      return false;
    }
    total_ = std::max(total_, halves);
    double const most = std::max(whole, halves);
    if (most < total_ - depth) {
      return true;  // does not show
    }
    double const error = std::abs(std::expm1(whole - halves));
    if (error <= agreement || std::log(error) + halves < total_ - depth + 10) {
      if (n_ + 2 > panels_.size()) {
        return false;
      }
      panels_[n_++] = left;
      panels_[n_++] = right;
      return true;
    }
    return n_ + 2 <= panels_.size() && refine(left, one) && refine(right, two);
  }

  QuadratureDensity const& density_;
  std::span<double const> theta_;
  double total_ = -HUGE_VAL;
  std::array<Panel, most_panels> panels_;
  std::size_t n_ = 0;
};

std::size_t QuadratureDensity::scratch_size() const noexcept {
  std::size_t const columns = 1 + n_ + (is_linear() ? 0 : packed_size(n_));
  return 1 + 3 * n_ + packed_size(n_) + columns * n_nodes;
}

QuadratureDensity::Parts QuadratureDensity::parts(std::span<double> scratch) const {
  auto const rest = scratch.subspan(1);
  return {rest.first(n_),
          rest.subspan(n_, n_),
          rest.subspan(2 * n_, packed_size(n_)),
          rest.subspan(2 * n_ + packed_size(n_)),
          scratch.data()};
}

bool QuadratureDensity::prepare(std::span<double const> theta,
                                Derivatives order,
                                std::span<double> scratch) const {
  if (!std::ranges::all_of(theta, [](double v) { return std::isfinite(v); }) || !is_inside(theta)) {
    return false;
  }
  auto const into = parts(scratch);
  std::ranges::copy(theta, into.theta.begin());
  Panels panels(*this, theta);
  if (!panels.find()) {
    return false;
  }
  double* const block = into.block.data();
  LogDensityView const out{block, block + n_nodes, block + (1 + n_) * n_nodes, n_nodes};
  ScoreSums sums({into.log_norm, into.first, into.second}, into.block.last(n_), order, is_linear());
  for (auto const& panel : panels.all()) {
    auto const x = nodes_of(panel);
    double const* columns[1] = {x.data()};
    log_f(into.theta, {columns, n_nodes}, order, out);
    static_cast<void>(weigh(panel, out.value, panels.log_total(), out.value));
    sums.add(out.value, n_nodes, out);
  }
  return sums.finish(panels.log_total());
}

void QuadratureDensity::evaluate(std::span<double const> scratch,
                                 Points points,
                                 Derivatives order,
                                 LogDensityView out) const {
  double const* const column[1] = {points.columns[observable_]};
  log_f(scratch.subspan(1, n_), {column, points.size}, order, out);
  normalise(
      {scratch.data(), scratch.subspan(1 + n_, n_), scratch.subspan(1 + 2 * n_, packed_size(n_))},
      points.size,
      order,
      is_linear(),
      out);
}

void QuadratureDensity::second_sums(std::span<double const> scratch,
                                    std::span<double const> sums,
                                    std::span<double> out) const {
  auto const second = scratch.subspan(1 + 2 * n_, packed_size(n_));
  for (std::size_t e = 0; e < second.size(); ++e) {
    out[e] = -second[e] * sums[0];
  }
}

std::vector<double> QuadratureDensity::break_points(std::span<double const>) const {
  return {};
}

// Where the quadrature had to look closely.
std::vector<double> QuadratureDensity::guide_points(std::span<double const> theta) const {
  auto const places = marks(theta);
  std::vector<double> points(places.at.begin(),
                             places.at.begin() + static_cast<std::ptrdiff_t>(places.n));
  Panels panels(*this, theta);
  if (is_inside(theta) && panels.find() && panels.all().size() > 2 * (places.n + 1)) {
    for (auto const& panel : panels.all()) {
      points.push_back(panel.upper);
    }
  }
  return points;
}

}  // namespace toyfarm::model
