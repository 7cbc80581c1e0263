#include "model/crystal_ball_integral.hpp"

#include <algorithm>
#include <cmath>

#include "toyfarm/kernels/math.hpp"

#include "model/gauss_legendre.hpp"

namespace toyfarm::model {
namespace {

constexpr double depth = 44;  // exponents of e: what lies deeper does not show

}  // namespace

void CrystalBallIntegral::core(double lower, double upper) {
  // s = t - t0 up to where f has fallen by e^-depth.
  double const reach = 2 * depth / (std::abs(c_.t0) + std::sqrt(c_.t0 * c_.t0 + 2 * depth));
  double const from = std::max(lower, -reach);
  double const to = std::min(upper, reach);
  if (!(from < to)) {
    return;
  }
  double const fall = 0.5 * std::abs(to * (to + 2 * c_.t0) - from * (from + 2 * c_.t0));
  auto& region = panels(from, to, std::max((to - from) / 3, fall / 12));
  region.params = {0, 1};
  region.n_params = 2;
  kernels::crystal_ball_core(c_, nodes(region), region.sums);
}

void CrystalBallIntegral::tail(std::size_t which, double near, double far) {
  double const a = c_.tails[which].alpha;
  double const n = c_.tails[which].n;
  double const from = std::log1p(a * near / n);
  double const to = std::min(std::log1p(a * far / n), from + depth / (n - 1));
  if (!(from < to)) {
    return;
  }
  auto& region = panels(from, to, (n + 1) * (to - from) / 12);
  region.params = {0, 1, 2 + 2 * which, 3 + 2 * which};
  region.n_params = 4;
  kernels::crystal_ball_tail(c_, which, nodes(region), region.sums);
}

CrystalBallIntegral::Region& CrystalBallIntegral::panels(double from, double to, double wanted) {
  auto const& rule = gauss_legendre<n_nodes>();
  auto const n =
      static_cast<std::size_t>(std::clamp(std::ceil(wanted), 1.0, static_cast<double>(max_panels)));
  double const half = 0.5 * (to - from) / static_cast<double>(n);
  auto& region = regions_[n_regions_++];
  region.n = n * n_nodes;
  for (std::size_t p = 0; p < n; ++p) {
    double const start = from + 2 * half * static_cast<double>(p);
    double* const at = region.at.data() + p * n_nodes;
    double* const weights = region.weights.data() + p * n_nodes;
    for (std::size_t i = 0; i < n_nodes; ++i) {
      at[i] = start + half * (1 + rule.x[i]);
      weights[i] = half * rule.w[i];
    }
  }
  return region;
}

kernels::CrystalBallNodes CrystalBallIntegral::nodes(Region& region) const {
  double* const first = order_ == Derivatives::none ? nullptr : region.first[0].data();
  return {region.at.data(), region.weights.data(), region.n, first, capacity};
}

bool CrystalBallIntegral::finish(kernels::CrystalBall& out) {
  double total = 0;
  for (std::size_t r = 0; r < n_regions_; ++r) {
    total += regions_[r].sums.total;
  }
  if (!(total > 0) || !std::isfinite(total)) {
    return false;
  }
  out.log_norm = std::log(total) - std::log(c_.inverse_sigma);
  if (order_ == Derivatives::none) {
    return true;
  }
  for (std::size_t r = 0; r < n_regions_; ++r) {
    auto const& region = regions_[r];
    for (std::size_t k = 0; k < region.n_params; ++k) {
      out.mean_first[region.params[k]] += region.sums.first[k] / total;
      for (std::size_t l = 0; l <= k; ++l) {
        out.mean_second[packed(region.params[k], region.params[l])] +=
            region.sums.second[packed(k, l)] / total;
      }
    }
  }
  for (std::size_t r = 0; r < n_regions_; ++r) {
    if (regions_[r].sums.total > 0) {
      add_covariances(regions_[r], total, out);
    }
  }
  return true;
}

// The region's share of the covariance of scores: the one within it, and that of its means.
void CrystalBallIntegral::add_covariances(Region& region,
                                          double total,
                                          kernels::CrystalBall& out) const {
  std::array<double, max_params> shift;
  for (std::size_t k = 0; k < max_params; ++k) {
    shift[k] = -out.mean_first[k];  // scores by other parameters are 0
  }
  std::array<double const*, 4> columns;
  for (std::size_t k = 0; k < region.n_params; ++k) {
    double const mean = region.sums.first[k] / region.sums.total;
    shift[region.params[k]] += mean;
    for (std::size_t i = 0; i < region.n; ++i) {
      region.first[k][i] -= mean;
    }
    columns[k] = region.first[k].data();
  }
  std::array<double, packed_size(4)> within{};
  kernels::gram(region.weights.data(), columns.data(), region.n_params, region.n, within.data());
  for (std::size_t k = 0; k < region.n_params; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      out.mean_second[packed(region.params[k], region.params[l])] += within[packed(k, l)] / total;
    }
  }
  double const share = region.sums.total / total;
  for (std::size_t k = 0; k < max_params; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      out.mean_second[packed(k, l)] += share * shift[k] * shift[l];
    }
  }
}

}  // namespace toyfarm::model
