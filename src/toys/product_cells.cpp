#include "toys/product_cells.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "toyfarm/cells/bisection.hpp"
#include "toyfarm/kernels/moments.hpp"

#include "toys/quantile_cells.hpp"

namespace toyfarm::toys {
namespace {

constexpr std::size_t max_cells = 10'000;
constexpr std::size_t max_guides = 64;  // of all processes, that nodes must resolve
// Widest cell of nodes, in distances between guide points inside: 8 nodes and 9 checks cannot miss
// what is there.
constexpr double widest = 16;
constexpr double worth_halving = 2 * kernels::product_nodes;  // events

/// The pieces of one axis, each fitted once.
class AxisPieces {
 public:
  explicit AxisPieces(ProductAxis const& axis)
      : axis_(axis), quantiles_(*axis.factor), own_guides_(axis.factor->guides()) {
    own_breaks_ = cells::first_borders({.lower = axis.window.lower,
                                        .upper = axis.window.upper,
                                        .breaks = axis.factor->breaks(),
                                        .guides = {},
                                        .min_cells = 1});
    breaks_ = cells::first_borders({.lower = axis.window.lower,
                                    .upper = axis.window.upper,
                                    .breaks = axis.breaks,
                                    .guides = {},
                                    .min_cells = 1});
    guides_ = cells::first_borders({.lower = axis.window.lower,
                                    .upper = axis.window.upper,
                                    .breaks = {},
                                    .guides = axis.guides,
                                    .min_cells = 1,
                                    .max_guides = max_guides});
    std::sort(own_guides_.begin(), own_guides_.end());
  }

  struct Piece {
    QuantilePiece fit;
    std::size_t index;  ///< among the pieces of the tables, once used
  };

  /// The piece over an interval, rough if a break point of the factor is inside.
  Piece const& at(double lower, double upper) {
    auto const [place, is_new] = pieces_.try_emplace({lower, upper});
    if (is_new) {
      place->second = {fit(lower, upper), unused};
    }
    return place->second;
  }

  /// Its number among the pieces of the tables.
  std::uint32_t use(double lower, double upper) {
    auto& piece = pieces_.at({lower, upper});
    if (piece.index == unused) {
      piece.index = out_.size();
      add_piece(out_, piece.fit, CellKind::events);
    }
    return static_cast<std::uint32_t>(piece.index);
  }

  /// Where to cut an interval: at a break point of any process, else in the middle.
  [[nodiscard]] double cut(double lower, double upper) const {
    auto const [first, last] = inside(breaks_, lower, upper);
    return first == last ? lower + 0.5 * (upper - lower) : *(first + (last - first) / 2);
  }

  /// Whether nodes in an interval see all that is there: no break point and no narrow structure.
  [[nodiscard]] bool is_resolved(double lower, double upper) const {
    auto const [first_break, last_break] = inside(breaks_, lower, upper);
    auto const [first, last] = inside(guides_, lower, upper);
    bool resolved = first_break == last_break;
    for (auto g = first; g != last; ++g) {  // the ends are guides as well, never inside
      resolved = resolved && upper - lower <= widest * std::min(*g - *(g - 1), *(g + 1) - *g);
    }
    return resolved;
  }

  QuantileCells take() { return std::move(out_); }
  [[nodiscard]] std::size_t size() const { return pieces_.size(); }

 private:
  using Place = std::vector<double>::const_iterator;
  static constexpr auto unused = static_cast<std::size_t>(-1);

  static std::pair<Place, Place> inside(std::vector<double> const& points,
                                        double lower,
                                        double upper) {
    auto const first = std::upper_bound(points.begin(), points.end(), lower);
    return {first, std::lower_bound(first, points.end(), upper)};
  }

  QuantilePiece fit(double lower, double upper) {
    auto const [first_break, last_break] = inside(own_breaks_, lower, upper);
    QuantilePiece piece{QuantilePiece::Kind::rough, lower, upper, 0, {}, {}};
    if (first_break != last_break) {
      return piece;
    }
    double const middle = lower + 0.5 * (upper - lower);
    bool const last = !(lower < middle && middle < upper);
    piece = quantiles_.fit(lower, upper, last ? LastTry::yes : LastTry::no);
    auto const [first, end] = inside(own_guides_, lower, upper);
    if (!last && piece.kind != QuantilePiece::Kind::rough &&
        !quantiles_.sees(piece, {first, end})) {
      piece.kind = QuantilePiece::Kind::rough;
    }
    return piece;
  }

  ProductAxis axis_;
  QuantileFit quantiles_;
  std::vector<double> own_guides_, own_breaks_, breaks_, guides_;
  std::map<std::pair<double, double>, Piece> pieces_;
  QuantileCells out_;
};

class Builder {
 public:
  Builder(std::array<ProductAxis, 2> const& axes, double events, CellJudge const& judge)
      : axes_(axes),
        pieces_{AxisPieces(axes[0]), AxisPieces(axes[1])},
        events_(events),
        judge_(judge) {}

  std::optional<ProductCells> build() {
    visit({{axes_[0].window.lower, axes_[1].window.lower},
           {axes_[0].window.upper, axes_[1].window.upper}});
    if (too_many_) {
      return std::nullopt;
    }
    double const sum = std::accumulate(out_.events.begin(), out_.events.end(), 0.0);
    if (!(sum > 0 && sum < HUGE_VAL)) {
      fail_tables("the density of a product vanishes or overflows");
    }
    for (double& e : out_.events) {
      e *= events_ / sum;
    }
    out_.pieces = {pieces_[0].take(), pieces_[1].take()};
    return std::move(out_);
  }

 private:
  struct Box {
    std::array<double, 2> lower, upper;
  };

  void visit(Box const& box) {
    too_many_ = too_many_ || out_.size() > max_cells || pieces_[0].size() > max_cells ||
                pieces_[1].size() > max_cells;
    if (too_many_) {
      return;
    }
    std::array<QuantilePiece const*, 2> sides{};
    for (std::size_t a = 0; a < 2; ++a) {
      sides[a] = &pieces_[a].at(box.lower[a], box.upper[a]).fit;
    }
    if (any_is(sides, QuantilePiece::Kind::empty)) {
      return;
    }
    for (std::size_t a = 0; a < 2; ++a) {
      if (sides[a]->kind == QuantilePiece::Kind::rough) {
        return halve(box, a);
      }
    }
    double const events = events_ * sides[0]->events * sides[1]->events;
    auto kind = CellKind::events;
    if (judge_ && events >= kernels::product_nodes && !any_is(sides, QuantilePiece::Kind::flat)) {
      auto const verdict = judge(box, sides, events);
      if (verdict == CellVerdict::halve || verdict == CellVerdict::halve_second) {
        return halve(box, verdict == CellVerdict::halve ? 0 : 1);
      }
      kind = kind_of(verdict);
    }
    add(box, events, kind);
  }

  static bool any_is(std::array<QuantilePiece const*, 2> const& sides, QuantilePiece::Kind kind) {
    return sides[0]->kind == kind || sides[1]->kind == kind;
  }

  CellVerdict judge(Box const& box,
                    std::array<QuantilePiece const*, 2> const& sides,
                    double events) {
    for (std::size_t a = 0; a < 2; ++a) {
      if (!pieces_[a].is_resolved(box.lower[a], box.upper[a])) {
        return events < worth_halving ? CellVerdict::events
               : a == 0               ? CellVerdict::halve
                                      : CellVerdict::halve_second;
      }
    }
    CellCandidate candidate{0, {}, 2, events};
    for (std::size_t a = 0; a < 2; ++a) {
      candidate.sides[a] = {
          axes_[a].observable, box.lower[a], box.upper[a], sides[a]->coefficients};
    }
    return judge_(candidate);
  }

  void halve(Box const& box, std::size_t axis) {
    double const place = pieces_[axis].cut(box.lower[axis], box.upper[axis]);
    Box low = box;
    Box high = box;
    low.upper[axis] = high.lower[axis] = place;
    visit(low);
    visit(high);
  }

  void add(Box const& box, double events, CellKind kind) {
    for (std::size_t a = 0; a < 2; ++a) {
      out_.index[a].push_back(pieces_[a].use(box.lower[a], box.upper[a]));
    }
    out_.events.push_back(events);
    out_.kinds.push_back(kind);
  }

  std::array<ProductAxis, 2> const& axes_;
  std::array<AxisPieces, 2> pieces_;
  double events_;
  CellJudge const& judge_;
  bool too_many_ = false;
  ProductCells out_;
};

}  // namespace

std::optional<ProductCells> build_product_cells(std::array<ProductAxis, 2> const& axes,
                                                double events,
                                                CellJudge const& judge) {
  return Builder(axes, events, judge).build();
}

}  // namespace toyfarm::toys
