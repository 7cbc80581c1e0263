#include <cmath>

#include "toyfarm/formula/graph.hpp"
#include "toyfarm/kernels/math.hpp"

namespace toyfarm::formula {
namespace {

double exponential(double x) {
  kernels::exp_n(&x, &x, 1);
  return x;
}

double logarithm(double x) {
  kernels::log_n(&x, &x, 1);
  return x;
}

double one_if(bool condition) {
  return condition ? 1 : 0;
}

double unary(Operation operation, double a) {
  switch (operation) {
    case Operation::negate:
      return -a;
    case Operation::exponential:
      return exponential(a);
    case Operation::logarithm:
      return logarithm(a);
    case Operation::square_root:
      return std::sqrt(a);
    case Operation::sine:
      return std::sin(a);
    case Operation::cosine:
      return std::cos(a);
    case Operation::tangent:
      return std::tan(a);
    case Operation::arc_sine:
      return std::asin(a);
    case Operation::arc_cosine:
      return std::acos(a);
    case Operation::arc_tangent:
      return std::atan(a);
    case Operation::hyperbolic_sine:
      return std::sinh(a);
    case Operation::hyperbolic_cosine:
      return std::cosh(a);
    case Operation::hyperbolic_tangent:
      return std::tanh(a);
    case Operation::magnitude:
      return std::abs(a);
    case Operation::error_function:
      return std::erf(a);
    case Operation::complementary_error_function:
      return std::erfc(a);
    default:  // negation
      return one_if(a == 0);
  }
}

}  // namespace

std::size_t arity(Operation operation) noexcept {
  if (operation <= Operation::variable) {
    return 0;
  }
  if (operation == Operation::choice) {
    return 3;
  }
  bool const two = (operation >= Operation::add && operation <= Operation::arc_tangent_2) ||
                   (operation >= Operation::less && operation <= Operation::either);
  return two ? 2 : 1;
}

double apply(Operation operation, double a, double b, double c) {
  switch (operation) {
    case Operation::add:
      return a + b;
    case Operation::subtract:
      return a - b;
    case Operation::multiply:
      return a * b;
    case Operation::divide:
      return a / b;
    case Operation::power:
      return std::pow(a, b);
    case Operation::minimum:
      return b < a ? b : a;
    case Operation::maximum:
      return a < b ? b : a;
    case Operation::arc_tangent_2:
      return std::atan2(a, b);
    case Operation::less:
      return one_if(a < b);
    case Operation::less_or_equal:
      return one_if(a <= b);
    case Operation::equal:
      return one_if(a == b);
    case Operation::both:
      return one_if(a != 0 && b != 0);
    case Operation::either:
      return one_if(a != 0 || b != 0);
    case Operation::choice:
      return a != 0 ? b : c;
    default:
      return unary(operation, a);
  }
}

double evaluate(Graph const& graph, std::span<double const> variables) {
  std::array<double, max_nodes> values;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    auto const& node = graph.nodes[i];
    auto const& o = node.operands;
    if (node.operation == Operation::constant) {
      values[i] = node.value;
    } else if (node.operation == Operation::variable) {
      values[i] = variables[o[0]];
    } else {
      auto const used = node.used().size();
      values[i] = apply(
          node.operation, values[o[0]], used > 1 ? values[o[1]] : 0, used > 2 ? values[o[2]] : 0);
    }
  }
  return values[graph.nodes.size() - 1];
}

}  // namespace toyfarm::formula
