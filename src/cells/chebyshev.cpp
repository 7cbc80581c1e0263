#include "toyfarm/cells/chebyshev.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::cells {

ChebyshevNodes::ChebyshevNodes(std::size_t n) {
  TOYFARM_EXPECTS(n >= 1);
  auto const count = static_cast<double>(n);
  for (std::size_t j = 0; j < n; ++j) {
    // The sine of the angle from the middle: nodes come out exactly antisymmetric.
    nodes_.push_back(
        std::sin(std::numbers::pi * (count - 1 - 2 * static_cast<double>(j)) / (2 * count)));
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j < n; ++j) {
      auto const quarter_turns = (k * (2 * j + 1)) % (4 * n);  // exact reduction of the angle
      to_series_.push_back(
          (k == 0 ? 1 : 2) / count *
          std::cos(std::numbers::pi * static_cast<double>(quarter_turns) / (2 * count)));
    }
  }
}

std::vector<double> ChebyshevNodes::series(std::span<double const> values) const {
  TOYFARM_EXPECTS(values.size() == size());
  std::vector<double> c(size());
  for (std::size_t k = 0; k < size(); ++k) {
    for (std::size_t j = 0; j < size(); ++j) {
      c[k] += to_series_[k * size() + j] * values[j];
    }
  }
  return c;
}

double chebyshev_value(std::span<double const> series, double t) noexcept {
  double next = 0;
  double after = 0;
  for (std::size_t k = series.size(); k-- > 1;) {
    double const b = series[k] + 2 * t * next - after;
    after = next;
    next = b;
  }
  return series.empty() ? 0 : series[0] + t * next - after;
}

std::vector<double> chebyshev_derivative(std::span<double const> series) {
  std::size_t const n = series.size();
  std::vector<double> d(std::max<std::size_t>(n, 2) - 1);
  for (std::size_t k = d.size(); k-- > 0;) {
    d[k] = (k + 2 < d.size() ? d[k + 2] : 0) +
           (k + 1 < n ? 2 * static_cast<double>(k + 1) * series[k + 1] : 0);
  }
  d[0] *= 0.5;
  return d;
}

std::vector<double> chebyshev_integral(std::span<double const> series) {
  auto const at = [&](std::size_t k) { return k < series.size() ? series[k] : 0; };
  std::vector<double> integral(series.size() + 1);
  for (std::size_t k = 1; k < integral.size(); ++k) {
    integral[k] = ((k == 1 ? 2 : 1) * at(k - 1) - at(k + 1)) / (2 * static_cast<double>(k));
  }
  for (std::size_t k = 1; k < integral.size(); ++k) {
    integral[0] -= (k % 2 == 0 ? 1 : -1) * integral[k];  // zero at -1
  }
  return integral;
}

std::vector<double> chebyshev_to_monomial(std::span<double const> series) {
  std::size_t const n = series.size();
  std::vector<double> sum(n);
  std::vector<double> before(n);
  std::vector<double> current(n);
  for (std::size_t k = 0; k < n; ++k) {
    std::vector<double> t(n);
    if (k == 0) {
      t[0] = 1;
    } else {
      for (std::size_t i = 0; i + 1 < n; ++i) {
        t[i + 1] = (k == 1 ? 1 : 2) * current[i];
      }
      for (std::size_t i = 0; i < n; ++i) {
        t[i] -= before[i];
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      sum[i] += series[k] * t[i];
    }
    before = k == 0 ? std::vector<double>(n) : std::move(current);
    current = std::move(t);
  }
  return sum;
}

}  // namespace toyfarm::cells
