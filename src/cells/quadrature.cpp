#include "toyfarm/cells/quadrature.hpp"

#include <cmath>
#include <numbers>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::cells {
namespace {

struct Legendre {
  double value;
  double derivative;
};

// P_n and its derivative by the three-term recurrence, |x| < 1.
Legendre legendre(std::size_t n, double x) {
  double before = 1;
  double value = x;
  for (std::size_t k = 2; k <= n; ++k) {
    auto const order = static_cast<double>(k);
    double const next = ((2 * order - 1) * x * value - (order - 1) * before) / order;
    before = value;
    value = next;
  }
  return {value, static_cast<double>(n) * (x * value - before) / (x * x - 1)};
}

}  // namespace

GaussLegendre::GaussLegendre(std::size_t n) : nodes_(n), weights_(n) {
  TOYFARM_EXPECTS(n >= 1);
  for (std::size_t i = 0; i < n / 2; ++i) {
    // Newton's method from Tricomi's estimate of the i-th largest root.
    double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) /
                        (static_cast<double>(n) + 0.5));
    for (int step = 0; step < 10; ++step) {
      auto const p = legendre(n, x);
      double const change = p.value / p.derivative;
      x -= change;
      if (std::fabs(change) < 1e-15) {
        break;
      }
    }
    double const slope = legendre(n, x).derivative;
    nodes_[i] = -x;
    nodes_[n - 1 - i] = x;
    weights_[i] = weights_[n - 1 - i] = 2 / ((1 - x * x) * slope * slope);
  }
  if (n % 2 == 1) {
    double const slope = n == 1 ? 1 : legendre(n, 0).derivative;
    weights_[n / 2] = 2 / (slope * slope);
  }
}

}  // namespace toyfarm::cells
