#include "toys/leaves.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "toyfarm/kernels/polynomial.hpp"

#include "toys/quantile_cells.hpp"

namespace toyfarm::toys {
namespace {

// A leaf that holds fewer costs more to draw than its events, and saves hardly any points.
constexpr double fewest_events = 16;
constexpr double most_leaves = 4096;  // of a channel, nearly
constexpr std::uint32_t deepest = 20;

/// The polynomial of the k-th of n parts of [-1, 1], u_whole = (2k + 1 + u)/n - 1.
std::array<double, quantile_order + 1> part_of(double const* whole, double k, double n) {
  double const shift = (2 * k + 1) / n - 1;
  double const scale = 1 / n;
  std::array<long double, quantile_order + 1> sum{};
  // Horner's rule on polynomials: sum <- sum * (shift + scale u) + c.
  for (std::size_t c = quantile_order + 1; c-- > 0;) {
    for (std::size_t j = quantile_order; j > 0; --j) {
      sum[j] = sum[j] * shift + sum[j - 1] * scale;
    }
    sum[0] = sum[0] * shift + whole[c];
  }
  std::array<double, quantile_order + 1> out{};
  std::copy(sum.begin(), sum.end(), out.begin());
  return out;
}

void copy_cell(QuantileCells const& from, std::size_t c, QuantileCells& to) {
  auto const coefficients = cell_side(from, c).coefficients;
  to.coefficients.insert(to.coefficients.end(), coefficients.begin(), coefficients.end());
  to.lower.push_back(from.lower[c]);
  to.upper.push_back(from.upper[c]);
  to.events.push_back(from.events[c]);
  to.kinds.push_back(from.kinds[c]);
}

void add_leaves(QuantileCells const& from, std::size_t c, std::uint32_t depth, QuantileCells& to) {
  auto const n = std::size_t{1} << depth;
  double const* const whole = cell_side(from, c).coefficients.data();
  double lower = from.lower[c];
  for (std::size_t k = 0; k < n; ++k) {
    double const border = 2 * static_cast<double>(k + 1) / static_cast<double>(n) - 1;
    double next = 0;
    kernels::polynomial_n(quantile(from, c), &border, &next, 1);
    auto const part = part_of(whole, static_cast<double>(k), static_cast<double>(n));
    to.coefficients.insert(to.coefficients.end(), part.begin(), part.end());
    to.lower.push_back(lower);
    to.upper.push_back(k + 1 == n ? from.upper[c] : std::nextafter(next, lower));
    to.events.push_back(from.events[c] / static_cast<double>(n));
    to.kinds.push_back(CellKind::nodes);
    lower = next;
  }
}

}  // namespace

std::pair<QuantileCells, std::vector<std::uint32_t>> cut_into_leaves(QuantileCells& cells) {
  double const sum = std::accumulate(cells.events.begin(), cells.events.end(), 0.0);
  double const fewest = std::max(fewest_events, sum / most_leaves);
  std::pair<QuantileCells, std::vector<std::uint32_t>> out;
  QuantileCells leaves;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (cells.kinds[c] == CellKind::events) {
      copy_cell(cells, c, leaves);
      continue;
    }
    std::uint32_t depth = 0;
    for (double events = cells.events[c] / 2; depth < deepest && events >= fewest; ++depth) {
      events /= 2;
    }
    copy_cell(cells, c, out.first);
    out.second.push_back(depth);
    add_leaves(cells, c, depth, leaves);
  }
  cells = std::move(leaves);
  return out;
}

model::NodeTree make_tree(ChannelTables const& tables) {
  model::NodeTree tree;
  tree.observable = tables.observable;
  for (std::size_t c = 0; c < tables.roots.size(); ++c) {
    auto const side = cell_side(tables.roots, c);
    tree.add_root(side.lower, side.upper, tables.depths[c], [&](double u) {
      double x = 0;
      cell_quantiles(side, {&u, 1}, &x);
      return x;
    });
  }
  return tree;
}

}  // namespace toyfarm::toys
