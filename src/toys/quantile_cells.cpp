#include "toys/quantile_cells.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>

#include "toyfarm/cells/bisection.hpp"
#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/kernels/polynomial.hpp"

namespace toyfarm::toys {
namespace {

constexpr std::size_t n_density_nodes = 24;
constexpr std::size_t n_quantile_nodes = quantile_order + 1;
constexpr std::size_t n_probes = 2 * n_quantile_nodes + 1;
constexpr double tolerance = 1e-9;             // of the density
constexpr double negligible_fraction = 1e-13;  // of all events
constexpr int max_depth = 60;
constexpr std::size_t max_guides =
    8192;  // a narrow KDE has thousands, and each may be the only mark of a peak
constexpr std::size_t max_cells = 100'000;

static_assert(n_density_nodes <= Mixture::max_points && n_probes <= Mixture::max_points);

[[noreturn]] void fail(std::string const& problem) {
  throw core::RuntimeFailure(core::ExitCode::internal, "toys cannot be generated: " + problem);
}

class Builder {
 public:
  Builder(Mixture& mixture, spec::Interval const& window, CellJudge const& judge)
      : mixture_(mixture), window_(window), judge_(judge) {}

  MixtureCells build() {
    auto const borders = cells::first_borders({.lower = window_.lower,
                                               .upper = window_.upper,
                                               .breaks = mixture_.breaks(),
                                               .guides = mixture_.guides(),
                                               .max_guides = max_guides});
    for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
      cells::bisect(
          borders[i], borders[i + 1], max_depth, [this](double lower, double upper, bool last) {
            return visit(lower, upper, last);
          });
    }
    double const integral = normalise();
    return {std::move(out_), integral};
  }

 private:
  // One cell in its local coordinate t in [-1, 1].
  struct Cell {
    double lower, upper, middle, half;
    std::vector<double> density;     // series in t
    std::vector<double> cumulative;  // series in t, from -1
    double total;                    // cumulative at 1
  };

  bool visit(double lower, double upper, bool last) {
    if (out_.size() > max_cells) {
      fail("a density is too rough between its break points near " + std::to_string(lower));
    }
    Cell cell{lower, upper, lower + 0.5 * (upper - lower), 0.5 * (upper - lower), {}, {}, 0};
    std::array<double, n_density_nodes> x{};
    std::array<double, n_density_nodes> rho{};
    std::transform(nodes_.nodes().begin(), nodes_.nodes().end(), x.begin(), [&](double t) {
      return clamped(cell, t);
    });
    mixture_.evaluate(x, rho);
    double const highest = *std::max_element(rho.begin(), rho.end());
    if (std::any_of(rho.begin(), rho.end(), [](double r) { return !(r >= 0 && r < HUGE_VAL); })) {
      fail("a density is not finite near " + std::to_string(cell.middle));
    }
    if (highest == 0) {
      return true;
    }
    cell.density = nodes_.series(rho);
    cell.cumulative = cells::chebyshev_integral(cell.density);
    cell.total = cells::chebyshev_value(cell.cumulative, 1);
    if (last || 2 * cell.half * highest < negligible_fraction * mixture_.weight()) {
      add(cell, {cell.middle, cell.half}, std::max(cell.total, 0.0), CellKind::events);
      return true;
    }
    return fit_quantiles(cell);
  }

  static double clamped(Cell const& cell, double t) {
    return std::clamp(
        cell.middle + cell.half * t, cell.lower, std::nextafter(cell.upper, cell.lower));
  }

  // Where the cumulative series reaches y: Newton's method within a shrinking bracket.
  static double solve(Cell const& cell, double y) {
    double low = -1;
    double high = 1;
    double t = 2 * y / cell.total - 1;
    for (int step = 0; step < 100; ++step) {
      double const excess = cells::chebyshev_value(cell.cumulative, t) - y;
      (excess > 0 ? high : low) = t;
      double next = t - excess / cells::chebyshev_value(cell.density, t);
      if (!(next > low && next < high)) {
        next = 0.5 * (low + high);
      }
      if (std::fabs(next - t) < 1e-16) {
        return next;
      }
      t = next;
    }
    return t;
  }

  bool fit_quantiles(Cell const& cell) {
    if (!(cell.total > 0)) {
      return false;
    }
    std::array<double, n_quantile_nodes> t{};
    std::transform(
        quantile_nodes_.nodes().begin(), quantile_nodes_.nodes().end(), t.begin(), [&](double u) {
          return solve(cell, 0.5 * (u + 1) * cell.total);
        });
    auto const series = quantile_nodes_.series(t);
    if (!is_exact(cell, series)) {
      return false;
    }
    auto coefficients = cells::chebyshev_to_monomial(series);
    for (double& c : coefficients) {
      c *= cell.half;
    }
    coefficients[0] += cell.middle;
    coefficients.resize(quantile_order + 1);
    auto const verdict =
        judge_ ? judge_({0, cell.lower, cell.upper, coefficients, cell.total * cell.half})
               : CellVerdict::events;
    if (verdict == CellVerdict::halve) {
      return false;
    }
    add(cell,
        coefficients,
        cell.total,
        verdict == CellVerdict::nodes  ? CellKind::nodes
        : verdict == CellVerdict::both ? CellKind::both
                                       : CellKind::events);
    return true;
  }

  // How far a density may be off because x is rounded: what it changes by over a few spacings of x,
  // for cells a few million spacings wide (an end that vanishes as a power).
  static double rounding_floor(Cell const& cell, std::span<double const> rho) {
    auto const [least, most] = std::minmax_element(rho.begin(), rho.end());
    double const largest = std::max(std::fabs(cell.lower), std::fabs(cell.upper));
    return 8 * (std::nextafter(largest, HUGE_VAL) - largest) * (*most - *least) /
           (cell.upper - cell.lower);
  }

  // Events at t(u) have density total / (2 dt/du); compared with the mixture at both ends, at the
  // nodes and between them.
  bool is_exact(Cell const& cell, std::vector<double> const& series) {
    auto const slope = cells::chebyshev_derivative(series);
    std::array<double, n_probes> x{};
    std::array<double, n_probes> drawn{};
    std::array<double, n_probes> rho{};
    for (std::size_t i = 0; i < n_probes; ++i) {
      double const u =
          std::cos(std::numbers::pi * static_cast<double>(i) / static_cast<double>(n_probes - 1));
      x[i] = clamped(cell, cells::chebyshev_value(series, u));
      drawn[i] = cell.total / (2 * cells::chebyshev_value(slope, u));
    }
    mixture_.evaluate(x, rho);
    double const rounding = rounding_floor(cell, rho);
    for (std::size_t i = 0; i < n_probes; ++i) {
      if (!(std::fabs(drawn[i] - rho[i]) <= tolerance * rho[i] + rounding)) {
        return false;
      }
    }
    return true;
  }

  void add(Cell const& cell, std::vector<double> coefficients, double total, CellKind kind) {
    if (!(total > 0)) {
      return;
    }
    coefficients.resize(quantile_order + 1);
    out_.coefficients.insert(out_.coefficients.end(), coefficients.begin(), coefficients.end());
    out_.lower.push_back(cell.lower);
    out_.upper.push_back(std::nextafter(cell.upper, cell.lower));
    out_.events.push_back(total * cell.half);
    out_.kinds.push_back(kind);
  }

  double normalise() {
    double const sum = std::accumulate(out_.events.begin(), out_.events.end(), 0.0);
    if (!(sum > 0 && sum < HUGE_VAL)) {
      fail("the densities over [" + std::to_string(window_.lower) + ", " +
           std::to_string(window_.upper) + "] vanish or overflow");
    }
    for (double& e : out_.events) {
      e *= mixture_.weight() / sum;
    }
    return sum;
  }

  Mixture& mixture_;
  spec::Interval window_;
  CellJudge const& judge_;
  cells::ChebyshevNodes nodes_{n_density_nodes};
  cells::ChebyshevNodes quantile_nodes_{n_quantile_nodes};
  QuantileCells out_;
};

}  // namespace

CellCandidate candidate(QuantileCells const& cells, std::size_t cell) {
  return {0,
          cells.lower[cell],
          std::nextafter(cells.upper[cell], HUGE_VAL),
          std::span(cells.coefficients).subspan(cell * (quantile_order + 1), quantile_order + 1),
          cells.events[cell]};
}

void cell_quantiles(CellCandidate const& cell, std::span<double const> u, double* x) {
  kernels::polynomial_n({cell.coefficients.data(),
                         quantile_order,
                         cell.lower,
                         std::nextafter(cell.upper, cell.lower)},
                        u.data(),
                        x,
                        u.size());
}

MixtureCells build_quantile_cells(Mixture& mixture,
                                  spec::Interval const& window,
                                  CellJudge const& judge) {
  return Builder(mixture, window, judge).build();
}

}  // namespace toyfarm::toys
