#include "formula/node_enclosure.hpp"

#include <numbers>

namespace toyfarm::formula {
namespace {

constexpr double at_joint = 1e-12;  // share of its size by which a switch may be off zero there

Enclosed chain(Function1 const& f, Enclosed const& a) {
  return {f.value, f.first * a.first, f.first * a.second + f.second * square(a.first)};
}

Enclosed product(Enclosed const& a, Enclosed const& b) {
  return {a.value * b.value,
          a.first * b.value + a.value * b.first,
          a.second * b.value + 2 * (a.first * b.first) + a.value * b.second};
}

Enclosed quotient(Enclosed const& a, Enclosed const& b) {
  auto const v = a.value / b.value;
  auto const first = (a.first - v * b.first) / b.value;
  return {v, first, (a.second - 2 * (first * b.first) - v * b.second) / b.value};
}

Enclosed hull(Enclosed const& a, Enclosed const& b) {
  return {hull(a.value, b.value), hull(a.first, b.first), hull(a.second, b.second)};
}

Enclosed arc_tangent_2(Enclosed const& a, Enclosed const& b) {
  constexpr double pi = std::numbers::pi;
  auto const square_sum = square(a.value) + square(b.value);
  auto const turn = b.value * a.first - a.value * b.first;
  auto const away = a.value * a.first + b.value * b.first;
  auto const first = turn / square_sum;
  auto const second = (b.value * a.second - a.value * b.second - 2 * (first * away)) / square_sum;
  auto const v = b.value.lower > 0 ? function_on(Operation::arc_tangent, a.value / b.value).value
                                   : Interval{-pi, pi};
  return {v, first, second};
}

Enclosed power(Node const&, Enclosed const& a, Enclosed const& b) {
  if (b.value.lower == b.value.upper && is_nothing(b.first)) {
    return chain(power_on(a.value, b.value.lower), a);
  }
  auto const exponent = product(b, chain(function_on(Operation::logarithm, a.value), a));
  return chain(function_on(Operation::exponential, exponent.value), exponent);
}

/// -1, 1 where a < b, a > b everywhere but at a joint, else 0.
int order(Interval a, Interval b) {
  double const size = std::max(magnitude(a), magnitude(b));
  double const slack = std::isfinite(size) ? at_joint * size : 0;
  if (a.upper <= b.lower + slack) {
    return -1;
  }
  return b.upper <= a.lower + slack ? 1 : 0;
}

Interval truth(bool known, bool value) {
  return known ? point(value ? 1 : 0) : Interval{0, 1};
}

Interval compared(Operation operation, Interval a, Interval b) {
  switch (operation) {
    case Operation::less:
    case Operation::less_or_equal:
      return truth(order(a, b) != 0, order(a, b) < 0);
    case Operation::equal:
      return truth(true, false);  // but at a few points
    case Operation::both:
      return truth((is_true(a) && is_true(b)) || is_nothing(a) || is_nothing(b),
                   is_true(a) && is_true(b));
    default:  // either
      return truth((is_nothing(a) && is_nothing(b)) || is_true(a) || is_true(b),
                   is_true(a) || is_true(b));
  }
}

Enclosed extreme(Operation operation, Enclosed const& a, Enclosed const& b) {
  int const less = operation == Operation::minimum ? -1 : 1;
  int const known = order(a.value, b.value);
  if (known != 0) {
    return known == less ? a : b;
  }
  auto out = hull(a, b);
  if (less < 0) {
    out.value.upper = std::min(a.value.upper, b.value.upper);
  } else {
    out.value.lower = std::max(a.value.lower, b.value.lower);
  }
  return out;
}

}  // namespace

Enclosed enclosed(Node const& node, std::span<Enclosed const> nodes) {
  auto const used = node.used();
  auto const& a = nodes[used[0]];
  if (node.operation == Operation::magnitude && order(a.value, nothing) != 0) {
    return order(a.value, nothing) > 0 ? a : Enclosed{-a.value, -a.first, -a.second};
  }
  if (node.operation == Operation::negation) {
    auto const known = is_true(a.value) || is_nothing(a.value);
    return {truth(known, is_nothing(a.value)), nothing, nothing};
  }
  if (used.size() == 1) {
    return chain(function_on(node.operation, a.value), a);
  }
  auto const& b = nodes[used[1]];
  switch (node.operation) {
    case Operation::add:
      return {a.value + b.value, a.first + b.first, a.second + b.second};
    case Operation::subtract:
      return {a.value - b.value, a.first - b.first, a.second - b.second};
    case Operation::multiply:
      return used[0] == used[1] ? chain(power_on(a.value, 2), a) : product(a, b);
    case Operation::divide:
      return quotient(a, b);
    case Operation::power:
      return power(node, a, b);
    case Operation::arc_tangent_2:
      return arc_tangent_2(a, b);
    case Operation::minimum:
    case Operation::maximum:
      return extreme(node.operation, a, b);
    case Operation::choice:
      if (is_true(a.value) || is_nothing(a.value)) {
        return is_true(a.value) ? b : nodes[used[2]];
      }
      return hull(b, nodes[used[2]]);
    default:
      return {compared(node.operation, a.value, b.value), nothing, nothing};
  }
}

}  // namespace toyfarm::formula
