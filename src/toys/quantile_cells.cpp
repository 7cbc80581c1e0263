#include "toys/quantile_cells.hpp"

#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "toyfarm/cells/bisection.hpp"

#include "toys/quantile_fit.hpp"

namespace toyfarm::toys {
namespace {

constexpr int max_depth = 60;
constexpr std::size_t max_guides =
    8192;  // a narrow KDE has thousands, and each may be the only mark of a peak
constexpr std::size_t max_cells = 100'000;

class Builder {
 public:
  Builder(Mixture& mixture, spec::Interval const& window, CellJudge const& judge)
      : mixture_(mixture), window_(window), judge_(judge), quantiles_(mixture) {}

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
  bool visit(double lower, double upper, bool last) {
    if (out_.size() > max_cells) {
      fail_tables("a density is too rough between its break points near " + std::to_string(lower));
    }
    auto const piece = quantiles_.fit(lower, upper, last ? LastTry::yes : LastTry::no);
    switch (piece.kind) {
      case QuantilePiece::Kind::empty:
        return true;
      case QuantilePiece::Kind::flat:
        add_piece(out_, piece, CellKind::events);
        return true;
      case QuantilePiece::Kind::rough:
        return false;
      case QuantilePiece::Kind::exact:
        break;
    }
    auto const verdict =
        judge_ ? judge_({0, {CellSide{0, lower, upper, piece.coefficients}}, 1, piece.events})
               : CellVerdict::events;
    if (verdict == CellVerdict::halve) {
      return false;
    }
    add_piece(out_, piece, kind_of(verdict));
    return true;
  }

  double normalise() {
    double const sum = std::accumulate(out_.events.begin(), out_.events.end(), 0.0);
    if (!(sum > 0 && sum < HUGE_VAL)) {
      fail_tables("the densities over [" + std::to_string(window_.lower) + ", " +
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
  QuantileFit quantiles_;
  QuantileCells out_;
};

}  // namespace

CellKind kind_of(CellVerdict verdict) {
  return verdict == CellVerdict::nodes  ? CellKind::nodes
         : verdict == CellVerdict::both ? CellKind::both
                                        : CellKind::events;
}

void add_piece(QuantileCells& cells, QuantilePiece const& piece, CellKind kind) {
  cells.coefficients.insert(
      cells.coefficients.end(), piece.coefficients.begin(), piece.coefficients.end());
  cells.lower.push_back(piece.lower);
  cells.upper.push_back(std::nextafter(piece.upper, piece.lower));
  cells.events.push_back(piece.events);
  cells.kinds.push_back(kind);
}

bool has_nodes_in(ChannelTables const& tables) {
  return tables.processes.empty() && tables.products.empty() &&
         std::any_of(tables.cells.kinds.begin(), tables.cells.kinds.end(), [](CellKind kind) {
           return kind != CellKind::events;
         });
}

kernels::Polynomial quantile(QuantileCells const& cells, std::size_t cell) {
  return {cells.coefficients.data() + cell * (quantile_order + 1),
          quantile_order,
          cells.lower[cell],
          cells.upper[cell]};
}

CellSide cell_side(QuantileCells const& cells, std::size_t cell) {
  return {0,
          cells.lower[cell],
          std::nextafter(cells.upper[cell], HUGE_VAL),
          std::span(cells.coefficients).subspan(cell * (quantile_order + 1), quantile_order + 1)};
}

void cell_quantiles(CellSide const& side, std::span<double const> u, double* x) {
  kernels::polynomial_n({side.coefficients.data(),
                         quantile_order,
                         side.lower,
                         std::nextafter(side.upper, side.lower)},
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
