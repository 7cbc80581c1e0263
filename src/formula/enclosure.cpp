#include "toyfarm/formula/enclosure.hpp"

#include <array>
#include <utility>

#include "formula/node_enclosure.hpp"

namespace toyfarm::formula {
namespace {

constexpr double straight_widths = 8;
constexpr double straight_power = 4;  // of a straight line, which nodes follow to its zero
constexpr double e_folds = 8;         // over which an exponential is one form
using Row = std::array<Enclosed, max_nodes>;

/// How often x multiplies itself: 0, 1, or more than 1.
int degree(Node const& node, std::span<int const> degrees) {
  auto const of = [&](std::size_t i) { return degrees[node.operands[i]]; };
  switch (node.operation) {
    case Operation::negate:
      return of(0);
    case Operation::add:
    case Operation::subtract:
      return std::max(of(0), of(1));
    case Operation::multiply:
      return std::min(of(0) + of(1), 2);
    case Operation::divide:
      return of(1) == 0 ? of(0) : 2;
    default:
      return std::ranges::all_of(node.used(), [&](NodeId u) { return degrees[u] == 0; }) ? 0 : 2;
  }
}

}  // namespace

Graph difference_of(Graph const& graph, Switch const& at) {
  Builder builder(graph);
  auto const value = at.with_zero ? at.left : builder.make(Operation::subtract, at.left, at.right);
  return builder.graph(value, graph.n_variables);
}

Interval range_of(Graph const& graph, std::span<Interval const> variables) {
  Row row;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    auto const& node = graph.nodes[i];
    bool const is_leaf = arity(node.operation) == 0;
    row[i] = !is_leaf
                 ? enclosed(node, row)
                 : Enclosed{node.operation == Operation::constant ? point(node.value)
                                                                  : variables[node.operands[0]],
                            nothing,
                            nothing};
  }
  return row[graph.nodes.size() - 1].value;
}

Enclosure::Enclosure(Graph log_f)
    : graph_(std::move(log_f)), varies_(depending(graph_, [](std::size_t v) { return v == 0; })) {
  auto const moves = depending(graph_, [](std::size_t v) { return v != 0; });
  std::vector<int> degrees;
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    auto const& node = graph_.nodes[i];
    bool const is_x = node.operation == Operation::variable && node.operands[0] == 0;
    degrees.push_back(is_x ? 1 : degree(node, degrees));
    bool const with_zero = node.operation == Operation::magnitude;
    bool const is_switch =
        with_zero || node.operation == Operation::minimum || node.operation == Operation::maximum ||
        node.operation == Operation::less || node.operation == Operation::less_or_equal;
    if (is_switch && varies_[i]) {
      auto const left = node.operands[0];
      auto const right = with_zero ? left : node.operands[1];
      bool const linear = degrees[left] < 2 && degrees[right] < 2;
      switches_.push_back({left, right, with_zero, moves[left] || moves[right], linear});
    }
  }
}

void Enclosure::enclose(Interval x, std::span<double const> params, std::span<Enclosed> out) const {
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    auto const& node = graph_.nodes[i];
    auto const& o = node.operands;
    if (node.operation == Operation::constant) {
      out[i] = {point(node.value), nothing, nothing};
    } else if (node.operation == Operation::variable) {
      out[i] = o[0] == 0 ? Enclosed{x, point(1), nothing}
                         : Enclosed{point(params[o[0] - 1]), nothing, nothing};
    } else if (!varies_[i]) {
      auto const used = node.used().size();
      double const value = apply(node.operation,
                                 out[o[0]].value.lower,
                                 used > 1 ? out[o[1]].value.lower : 0,
                                 used > 2 ? out[o[2]].value.lower : 0);
      out[i] = {std::isnan(value) ? whole_line : point(value), nothing, nothing};
    } else {
      out[i] = enclosed(node, out);
    }
  }
}

/// Derivatives of the sum that ln f is. A logarithm of what is nearly a straight line hides
/// nothing, even where it goes to zero: it is left out.
class Enclosure::Sum {
 public:
  Sum(Enclosure const& all, std::span<Enclosed const> nodes, double width)
      : all_(all), nodes_(nodes), width_(width) {}

  void add(NodeId id, Interval factor) {
    for (;;) {
      auto const& node = all_.graph_.nodes[id];
      auto const& o = node.operands;
      switch (node.operation) {
        case Operation::negate:
          factor = -factor;
          id = o[0];
          continue;
        case Operation::add:
        case Operation::subtract:
          add(o[1], node.operation == Operation::add ? factor : -factor);
          id = o[0];
          continue;
        case Operation::multiply:
          if (all_.varies_[o[0]] && all_.varies_[o[1]]) {
            break;
          }
          factor = factor * nodes_[all_.varies_[o[0]] ? o[1] : o[0]].value;
          id = all_.varies_[o[0]] ? o[0] : o[1];
          continue;
        case Operation::choice:
          if (is_true(nodes_[o[0]].value) || is_nothing(nodes_[o[0]].value)) {
            id = is_true(nodes_[o[0]].value) ? o[1] : o[2];
            continue;
          }
          break;
        case Operation::logarithm:
          if (is_straight(o[0], factor)) {
            return;
          }
          break;
        default:
          break;
      }
      first_ = first_ + factor * nodes_[id].first;
      second_ = second_ + factor * nodes_[id].second;
      return;
    }
  }

  [[nodiscard]] double scale() const {
    return std::min(e_folds / magnitude(first_), 1 / std::sqrt(magnitude(second_)));
  }

 private:
  // Of a in a^c, or of b in (b b)^c, over many widths of the interval.
  [[nodiscard]] bool is_straight(NodeId id, Interval c) const {
    auto const& node = all_.graph_.nodes[id];
    if (node.operation == Operation::multiply && node.operands[0] == node.operands[1]) {
      return is_straight(node.operands[0], 2 * c);
    }
    auto const& a = nodes_[id];
    double const size = magnitude(a.value) / std::max(magnitude(c) / straight_power, 1.0);
    return std::min(2 * straight_widths * size / magnitude(a.first),
                    std::sqrt(size / magnitude(a.second))) >= straight_widths * width_;
  }

  Enclosure const& all_;
  std::span<Enclosed const> nodes_;
  Interval first_ = nothing, second_ = nothing;
  double width_;
};

Known Enclosure::on(Interval x, std::span<double const> params) const {
  Row row;
  std::span<Enclosed> const nodes(row.data(), graph_.nodes.size());
  enclose(x, params, nodes);
  Sum sum(*this, nodes, x.upper - x.lower);
  sum.add(static_cast<NodeId>(nodes.size() - 1), point(1));
  return {nodes.back().value.upper, sum.scale()};
}

Enclosed Enclosure::difference(Switch const& at, std::span<Enclosed const> nodes) const {
  auto const& a = nodes[at.left];
  if (at.with_zero) {
    return a;
  }
  auto const& b = nodes[at.right];
  return {a.value - b.value, a.first - b.first, a.second - b.second};
}

bool Enclosure::find_zeros(Switch const& at,
                           Interval x,
                           std::size_t most,
                           std::vector<double>& out) const {
  std::vector<double> const params(graph_.n_variables, 0.0);  // plays no part
  double const least = 1e-13 * (x.upper - x.lower);
  std::vector<Interval> open{x};
  std::size_t steps = 0;
  std::size_t const before = out.size();
  while (!open.empty()) {
    if (++steps > 200 * most || out.size() - before > most) {
      return false;
    }
    auto const here = open.back();
    open.pop_back();
    Row row;
    enclose(here, params, {row.data(), graph_.nodes.size()});
    auto const d = difference(at, std::span<Enclosed const>(row.data(), graph_.nodes.size()));
    if (d.value.lower > 0 || d.value.upper < 0) {
      continue;
    }
    double const middle = here.lower + 0.5 * (here.upper - here.lower);
    if (here.upper - here.lower <= least || middle <= here.lower || middle >= here.upper) {
      bool const known = out.size() > before && std::abs(out.back() - middle) <= 4 * least;
      if (!known) {
        out.push_back(middle);
      }
      continue;
    }
    open.push_back({middle, here.upper});
    open.push_back({here.lower, middle});
  }
  return true;
}

}  // namespace toyfarm::formula
