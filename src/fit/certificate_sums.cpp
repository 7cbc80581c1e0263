// Errors of a channel's functions, summed over its cells, and what they are to the parameters.
#include <algorithm>
#include <cmath>

#include "toyfarm/fit/certificate.hpp"
#include "toyfarm/kernels/math.hpp"

namespace toyfarm::fit {

using model::packed;
using model::packed_size;

// What a channel's functions are to the parameters.
void Certificate::place_functions(ExtendedNll& nll, std::size_t channel) {
  auto const& params = nll.channel_params(channel);
  place_.assign(1, 0);
  for (auto const j : params) {
    place_.push_back(row_of_[j] == nowhere ? nowhere : row_of_[j] + 1);
  }
  n_functions_ = params.size();
  parts_.clear();
  auto const parts = nll.score_parts(channel);
  by_parts_ = !parts.empty();
  if (!by_parts_) {
    return;
  }
  n_functions_ = 0;
  for (auto const& part : parts) {
    n_functions_ = std::max(n_functions_, part.function + 1);
  }
  auto const all = model_->parameters.size();
  in_whitened_.assign(n_free_ * n_functions_, 0);
  for (auto const& part : parts) {
    auto const place = place_[part.param + 1];
    if (place == nowhere) {
      continue;
    }
    parts_.push_back(part);
    for (std::size_t k = 0; k < place; ++k) {
      in_whitened_[k * n_functions_ + part.function] +=
          part.coefficient * factor_[(place - 1) * all + k];
    }
  }
  std::fill_n(local_squares_.begin(), packed_size(n_functions_ + 1), 0.0);
}

void Certificate::add_cells(double const* counts, std::size_t n, std::size_t n_axes) {
  auto const check_weights = errors_.check_weights(n_axes);
  auto const n_checks = check_weights.size();
  for (std::size_t c = 0; c < n; ++c) {
    for (std::size_t i = 0; i < n_checks; ++i) {
      gauss_weights_[c * n_checks + i] = counts[c] * check_weights[i];
    }
  }
  if (!by_parts_) {
    std::fill_n(local_squares_.begin(), packed_size(n_functions_ + 1), 0.0);
  }
  kernels::gram(gauss_weights_.data(),
                errors_.error_columns(),
                n_functions_ + 1,
                n * n_checks,
                local_squares_.data());
  if (!by_parts_) {
    add_squares();
  }
  for (std::size_t c = 0; c < n; ++c) {
    means_[0] += counts[c] * std::abs(errors_.means(0)[c]);
  }
  for (std::size_t k = 0; k < n_free_; ++k) {
    add_mean(k, counts, n);
  }
}

// The k-th whitened score's mean error, cell by cell.
void Certificate::add_mean(std::size_t k, double const* counts, std::size_t n) {
  std::fill_n(whitened_.data(), n, 0.0);
  bool any = false;
  for (std::size_t f = 0; by_parts_ && f < n_functions_; ++f) {
    double const share = in_whitened_[k * n_functions_ + f];
    if (share != 0) {
      any = true;
      kernels::axpy(share, errors_.means(f + 1), whitened_.data(), n);
    }
  }
  auto const all = model_->parameters.size();
  for (std::size_t f = 1; !by_parts_ && f < place_.size(); ++f) {
    if (place_[f] != nowhere && place_[f] > k) {
      any = true;
      kernels::axpy(factor_[(place_[f] - 1) * all + k], errors_.means(f), whitened_.data(), n);
    }
  }
  if (any) {
    means_[k + 1] += kernels::dot_of_magnitudes(counts, whitened_.data(), n);
  }
}

// Sums of squares of a channel's scores, to those of all.
void Certificate::add_squares() {
  for (std::size_t f = 0; f < place_.size(); ++f) {
    for (std::size_t g = 0; g <= f && place_[f] != nowhere; ++g) {
      if (place_[g] != nowhere) {
        auto const [low, high] = std::minmax(place_[f], place_[g]);
        squares_[packed(high, low)] += local_squares_[packed(f, g)];
      }
    }
  }
}

// The same from those of the functions that the scores are sums of.
void Certificate::expand_squares() {
  squares_[0] += local_squares_[0];
  auto const n_params = place_.size() - 1;
  expanded_.assign(n_params * n_functions_, 0);
  for (auto const& part : parts_) {
    for (std::size_t f = 0; f < n_functions_; ++f) {
      auto const [low, high] = std::minmax(f, part.function);
      expanded_[part.param * n_functions_ + f] +=
          part.coefficient * local_squares_[packed(high + 1, low + 1)];
    }
  }
  for (auto const& part : parts_) {
    auto const place = place_[part.param + 1];
    for (std::size_t j = 0; j < n_params; ++j) {
      if (place_[j + 1] != nowhere && place_[j + 1] >= place) {
        squares_[packed(place_[j + 1], place)] +=
            part.coefficient * expanded_[j * n_functions_ + part.function];
      }
    }
  }
}

void Certificate::add_rounding(NodeScores const& nodes,
                               double const* weights,
                               std::size_t n_nodes) {
  rounding_[0] += kernels::dot_of_magnitudes(weights, nodes.log_f, n_nodes);
  for (std::size_t f = 0; !by_parts_ && f < n_functions_; ++f) {
    if (place_[f + 1] != nowhere) {
      rounding_[place_[f + 1]] += kernels::dot_of_magnitudes(weights, nodes.first[f], n_nodes);
    }
  }
  for (auto const& part : parts_) {
    rounding_[place_[part.param + 1]] +=
        std::abs(part.coefficient) *
        kernels::dot_of_magnitudes(weights, nodes.first[part.function], n_nodes);
  }
}

// Variance of the k-th whitened score's error, summed over events.
double Certificate::whitened_square(std::size_t k) const {
  auto const all = model_->parameters.size();
  double square = 0;
  for (std::size_t l = k; l < n_free_; ++l) {
    for (std::size_t m = k; m < n_free_; ++m) {
      square += factor_[l * all + k] * factor_[m * all + k] *
                squares_[packed(std::max(l, m) + 1, std::min(l, m) + 1)];
    }
  }
  return std::max(square, 0.0);
}

}  // namespace toyfarm::fit
