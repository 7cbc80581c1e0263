#include "toyfarm/formula/graph.hpp"

#include <bit>
#include <stdexcept>
#include <utility>

namespace toyfarm::formula {
namespace {

bool is_symmetric(Operation operation) {
  switch (operation) {
    case Operation::add:
    case Operation::multiply:
    case Operation::equal:
    case Operation::both:
    case Operation::either:
      return true;
    default:
      return false;
  }
}

}  // namespace

Builder::Builder(Graph const& graph) {
  for (auto const& node : graph.nodes) {
    add(node);
  }
}

NodeId Builder::add(Node const& node) {
  Key const key{node.operation,
                node.operands[0],
                node.operands[1],
                node.operands[2],
                std::bit_cast<std::uint64_t>(node.value)};
  auto const found = known_.find(key);
  if (found != known_.end()) {
    return found->second;
  }
  if (nodes_.size() == max_nodes) {
    throw std::length_error("more than " + std::to_string(max_nodes) + " different parts");
  }
  nodes_.push_back(node);
  auto const id = static_cast<NodeId>(nodes_.size() - 1);
  known_.emplace(key, id);
  return id;
}

NodeId Builder::constant(double value) {
  return add({Operation::constant, {}, value});
}

NodeId Builder::variable(std::size_t index) {
  return add({Operation::variable, {static_cast<NodeId>(index)}, 0});
}

NodeId Builder::make(Operation operation, NodeId a, NodeId b, NodeId c) {
  auto const n = arity(operation);
  bool const all_constant =
      is_constant(a) && (n < 2 || is_constant(b)) && (n < 3 || is_constant(c));
  if (all_constant) {
    return constant(apply(
        operation, nodes_[a].value, n < 2 ? 0 : nodes_[b].value, n < 3 ? 0 : nodes_[c].value));
  }
  if (operation == Operation::choice && is_constant(a)) {
    return nodes_[a].value != 0 ? b : c;
  }
  if (operation == Operation::power && is_constant(b)) {
    double const p = nodes_[b].value;
    if (p == 0) {
      return constant(1);
    }
    if (p == 1) {
      return a;
    }
    if (p == 0.5) {
      return make(Operation::square_root, a);
    }
  }
  if (is_symmetric(operation) && b < a) {
    std::swap(a, b);
  }
  return add({operation, {a, n < 2 ? 0 : b, n < 3 ? 0 : c}, 0});
}

Graph Builder::graph(NodeId value, std::size_t n_variables) const {
  std::vector<bool> wanted(value + 1, false);
  wanted[value] = true;
  for (std::size_t i = value + 1; i-- > 0;) {
    for (auto const u : nodes_[i].used()) {
      wanted[u] = wanted[u] || wanted[i];
    }
  }
  Graph out{{}, n_variables};
  std::vector<NodeId> number(value + 1, 0);
  for (std::size_t i = 0; i <= value; ++i) {
    if (!wanted[i]) {
      continue;
    }
    Node node = nodes_[i];
    for (std::size_t o = 0; o < node.used().size(); ++o) {
      node.operands[o] = number[node.operands[o]];
    }
    number[i] = static_cast<NodeId>(out.nodes.size());
    out.nodes.push_back(node);
  }
  return out;
}

}  // namespace toyfarm::formula
