#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "toyfarm/kernels/reference.hpp"

namespace toyfarm::kernels::reference {

void chebyshev_n(Chebyshev const& c, double const* x, std::size_t n, DensityColumns const& out) {
  std::vector<double> share(c.n_params);
  for (std::size_t i = 0; i < n; ++i) {
    double const y = std::clamp((2 * x[i] - c.lower - c.upper) / (c.upper - c.lower), -1.0, 1.0);
    double sum = 1;
    for (std::size_t k = 0; k < c.n_params; ++k) {
      share[k] = std::cos(static_cast<double>(k + 1) * std::acos(y));
      sum += c.coefficients[k] * share[k];
    }
    bool const positive = sum > chebyshev_zero;
    out.value[i] = std::log(positive ? sum : 0.0) - c.log_norm;
    for (std::size_t k = 0; k < c.n_params; ++k) {
      share[k] = positive ? share[k] / sum : c.means[k];
      if (out.first != nullptr) {
        out.first[k * out.stride + i] = share[k] - c.means[k];
      }
      for (std::size_t l = 0; out.second != nullptr && l <= k; ++l) {
        out.second[(k * (k + 1) / 2 + l) * out.stride + i] =
            c.means[k] * c.means[l] - share[k] * share[l];
      }
    }
  }
}

void argus_n(Argus const& c, double const* x, std::size_t n, DensityColumns const& out) {
  for (std::size_t i = 0; i < n; ++i) {
    double const u = (c.cut_off - x[i]) * (c.cut_off + x[i]) / (c.cut_off * c.cut_off);
    bool const inside = x[i] > 0 && u > 0;
    out.value[i] = inside ? std::log(x[i]) + c.power * std::log(u) + c.slope * u - c.log_norm
                          : -std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; out.first != nullptr && k < 2; ++k) {
      out.first[k * out.stride + i] = inside ? (k == 0 ? u : std::log(u)) - c.mean_first[k] : 0;
    }
    for (std::size_t e = 0; out.second != nullptr && e < 3; ++e) {
      out.second[e * out.stride + i] = inside ? -c.mean_second[e] : 0;
    }
  }
}

}  // namespace toyfarm::kernels::reference
