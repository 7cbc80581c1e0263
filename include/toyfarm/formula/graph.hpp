#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

namespace toyfarm::formula {

/// Nodes of one graph: work areas of this size stand on the stack.
inline constexpr std::size_t max_nodes = 4096;

enum class Operation : std::uint8_t {
  constant,
  variable,
  negate,
  add,
  subtract,
  multiply,
  divide,
  power,
  minimum,
  maximum,
  arc_tangent_2,
  exponential,
  logarithm,
  square_root,
  sine,
  cosine,
  tangent,
  arc_sine,
  arc_cosine,
  arc_tangent,
  hyperbolic_sine,
  hyperbolic_cosine,
  hyperbolic_tangent,
  magnitude,
  error_function,
  complementary_error_function,
  less,
  less_or_equal,
  equal,
  both,
  either,
  negation,
  choice  ///< the second operand where the first is not 0, else the third
};

/// How many operands an operation has.
[[nodiscard]] std::size_t arity(Operation operation) noexcept;

/// Value of an operation, in doubles as the platform's functions give them; truth is 1 or 0.
[[nodiscard]] double apply(Operation operation, double a, double b = 0, double c = 0);

using NodeId = std::uint32_t;

struct Node {
  Operation operation = Operation::constant;
  std::array<NodeId, 3> operands{};  ///< of a variable: its index
  double value = 0;                  ///< of a constant

  [[nodiscard]] std::span<NodeId const> used() const noexcept {
    return {operands.data(), operation == Operation::variable ? 0 : arity(operation)};
  }
};

/// A function of some variables: nodes after all that they use, the last one its value. Equal parts
/// stand once, constants are folded.
struct Graph {
  std::vector<Node> nodes;
  std::size_t n_variables = 0;
};

/// Of each node: whether it depends on a variable for which `is_one(index)`.
template <class IsOne>
[[nodiscard]] std::vector<bool> depending(Graph const& graph, IsOne is_one) {
  std::vector<bool> depends(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    auto const& node = graph.nodes[i];
    depends[i] = node.operation == Operation::variable && is_one(node.operands[0]);
    for (auto const u : node.used()) {
      depends[i] = depends[i] || depends[u];
    }
  }
  return depends;
}

/// f at the values of its variables.
[[nodiscard]] double evaluate(Graph const& graph, std::span<double const> variables);

/// Makes a graph from its leaves up. Throws std::length_error beyond max_nodes.
class Builder {
 public:
  Builder() = default;
  /// Begins with the nodes of another graph, under their numbers.
  explicit Builder(Graph const& graph);

  NodeId constant(double value);
  NodeId variable(std::size_t index);
  NodeId make(Operation operation, NodeId a, NodeId b = 0, NodeId c = 0);

  [[nodiscard]] Node const& node(NodeId id) const { return nodes_[id]; }
  [[nodiscard]] bool is_constant(NodeId id) const {
    return nodes_[id].operation == Operation::constant;
  }
  /// The graph with this value; what it does not use is left out.
  [[nodiscard]] Graph graph(NodeId value, std::size_t n_variables) const;

 private:
  using Key = std::tuple<Operation, NodeId, NodeId, NodeId, std::uint64_t>;
  NodeId add(Node const& node);

  std::vector<Node> nodes_;
  std::map<Key, NodeId> known_;
};

}  // namespace toyfarm::formula
