// What a step of a tape computes: the value of an operation, and those of its partial derivatives
// that are no slots already.
#include <cmath>
#include <numbers>

#include "toyfarm/formula/tape.hpp"
#include "toyfarm/kernels/math.hpp"

namespace toyfarm::formula {
namespace {

struct Operands {
  double const *a, *b, *c;
  double* v;
  double *t0, *t1, *t2, *t3, *t4;  ///< by a, b, aa, ab, bb
  std::size_t n;
};

template <class Function>
void each(Operands const& o, Function function) {
  for (std::size_t i = 0; i < o.n; ++i) {
    function(i);
  }
}

/// a^p with p != 0: the value does not depend on what else is wanted.
void whole_power(Operands const& o, int p) {
  auto const n = std::abs(p);
  each(o, [&](std::size_t i) {
    double const a = o.a[i];
    double before = 1;  // a^(n - 2) by squaring
    double square = a;
    for (int left = n - 2; left > 0; left /= 2) {
      before = left % 2 == 1 ? before * square : before;
      square *= square;
    }
    double const less = n < 2 ? 1 : before * a;
    double const power = less * a;
    if (p > 0) {
      o.v[i] = power;
      o.t0[i] = p * less;
      o.t2[i] = p * (p - 1.0) * before;
    } else {
      o.v[i] = 1 / power;
      o.t0[i] = p * o.v[i] / a;
      o.t2[i] = (p - 1) * o.t0[i] / a;
    }
  });
}

void power(Operands const& o) {
  kernels::log_n(o.a, o.t1, o.n);
  each(o, [&](std::size_t i) { o.t0[i] = o.b[i] == 0 ? 0 : o.b[i] * o.t1[i]; });
  kernels::exp_n(o.t0, o.v, o.n);
  each(o, [&](std::size_t i) {
    double const ratio = o.v[i] / o.a[i];
    double const log_a = o.v[i] == 0 ? 0 : o.t1[i];
    o.t0[i] = o.b[i] * ratio;
    o.t2[i] = (o.b[i] - 1) * o.t0[i] / o.a[i];
    o.t3[i] = ratio * (1 + o.b[i] * log_a);
    o.t1[i] = o.v[i] * log_a;
    o.t4[i] = o.t1[i] * log_a;
  });
}

void divide(Operands const& o) {
  each(o, [&](std::size_t i) {
    double const inverse = 1 / o.b[i];
    o.v[i] = o.a[i] / o.b[i];
    o.t0[i] = inverse;
    o.t1[i] = -o.v[i] * inverse;
    o.t3[i] = -inverse * inverse;
    o.t4[i] = -2 * o.t1[i] * inverse;
  });
}

void arc_tangent_2(Operands const& o) {
  each(o, [&](std::size_t i) {
    double const a = o.a[i];
    double const b = o.b[i];
    double const square = a * a + b * b;
    o.v[i] = std::atan2(a, b);
    o.t0[i] = b / square;
    o.t1[i] = -a / square;
    o.t2[i] = 2 * o.t0[i] * o.t1[i];
    o.t3[i] = (a - b) * (a + b) / (square * square);
    o.t4[i] = -o.t2[i];
  });
}

/// A function of one operand: value, first and second derivative.
template <class Function>
void of_one(Operands const& o, Function function) {
  each(o, [&](std::size_t i) { function(o.a[i], o.v[i], o.t0[i], o.t2[i]); });
}

void error_function(Operands const& o, bool complementary) {
  double const sign = complementary ? -1 : 1;
  each(o, [&](std::size_t i) { o.t2[i] = -o.a[i] * o.a[i]; });
  kernels::exp_n(o.t2, o.t0, o.n);
  of_one(o, [&](double a, double& v, double& d, double& dd) {
    v = complementary ? std::erfc(a) : std::erf(a);
    d *= sign * 2 * std::numbers::inv_sqrtpi;
    dd = -2 * a * d;
  });
}

// False for an operation of another kind.
bool algebraic(Operation operation, int whole, Operands const& o) {
  switch (operation) {
    case Operation::negate:
      each(o, [&](std::size_t i) { o.v[i] = -o.a[i]; });
      return true;
    case Operation::add:
      each(o, [&](std::size_t i) { o.v[i] = o.a[i] + o.b[i]; });
      return true;
    case Operation::subtract:
      each(o, [&](std::size_t i) { o.v[i] = o.a[i] - o.b[i]; });
      return true;
    case Operation::multiply:
      each(o, [&](std::size_t i) { o.v[i] = o.a[i] * o.b[i]; });
      return true;
    case Operation::divide:
      divide(o);
      return true;
    case Operation::power:
      whole != 0 ? whole_power(o, whole) : power(o);
      return true;
    case Operation::exponential:
      kernels::exp_n(o.a, o.v, o.n);
      return true;
    case Operation::logarithm:
      kernels::log_n(o.a, o.v, o.n);
      of_one(o, [](double a, double&, double& d, double& dd) {
        d = 1 / a;
        dd = -d * d;
      });
      return true;
    case Operation::square_root:
      of_one(o, [](double a, double& v, double& d, double& dd) {
        v = std::sqrt(a);
        d = 0.5 / v;
        dd = -0.5 * d / a;
      });
      return true;
    default:
      return false;
  }
}

bool of_angles(Operation operation, Operands const& o) {
  switch (operation) {
    case Operation::sine:
      of_one(o, [](double a, double& v, double& d, double& dd) {
        v = std::sin(a);
        d = std::cos(a);
        dd = -v;
      });
      return true;
    case Operation::cosine:
      of_one(o, [](double a, double& v, double& d, double& dd) {
        v = std::cos(a);
        d = -std::sin(a);
        dd = -v;
      });
      return true;
    case Operation::tangent:
      of_one(o, [](double a, double& v, double& d, double& dd) {
        v = std::tan(a);
        d = 1 + v * v;
        dd = 2 * v * d;
      });
      return true;
    case Operation::arc_sine:
    case Operation::arc_cosine:
      of_one(o, [&](double a, double& v, double& d, double& dd) {
        bool const sine = operation == Operation::arc_sine;
        double const square = (1 - a) * (1 + a);
        v = sine ? std::asin(a) : std::acos(a);
        d = (sine ? 1 : -1) / std::sqrt(square);
        dd = a * d / square;
      });
      return true;
    case Operation::arc_tangent:
      of_one(o, [](double a, double& v, double& d, double& dd) {
        v = std::atan(a);
        d = 1 / (1 + a * a);
        dd = -2 * a * d * d;
      });
      return true;
    case Operation::arc_tangent_2:
      arc_tangent_2(o);
      return true;
    default:
      return false;
  }
}

bool of_hyperbolas(Operation operation, Operands const& o) {
  switch (operation) {
    case Operation::hyperbolic_sine:
    case Operation::hyperbolic_cosine:
      of_one(o, [&](double a, double& v, double& d, double& dd) {
        bool const sine = operation == Operation::hyperbolic_sine;
        v = sine ? std::sinh(a) : std::cosh(a);
        d = sine ? std::cosh(a) : std::sinh(a);
        dd = v;
      });
      return true;
    case Operation::hyperbolic_tangent:
      of_one(o, [](double a, double& v, double& d, double& dd) {
        v = std::tanh(a);
        d = (1 - v) * (1 + v);
        dd = -2 * v * d;
      });
      return true;
    case Operation::error_function:
    case Operation::complementary_error_function:
      error_function(o, operation == Operation::complementary_error_function);
      return true;
    default:
      return false;
  }
}

void with_joints(Operation operation, Operands const& o) {
  auto const value = [&](std::size_t i) {
    return apply(operation, o.a[i], o.b == nullptr ? 0 : o.b[i], o.c == nullptr ? 0 : o.c[i]);
  };
  each(o, [&](std::size_t i) { o.v[i] = value(i); });
  if (operation == Operation::magnitude) {
    each(o, [&](std::size_t i) { o.t0[i] = o.a[i] > 0 ? 1 : o.a[i] < 0 ? -1 : 0; });
  } else if (operation == Operation::minimum) {
    each(o, [&](std::size_t i) { o.t0[i] = o.b[i] < o.a[i] ? 0 : 1; });
  } else if (operation == Operation::maximum) {
    each(o, [&](std::size_t i) { o.t0[i] = o.a[i] < o.b[i] ? 0 : 1; });
  }
}

}  // namespace

void Tape::compute(Step const& step, double* base, std::size_t stride, std::size_t n, Slot temp) {
  auto const at = [&](Slot s) { return s == none ? nullptr : base + s * stride; };
  Operands const o{at(step.a),
                   at(step.b),
                   at(step.c),
                   at(step.value),
                   at(temp),
                   at(temp + 1),
                   at(temp + 2),
                   at(temp + 3),
                   at(temp + 4),
                   n};
  bool const done = algebraic(step.operation, step.power, o) || of_angles(step.operation, o) ||
                    of_hyperbolas(step.operation, o);
  if (!done) {
    with_joints(step.operation, o);
  }
}

}  // namespace toyfarm::formula
