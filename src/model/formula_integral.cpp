#include "model/formula_integral.hpp"

#include <algorithm>
#include <cmath>

#include "toyfarm/kernels/math.hpp"

#include "model/gauss_legendre.hpp"

namespace toyfarm::model {
namespace {

constexpr std::size_t n_nodes = FormulaPanels::n_nodes;
constexpr double depth = 46;            // exponents of e: what lies deeper does not show
constexpr double scales_per_panel = 4;  // 16 nodes over so many sigma of a Gaussian: to rounding
constexpr double agreement = 3e-15;     // of integrals, per panel
constexpr double geometric = 0.02;    // fall of terms over 8 orders of what has no singularity near
constexpr double last_width = 1e-13;  // of the window
constexpr double left_out = 1e-12;    // share that panels of the last width may hold
constexpr std::size_t max_steps = 8192;

/// weights times (2 k + 1) / 2 P_k at the nodes, for two low and two high orders.
struct LegendreTerms {
  std::array<std::array<double, n_nodes>, 4> row;
};
constexpr std::array<std::size_t, 4> orders{6, 7, 14, 15};

LegendreTerms const& legendre_terms() {
  static LegendreTerms const terms = [] {
    LegendreTerms t{};
    auto const& rule = gauss_legendre<n_nodes>();
    for (std::size_t i = 0; i < n_nodes; ++i) {
      std::array<double, n_nodes> p{1, rule.x[i]};
      for (std::size_t k = 2; k < n_nodes; ++k) {
        auto const d = static_cast<double>(k);
        p[k] = ((2 * d - 1) * rule.x[i] * p[k - 1] - (d - 1) * p[k - 2]) / d;
      }
      for (std::size_t r = 0; r < orders.size(); ++r) {
        t.row[r][i] = rule.w[i] * (static_cast<double>(orders[r]) + 0.5) * p[orders[r]];
      }
    }
    return t;
  }();
  return terms;
}

/// By how much the sum of g over nodes may be off the integral over [-1, 1]: Legendre terms from
/// the 32nd on, extrapolated from those of g up to the 15th. Below `noise` terms are rounding.
double sum_error(double const* g, double noise) {
  double largest = 0;
  for (std::size_t i = 0; i < n_nodes; ++i) {
    largest = std::max(largest, std::abs(g[i]));
  }
  auto const term = [&](std::size_t r) {
    return std::abs(kernels::dot(legendre_terms().row[r].data(), g, n_nodes));
  };
  double const high = std::max(term(2), term(3));
  if (high <= noise * largest) {
    return 0;
  }
  double const fall = std::min(1.0, high / std::max(term(0), term(1)));
  return 2 * high * fall * (fall < geometric ? fall : 1);
}

}  // namespace

bool FormulaAt::log_f(double const* x,
                      std::size_t n,
                      Derivatives order,
                      LogDensityView const& out) const {
  int const highest = order == Derivatives::none ? 0 : order == Derivatives::first ? 1 : 2;
  tape.evaluate(constants, &x, n, highest, {out.value, out.first, out.second, out.stride});
  bool fine = true;
  for (std::size_t i = 0; i < n; ++i) {
    bool const is = out.value[i] < HUGE_VAL;
    fine = fine && is;
    out.value[i] = is ? out.value[i] : -HUGE_VAL;
  }
  auto const clean = [&](double* columns, std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) {
      double* const column = columns + k * out.stride;
      for (std::size_t i = 0; i < n; ++i) {
        column[i] = std::abs(column[i]) < HUGE_VAL ? column[i] : 0;
      }
    }
  };
  if (highest > 0) {
    clean(out.first, theta.size());
  }
  if (highest > 1) {
    clean(out.second, packed_size(theta.size()));
  }
  return fine;
}

FormulaPanels::Nodes FormulaPanels::Panel::nodes() const {
  auto const& rule = gauss_legendre<n_nodes>();
  double const half = 0.5 * (upper - lower);
  Nodes x;
  for (std::size_t i = 0; i < n_nodes; ++i) {
    x[i] = lower + half * (1 + rule.x[i]);
  }
  return x;
}

FormulaPanels::Nodes FormulaPanels::Panel::weights() const {
  auto const& rule = gauss_legendre<n_nodes>();
  Nodes w;
  for (std::size_t i = 0; i < n_nodes; ++i) {
    w[i] = 0.5 * (upper - lower) * rule.w[i];
  }
  return w;
}

double FormulaPanels::Panel::log_integral(FormulaAt const& f) const {
  auto const x = nodes();
  Nodes value;
  f.log_f(x.data(), n_nodes, Derivatives::none, {value.data(), nullptr, nullptr, n_nodes});
  double const top = *std::max_element(value.begin(), value.end());
  double sum = 0;
  for (std::size_t i = 0; i < n_nodes; ++i) {
    sum += weights()[i] * std::exp(value[i] - top);
  }
  return top + std::log(sum);
}

void FormulaPanels::push(FormulaAt const& f, Panel const& panel) {
  auto const known = f.enclosure.on({panel.lower, panel.upper}, f.theta);
  double const bound = known.upper + std::log(panel.upper - panel.lower);
  if (bound == -HUGE_VAL) {
    return;
  }
  open_[n_open_++] = {panel, bound, known.scale};
  std::push_heap(open_.begin(),
                 open_.begin() + static_cast<std::ptrdiff_t>(n_open_),
                 [](Open const& a, Open const& b) { return a.bound < b.bound; });
}

FormulaPanels::Open FormulaPanels::pop() {
  std::pop_heap(open_.begin(),
                open_.begin() + static_cast<std::ptrdiff_t>(n_open_),
                [](Open const& a, Open const& b) { return a.bound < b.bound; });
  return open_[--n_open_];
}

// The panel that may hold most comes first, so that a narrow peak is found before all that is next
// to nothing beside it.
bool FormulaPanels::find(FormulaAt const& f, std::span<double const> borders) {
  n_open_ = n_ = n_narrow_ = 0;
  top_ = -HUGE_VAL;
  total_ = 0;
  scores_.fill(0);
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    if (borders[i] < borders[i + 1]) {
      push(f, {borders[i], borders[i + 1]});
    }
  }
  double const smallest = last_width * (borders.back() - borders.front());
  for (std::size_t step = 0; n_open_ > 0; ++step) {
    auto const open = pop();
    if (total_ > 0 && open.bound < top_ + std::log(total_) - depth) {
      break;
    }
    if (step > max_steps || !treat(f, open, smallest)) {
      return false;
    }
  }
  for (std::size_t i = 0; i < n_narrow_; ++i) {
    if (look(f, narrow_[i], true) == Look::refused) {
      return false;
    }
  }
  return n_ > 0 && total_ > 0 && std::isfinite(top_);
}

bool FormulaPanels::treat(FormulaAt const& f, Open const& open, double smallest) {
  auto const& panel = open.panel;
  double const width = panel.upper - panel.lower;
  if (width <= scales_per_panel * open.scale) {
    auto const result = look(f, panel, false);
    if (result != Look::coarse) {
      return result == Look::good;
    }
  }
  double const middle = panel.lower + 0.5 * width;
  if (width <= smallest || !(middle > panel.lower && middle < panel.upper)) {
    if (n_narrow_ == narrow_.size()) {
      return false;
    }
    narrow_[n_narrow_++] = panel;
    return true;
  }
  if (n_open_ + 2 > open_.size()) {
    return false;
  }
  push(f, {panel.lower, middle});
  push(f, {middle, panel.upper});
  return true;
}

FormulaPanels::Look FormulaPanels::look(FormulaAt const& f, Panel const& panel, bool is_last) {
  std::size_t const n = f.theta.size();
  std::array<double, (1 + max_formula_params) * n_nodes> block;
  LogDensityView const out{block.data(), block.data() + n_nodes, nullptr, n_nodes};
  auto const x = panel.nodes();
  if (!f.log_f(x.data(), n_nodes, Derivatives::first, out)) {
    return Look::refused;
  }
  double const top = *std::max_element(out.value, out.value + n_nodes);
  if (top == -HUGE_VAL) {
    return Look::good;
  }
  if (top > top_) {
    double const factor = std::exp(top_ - top);
    total_ *= factor;
    for (double& s : scores_) {
      s *= factor;
    }
    top_ = top;
  }
  double largest = 0;
  for (std::size_t i = 0; i < n_nodes; ++i) {
    largest = std::max(largest, out.value[i] > -HUGE_VAL ? std::abs(out.value[i]) : 0);
    out.value[i] -= top_;
  }
  kernels::exp_n(out.value, out.value, n_nodes);
  double const size = std::max(std::abs(panel.lower), std::abs(panel.upper));
  double const noise = 1e-13 + 4e-16 * largest + 2e-15 * size / (panel.upper - panel.lower);
  auto const weights = panel.weights();
  double const half = 0.5 * (panel.upper - panel.lower);
  double const sum = kernels::dot(weights.data(), out.value, n_nodes);
  if (is_last) {
    return sum <= left_out * total_ ? Look::good : Look::refused;
  }
  if (half * sum_error(out.value, noise) > agreement * (total_ + sum)) {
    return Look::coarse;
  }
  // f s and f s^2 for each derivative s of ln f.
  std::array<double, 2 * max_formula_params> scores;
  for (std::size_t k = 0; k < 2 * n; ++k) {
    Nodes g;
    kernels::multiply(out.d(k / 2), out.value, g.data(), n_nodes);
    if (k % 2 == 1) {
      kernels::multiply(out.d(k / 2), g.data(), g.data(), n_nodes);
    }
    scores[k] = kernels::dot_of_magnitudes(weights.data(), g.data(), n_nodes);
    if (half * sum_error(g.data(), noise) > agreement * (scores_[k] + scores[k])) {
      return Look::coarse;
    }
  }
  if (n_ == panels_.size()) {
    return Look::refused;
  }
  for (std::size_t k = 0; k < 2 * n; ++k) {
    scores_[k] += scores[k];
  }
  total_ += sum;
  panels_[n_++] = panel;
  return Look::good;
}

double about_the_top(FormulaAt const& f, double lower, double upper) {
  struct Part {
    double lower, upper, bound;
  };
  constexpr std::size_t most = 64;
  constexpr double near = 5;
  std::array<Part, most> parts;
  std::size_t n = 1;
  parts[0] = {lower, upper, f.enclosure.on({lower, upper}, f.theta).upper};
  double best = -HUGE_VAL;
  while (n + 1 < most) {
    auto const at =
        std::max_element(parts.begin(),
                         parts.begin() + static_cast<std::ptrdiff_t>(n),
                         [](Part const& a, Part const& b) { return a.bound < b.bound; });
    double const middle = at->lower + 0.5 * (at->upper - at->lower);
    double value = 0;
    f.log_f(&middle, 1, Derivatives::none, {&value, nullptr, nullptr, 1});
    best = std::max(best, value);
    if (!(best < at->bound - near)) {
      break;
    }
    double const end = at->upper;
    at->upper = middle;
    at->bound = f.enclosure.on({at->lower, middle}, f.theta).upper;
    parts[n++] = {middle, end, f.enclosure.on({middle, end}, f.theta).upper};
  }
  return best;
}

}  // namespace toyfarm::model
