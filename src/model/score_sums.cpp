#include "model/score_sums.hpp"

#include <algorithm>
#include <cmath>

#include "toyfarm/kernels/math.hpp"

namespace toyfarm::model {

ScoreSums::ScoreSums(Norm<double> const& into,
                     std::span<double> work,
                     Derivatives order,
                     bool is_linear)
    : into_(into), delta_(work), order_(order), is_linear_(is_linear) {
  std::fill(into.first.begin(), into.first.end(), 0.0);
  std::fill(into.second.begin(), into.second.end(), 0.0);
}

void ScoreSums::add(double const* weights, std::size_t n_nodes, LogDensityView const& log_f) {
  double const sum = kernels::sum(weights, n_nodes);
  if (!(sum > 0)) {
    return;
  }
  std::size_t const n = into_.first.size();
  double const share = sum / (total_ + sum);
  for (std::size_t k = 0; order_ != Derivatives::none && k < n; ++k) {
    double const mean = kernels::dot(weights, log_f.d(k), n_nodes) / sum;
    for (std::size_t i = 0; i < n_nodes; ++i) {
      log_f.d(k)[i] -= mean;
    }
    delta_[k] = mean - into_.first[k];
  }
  for (std::size_t k = 0; order_ != Derivatives::none && k < n; ++k) {
    for (std::size_t l = 0; l <= k; ++l) {
      double& second = into_.second[packed(k, l)];
      second += kernels::dot3(weights, log_f.d(k), log_f.d(l), n_nodes) +
                total_ * share * delta_[k] * delta_[l];
      if (order_ == Derivatives::second && !is_linear_) {
        second += kernels::dot(weights, log_f.dd(k, l), n_nodes);
      }
    }
    into_.first[k] += share * delta_[k];
  }
  total_ += sum;
}

bool ScoreSums::finish(double top) {
  for (double& second : into_.second) {
    second /= total_;
  }
  *into_.log_norm = top + std::log(total_);
  auto const finite = [](double v) { return std::isfinite(v); };
  return std::isfinite(*into_.log_norm) && std::ranges::all_of(into_.first, finite) &&
         std::ranges::all_of(into_.second, finite);
}

void normalise(Norm<double const> const& norm,
               std::size_t n,
               Derivatives order,
               bool is_linear,
               LogDensityView const& out) {
  for (std::size_t i = 0; i < n; ++i) {
    out.value[i] -= *norm.log_norm;
  }
  auto const shift = [&](double* values, double mean) {
    for (std::size_t i = 0; i < n; ++i) {
      values[i] = out.value[i] > -HUGE_VAL ? values[i] - mean : 0;
    }
  };
  for (std::size_t k = 0; order != Derivatives::none && k < norm.first.size(); ++k) {
    shift(out.d(k), norm.first[k]);
  }
  for (std::size_t e = 0; order == Derivatives::second && e < norm.second.size(); ++e) {
    double* const values = out.second + e * out.stride;
    if (is_linear) {
      std::fill_n(values, n, 0.0);
    }
    shift(values, norm.second[e]);
  }
}

}  // namespace toyfarm::model
