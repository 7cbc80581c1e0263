#include "formula/interval.hpp"

#include <numbers>

namespace toyfarm::formula {
namespace {

/// Of a rising function.
template <class F>
Interval rising(F f, Interval a) {
  return between(f(a.lower), f(a.upper));
}

/// Whether start + k step, k whole, is within `a`.
bool holds(Interval a, double start, double step) {
  return std::floor((a.upper - start) / step) > std::floor((a.lower - start) / step) ||
         !(magnitude(a) < 1e15);
}

Interval sine(Interval a) {
  if (!(magnitude(a) < 1e15)) {
    return {-1, 1};
  }
  auto out = between(std::sin(a.lower), std::sin(a.upper));
  if (holds(a, std::numbers::pi / 2, 2 * std::numbers::pi)) {
    out.upper = 1;
  }
  if (holds(a, -std::numbers::pi / 2, 2 * std::numbers::pi)) {
    out.lower = -1;
  }
  return out;
}

Interval cosine(Interval a) {
  return sine(a + point(std::numbers::pi / 2));
}

Function1 tangent(Interval a) {
  if (holds(a, std::numbers::pi / 2, std::numbers::pi)) {
    return {whole_line, whole_line, whole_line};
  }
  auto const v = rising([](double x) { return std::tan(x); }, a);
  auto const first = point(1) + square(v);
  return {v, first, 2 * (v * first)};
}

Interval exponential(Interval a) {
  return rising([](double x) { return std::exp(x); }, a);
}

Function1 arc_sine(Interval a, bool sine) {
  Interval const inside{std::clamp(a.lower, -1.0, 1.0), std::clamp(a.upper, -1.0, 1.0)};
  auto const v = sine ? rising([](double x) { return std::asin(x); }, inside)
                      : rising([](double x) { return std::acos(x); }, inside);
  auto const rest = point(1) - square(inside);
  auto const first = power_on(rest, -0.5).value;
  auto const second = inside * power_on(rest, -1.5).value;
  return {v, sine ? first : -first, sine ? second : -second};
}

Function1 logarithm(Interval a) {
  if (!(a.upper > 0)) {  // outside the domain: whoever evaluates will see
    return {whole_line, whole_line, whole_line};
  }
  double const lower = a.lower > 0 ? std::log(a.lower) : -infinity;
  auto const inverse =
      a.lower > 0 ? Interval{1 / a.upper, 1 / a.lower} : Interval{1 / a.upper, infinity};
  return {{lower, std::log(a.upper)}, inverse, -square(inverse)};
}

Function1 error_function(Interval a, bool complementary) {
  auto const bell = exponential(-square(a));
  auto const first = (complementary ? -2 : 2) * std::numbers::inv_sqrtpi * bell;
  auto const v = complementary ? rising([](double x) { return std::erfc(x); }, a)
                               : rising([](double x) { return std::erf(x); }, a);
  return {v, first, -2 * (a * first)};
}

Function1 hyperbolic(Operation operation, Interval a) {
  auto const sinh = rising([](double x) { return std::sinh(x); }, a);
  auto cosh = between(std::cosh(a.lower), std::cosh(a.upper));
  if (a.lower < 0 && a.upper > 0) {
    cosh.lower = 1;
  }
  if (operation == Operation::hyperbolic_sine) {
    return {sinh, cosh, sinh};
  }
  if (operation == Operation::hyperbolic_cosine) {
    return {cosh, sinh, cosh};
  }
  auto const v = rising([](double x) { return std::tanh(x); }, a);
  auto const first = point(1) - square(v);
  return {v, first, -2 * (v * first)};
}

/// a^p of a >= 0, or of any a where p is whole.
Interval power(Interval a, double p) {
  if (p == 0) {
    return point(1);
  }
  bool const whole = p == std::floor(p);
  if (!whole) {
    a = {std::max(a.lower, 0.0), std::max(a.upper, 0.0)};
  }
  auto const ends = between(std::pow(a.lower, p), std::pow(a.upper, p));
  if (a.lower > 0 || a.upper < 0 || (a.lower == 0 && p > 0)) {
    return ends;
  }
  bool const even = whole && std::fmod(p, 2) == 0;
  if (p < 0) {
    bool const positive = even || a.lower == 0;
    return {positive ? std::min(std::pow(std::abs(a.lower), p), std::pow(a.upper, p)) : -infinity,
            infinity};
  }
  return even ? Interval{0, ends.upper} : ends;
}

}  // namespace

Function1 power_on(Interval a, double exponent) {
  double const p = exponent;
  if (p == 2) {
    return {square(a), 2 * a, point(2)};
  }
  return {power(a, p), p * power(a, p - 1), p * (p - 1) * power(a, p - 2)};
}

Function1 function_on(Operation operation, Interval a) {
  switch (operation) {
    case Operation::negate:
      return {-a, point(-1), nothing};
    case Operation::exponential: {
      auto const v = exponential(a);
      return {v, v, v};
    }
    case Operation::logarithm:
      return logarithm(a);
    case Operation::square_root:
      return power_on(a, 0.5);
    case Operation::sine:
      return {sine(a), cosine(a), -sine(a)};
    case Operation::cosine:
      return {cosine(a), -sine(a), -cosine(a)};
    case Operation::tangent:
      return tangent(a);
    case Operation::arc_sine:
    case Operation::arc_cosine:
      return arc_sine(a, operation == Operation::arc_sine);
    case Operation::arc_tangent: {
      auto const first = point(1) / (point(1) + square(a));
      return {rising([](double x) { return std::atan(x); }, a), first, -2 * (a * square(first))};
    }
    case Operation::hyperbolic_sine:
    case Operation::hyperbolic_cosine:
    case Operation::hyperbolic_tangent:
      return hyperbolic(operation, a);
    case Operation::error_function:
    case Operation::complementary_error_function:
      return error_function(a, operation == Operation::complementary_error_function);
    case Operation::magnitude:
      if (a.lower >= 0) {
        return {a, point(1), nothing};
      }
      if (a.upper <= 0) {
        return {-a, point(-1), nothing};
      }
      return {{0, magnitude(a)}, {-1, 1}, nothing};
    default:  // negation
      return {{0, 1}, nothing, nothing};
  }
}

}  // namespace toyfarm::formula
