#include "toys/quantile_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {
namespace {

constexpr std::size_t n_probes = 2 * QuantileFit::n_quantile_nodes + 1;
constexpr double tolerance = 1e-9;             // of the density
constexpr double negligible_fraction = 1e-13;  // of all events

static_assert(QuantileFit::n_density_nodes <= Mixture::max_points &&
              n_probes <= Mixture::max_points);

}  // namespace

void fail_tables(std::string const& problem) {
  throw core::Error(core::ExitCode::bad_data,
                    "toys cannot be generated: " + problem + " (at the generation point)");
}

QuantilePiece QuantileFit::fit(double lower, double upper, LastTry last) {
  Cell cell{lower, upper, lower + 0.5 * (upper - lower), 0.5 * (upper - lower), {}, {}, 0};
  std::array<double, n_density_nodes> x{};
  std::array<double, n_density_nodes> rho{};
  std::transform(nodes_.nodes().begin(), nodes_.nodes().end(), x.begin(), [&](double t) {
    return clamped(cell, t);
  });
  mixture_.evaluate(x, rho);
  double const highest = *std::max_element(rho.begin(), rho.end());
  if (std::any_of(rho.begin(), rho.end(), [](double r) { return !(r >= 0 && r < HUGE_VAL); })) {
    fail_tables("a density is not finite near " + std::to_string(cell.middle));
  }
  QuantilePiece piece{QuantilePiece::Kind::empty, lower, upper, 0, {}, {}};
  if (highest == 0) {
    return piece;
  }
  cell.density = nodes_.series(rho);
  cell.cumulative = cells::chebyshev_integral(cell.density);
  cell.total = cells::chebyshev_value(cell.cumulative, 1);
  piece.events = cell.total * cell.half;
  if (last == LastTry::yes || 2 * cell.half * highest < negligible_fraction * mixture_.weight()) {
    piece.kind = cell.total > 0 ? QuantilePiece::Kind::flat : QuantilePiece::Kind::empty;
    piece.coefficients = {cell.middle, cell.half};
    piece.coefficients.resize(quantile_order + 1);
    return piece;
  }
  fit_quantiles(cell, piece);
  piece.density = std::move(cell.density);
  return piece;
}

bool QuantileFit::sees(QuantilePiece const& piece, std::span<double const> points) {
  double const half = 0.5 * (piece.upper - piece.lower);
  double const negligible = negligible_fraction * mixture_.weight() / (piece.upper - piece.lower);
  std::array<double, Mixture::max_points> rho{};
  for (std::size_t i = 0; i < points.size(); i += rho.size()) {
    auto const some = points.subspan(i, std::min(rho.size(), points.size() - i));
    mixture_.evaluate(some, std::span(rho).first(some.size()));
    for (std::size_t k = 0; k < some.size(); ++k) {
      double const t = (some[k] - (piece.lower + half)) / half;
      double const error = rho[k] - cells::chebyshev_value(piece.density, t);
      double const allowed = 10 * std::max(tolerance * rho[k], mixture_.rounding());
      if (!(std::fabs(error) <= allowed || rho[k] < negligible)) {
        return false;
      }
    }
  }
  return true;
}

double QuantileFit::clamped(Cell const& cell, double t) {
  return std::clamp(
      cell.middle + cell.half * t, cell.lower, std::nextafter(cell.upper, cell.lower));
}

// Where the cumulative series reaches y: Newton's method within a shrinking bracket.
double QuantileFit::solve(Cell const& cell, double y) {
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

void QuantileFit::fit_quantiles(Cell const& cell, QuantilePiece& piece) {
  piece.kind = QuantilePiece::Kind::rough;
  if (!(cell.total > 0)) {
    return;
  }
  std::array<double, n_quantile_nodes> t{};
  std::transform(
      quantile_nodes_.nodes().begin(), quantile_nodes_.nodes().end(), t.begin(), [&](double u) {
        return solve(cell, 0.5 * (u + 1) * cell.total);
      });
  auto const series = quantile_nodes_.series(t);
  if (!is_exact(cell, series)) {
    return;
  }
  piece.kind = QuantilePiece::Kind::exact;
  piece.coefficients = cells::chebyshev_to_monomial(series);
  for (double& c : piece.coefficients) {
    c *= cell.half;
  }
  piece.coefficients[0] += cell.middle;
  piece.coefficients.resize(quantile_order + 1);
}

// How far a density may be off because x is rounded: what it changes by over a few spacings of x,
// for cells a few million spacings wide (an end that vanishes as a power).
double QuantileFit::rounding_floor(Cell const& cell, std::span<double const> rho) {
  auto const [least, most] = std::minmax_element(rho.begin(), rho.end());
  double const largest = std::max(std::fabs(cell.lower), std::fabs(cell.upper));
  return 8 * (std::nextafter(largest, HUGE_VAL) - largest) * (*most - *least) /
         (cell.upper - cell.lower);
}

// Events at t(u) have density total / (2 dt/du); compared with the mixture at both ends, at the
// nodes and between them.
bool QuantileFit::is_exact(Cell const& cell, std::vector<double> const& series) {
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
    double const allowed = std::max(tolerance * rho[i], mixture_.rounding()) + rounding;
    if (!(std::fabs(drawn[i] - rho[i]) <= allowed)) {
      return false;
    }
  }
  return true;
}

}  // namespace toyfarm::toys
