#include "hs3/affine.hpp"

#include <cmath>

namespace toyfarm::hs3 {
namespace {

using formula::Operation;

Affine scaled(Affine f, double factor) {
  return {f.constant * factor, f.slope * factor, f.variable};
}

std::optional<Affine> sum_of(Affine const& a, Affine const& b) {
  if (a.variable && b.variable && a.variable != b.variable) {
    return std::nullopt;
  }
  return Affine{a.constant + b.constant, a.slope + b.slope, a.variable ? a.variable : b.variable};
}

}  // namespace

AffineParts::AffineParts(formula::Graph const& graph, std::vector<Variable> const& variables) {
  parts_.reserve(graph.nodes.size());
  for (auto const& node : graph.nodes) {
    Part part;
    if (node.operation == Operation::variable) {
      auto const& variable = variables[node.operands[0]];
      part.is_free = !variable.is_constant || !variable.value;
      part.value = variable.value.value_or(0);
      part.affine = part.is_free ? Affine{0, 1, node.operands[0]} : Affine{part.value, 0, {}};
    } else if (node.operation == Operation::constant) {
      part.value = node.value;
      part.affine = Affine{node.value, 0, {}};
    } else {
      double operands[3] = {0, 0, 0};
      for (std::size_t i = 0; i < node.used().size(); ++i) {
        auto const& operand = parts_[node.operands[i]];
        operands[i] = operand.value;
        part.is_free = part.is_free || operand.is_free;
      }
      part.value = formula::apply(node.operation, operands[0], operands[1], operands[2]);
      part.affine = part.is_free ? combined(node) : Affine{part.value, 0, {}};
    }
    parts_.push_back(part);
  }
}

std::optional<Affine> AffineParts::combined(formula::Node const& node) const {
  auto const& a = parts_[node.operands[0]];
  auto const& b = parts_[node.operands[1]];
  switch (node.operation) {
    case Operation::negate:
      return a.affine ? std::optional(scaled(*a.affine, -1)) : std::nullopt;
    case Operation::add:
      return a.affine && b.affine ? sum_of(*a.affine, *b.affine) : std::nullopt;
    case Operation::subtract:
      return a.affine && b.affine ? sum_of(*a.affine, scaled(*b.affine, -1)) : std::nullopt;
    case Operation::multiply:
      if (a.affine && !b.is_free) {
        return scaled(*a.affine, b.value);
      }
      return b.affine && !a.is_free ? std::optional(scaled(*b.affine, a.value)) : std::nullopt;
    case Operation::divide:
      return a.affine && !b.is_free ? std::optional(scaled(*a.affine, 1 / b.value)) : std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace toyfarm::hs3
